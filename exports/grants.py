"""Versions follow each other, and completed tasks were granted what they needed for the newest of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from engine.access import ApprovalSource
from engine.deliverables.models import ApprovalStatus
from exports.violation import Violation

#: The decisions that let work go on.
POSITIVE = (ApprovalStatus.APPROVED, ApprovalStatus.APPROVED_PENDING_CHANGES)
#: What all versions of the same thing share: task, step and ref (DLV-16).
LineageKey = tuple[str, str | None, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What is kept about a deliverable version."""

    number: int
    deliverable_id: str
    lineage: LineageKey
    version_number: int
    previous_id: str | None
    is_submitted: bool
    is_visible: bool
    frozen_at: str | None
    #: Of what was judged only.
    content_hash: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is kept about a decision; ``place`` orders those on one version."""

    source: str
    status: str
    place: tuple[str, str]


class Grants:
    """The versions of an export, and the decisions on those of tasks that needed them."""

    def __init__(self) -> None:
        #: By deliverable_id.
        self.versions: dict[str, Version] = {}
        self._decisions: defaultdict[str, list[Decision]] = defaultdict(list)
        #: Completed tasks that needed approvals: their line, and whose.
        self._needing: dict[str, tuple[int, Sequence[str]]] = {}

    def need(self, task_id: str, number: int, sources: Sequence[str]) -> None:
        """Keep that the completed task on line ``number`` needed these approvals."""
        self._needing[task_id] = number, sources

    def add(self, version: Version) -> None:
        """Keep a version."""
        self.versions[version.deliverable_id] = version

    def decide(self, version: Version, decision: Decision) -> None:
        """Keep a decision, if it is on a task that needed one."""
        if version.lineage[0] in self._needing:
            self._decisions[version.deliverable_id].append(decision)

    def finish(self) -> Iterator[Violation]:
        """Yield every break of a lineage, and every approval that a completed task lacks."""
        lineages: defaultdict[LineageKey, list[Version]] = defaultdict(list)
        for version in self.versions.values():
            lineages[version.lineage].append(version)
        of_task: defaultdict[str, list[list[Version]]] = defaultdict(list)
        for (task_id, _, _), versions in lineages.items():
            versions.sort(key=lambda version: version.version_number)
            of_task[task_id].append(versions)
            yield from _breaks(versions)
        for task_id, (number, sources) in self._needing.items():
            for message in self._lacking(of_task[task_id], sources):
                yield Violation("completed_without_approval", "tasks.jsonl", number, message)

    def _lacking(self, lineages: Iterable[list[Version]], sources: Iterable[str]) -> Iterator[str]:
        newest = [versions for versions in lineages if versions[-1].is_submitted]
        visible = [versions for versions in newest if versions[-1].is_visible]
        for source in sources:
            relevant = visible if source == ApprovalSource.PORTAL else newest
            if not relevant:
                yield f"is completed, but nothing has the {source} approval that it needs"
            for versions in relevant:
                if not self._is_granted(versions, source):
                    ref = versions[-1].lineage[-1]
                    yield f"is completed, but the newest “{ref}” lacks the {source} approval"

    def _is_granted(self, versions: Sequence[Version], source: str) -> bool:
        """Whether ``source`` granted the newest version, or the one before with a change to make (APR-06)."""
        own = self._last(versions[-1], source)
        if own is not None:
            return own.status in POSITIVE
        if len(versions) < 2:
            return False
        last, before = self._last(versions[-2]), self._last(versions[-2], source)
        follows = last is not None and last.status == ApprovalStatus.APPROVED_PENDING_CHANGES
        return follows and before is not None and before.status in POSITIVE

    def _last(self, version: Version, source: str | None = None) -> Decision | None:
        found = self._decisions.get(version.deliverable_id, ())
        of_source = [one for one in found if source in (None, one.source)]
        return max(of_source, key=lambda one: one.place, default=None)


def _breaks(versions: Sequence[Version]) -> Iterator[Violation]:
    """Yield each version of a lineage that does not follow the one before it (DLV-15)."""
    previous: str | None = None
    for expected, version in enumerate(versions, 1):
        if (version.version_number, version.previous_id) != (expected, previous):
            message = (
                f"is version {version.version_number} after {version.previous_id or 'none'}, "
                f"but should be {expected} after {previous or 'none'}"
            )
            yield Violation("version_chain", "deliverables.jsonl", version.number, message)
        previous = version.deliverable_id
