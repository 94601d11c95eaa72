"""What was handed over, version by version: its content, the guidance then, and every decision on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.access import ApprovalSource
from engine.artifacts.models import Artifact
from engine.audit.models import Action, Event
from engine.deliverables import approvals
from engine.deliverables.models import Approval, ApprovalReason, ApprovalStatus, Deliverable
from engine.reports.guidance import Guidance, GuidanceOverTime
from engine.reports.names import Names
from engine.tasks.models import Task
from engine.transaction import Transaction

_HANDED_OVER = frozenset({Action.DELIVERABLE_CREATED, Action.DELIVERABLE_EDITED})


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """A file that is kept, to be compared with what is elsewhere now."""

    artifact_id: str
    file_name: str | None
    content_type: str | None
    size_bytes: int | None
    sha256: str | None
    #: Where it was fetched from, for a copy of an outside address.
    url: str | None
    kept_at: datetime


@dataclass(frozen=True, kw_only=True)
class JudgedVersion:
    """One request for a decision on a version, and what came of it."""

    task_approval_id: str
    source: ApprovalSource
    reason: ApprovalReason
    round_number: int
    #: Whose people decide in a portal round.
    partner: str | None
    requested_at: datetime
    requested_by: str
    status: ApprovalStatus
    decided_at: datetime | None
    decided_by: str | None
    feedback: str | None
    withdrawn_at: datetime | None
    #: The SHA-256 over what was seen: address, bytes and facts.
    content_hash: str | None
    #: Whether the version still holds exactly that; None before a decision.
    is_unchanged: bool | None
    #: A copy of what an outside address served at the decision.
    evidence: StoredFile | None
    #: Why there is no copy, in words; None where there is one, or where the file itself is kept.
    evidence_failure: str | None
    #: What was attached at the decision.
    guidance: Guidance | None

    @property
    def is_open(self) -> bool:
        """Whether it still waits."""
        return self.status is ApprovalStatus.PENDING and self.withdrawn_at is None


@dataclass(frozen=True, kw_only=True)
class VersionTold:
    """One version of something that was handed over."""

    deliverable_id: str
    task_id: str
    ref: str
    version_number: int
    #: When its content was there first; None while nothing is handed over.
    handed_over_at: datetime | None
    #: When its content changed last.
    changed_at: datetime | None
    authors: tuple[str, ...]
    address: str | None
    file: StoredFile | None
    facts: dict[str, Any]
    content_hash: str
    frozen_at: datetime | None
    delivered_at: datetime | None
    #: It followed a positive decision on the version before it.
    changed_after_approval: bool
    #: What was attached when it was handed over.
    guidance: Guidance | None
    decisions: tuple[JudgedVersion, ...]


class VersionTeller:
    """Tells the versions of one task."""

    def __init__(self, tx: Transaction, task: Task, events: Sequence[Event], names: Names) -> None:
        self._tx, self._task, self._events, self._names = tx, task, events, names
        self._guidance = GuidanceOverTime(tx, task, events)
        self._approvals = approvals.of_task(tx, task.task_id)

    def tell(self, rows: Iterable[Deliverable]) -> tuple[VersionTold, ...]:
        """Return versions, those of one thing together, the first of each first."""
        found = list(rows)
        self._read_ahead(found)
        begun: dict[tuple[str | None, str], str] = {}
        for row in found:
            begun[row.lineage] = min(row.deliverable_id, begun.get(row.lineage, row.deliverable_id))
        ordered = sorted(found, key=lambda row: (begun[row.lineage], row.version_number))
        return tuple(self._version(row) for row in ordered)

    def _read_ahead(self, rows: Iterable[Deliverable]) -> None:
        """Read the files and the people that are told of, all at once."""
        files = [row.artifact_id for row in rows] + [item.evidence_artifact_id for item in self._approvals]
        asked = ((item.requested_by, item.approver_id, item.partner_id) for item in self._approvals)
        self._names.read_ahead([*files, *(row.authors for row in rows), *asked])

    def _version(self, row: Deliverable) -> VersionTold:
        moments = self._content_moments(row)
        handed_over_at = moments[0] if moments else None
        return VersionTold(
            deliverable_id=row.deliverable_id,
            task_id=row.task_id,
            ref=row.ref,
            version_number=row.version_number,
            handed_over_at=handed_over_at,
            changed_at=moments[-1] if moments else None,
            authors=tuple(self._names.people(row.authors)),
            address=row.deliverable_url,
            file=self._file(row.artifact_id),
            facts=row.meta,
            content_hash=row.content_hash,
            frozen_at=row.frozen_at,
            delivered_at=row.delivered_at,
            changed_after_approval=row.post_decision_change,
            guidance=self._guidance.at(handed_over_at) if handed_over_at else None,
            decisions=tuple(
                self._judged(row, item)
                for item in self._approvals
                if item.deliverable_id == row.deliverable_id
            ),
        )

    def _content_moments(self, row: Deliverable) -> list[datetime]:
        """Return when the content of a version was given or changed, as its events say."""
        if not row.is_submitted:
            return []
        moments = [
            event.occurred_at
            for event in self._events
            if event.entity_id == row.deliverable_id
            and event.action in _HANDED_OVER
            and _gives_content(event)
        ]
        return moments or [row.created_at]  # a store of before these events were kept

    def _judged(self, row: Deliverable, item: Approval) -> JudgedVersion:
        return JudgedVersion(
            task_approval_id=item.task_approval_id,
            source=item.source,
            reason=item.reason,
            round_number=item.round_number,
            partner=self._names.of(item.partner_id) if item.partner_id else None,
            requested_at=item.requested_at,
            requested_by=self._names.person(item.requested_by),
            status=item.status,
            decided_at=item.decided_at,
            decided_by=self._names.person(item.approver_id) if item.approver_id else None,
            feedback=item.feedback,
            withdrawn_at=item.withdrawn_at,
            content_hash=item.content_hash,
            is_unchanged=item.content_hash == row.content_hash if item.is_decided else None,
            evidence=self._file(item.evidence_artifact_id),
            evidence_failure=self._no_copy(row, item),
            guidance=self._guidance.at(item.decided_at) if item.decided_at else None,
        )

    def _no_copy(self, row: Deliverable, item: Approval) -> str | None:
        if item.evidence_failure or not item.is_decided or item.evidence_artifact_id:
            return item.evidence_failure
        is_outside = (row.deliverable_url or "").startswith(("http://", "https://"))
        return "no copy was taken" if is_outside and row.sha256 is None else None

    def _file(self, artifact_id: str | None) -> StoredFile | None:
        found = self._tx.find_by_key(Artifact, artifact_id) if artifact_id else None
        if found is None:
            return None
        return StoredFile(
            artifact_id=found.artifact_id,
            file_name=found.file_name,
            content_type=found.content_type,
            size_bytes=found.size_bytes,
            sha256=found.sha256,
            url=found.url,
            kept_at=found.created_at,
        )


def _gives_content(event: Event) -> bool:
    after = event.after or {}
    return any(after.get(name) for name in ("deliverable_url", "artifact_id", "sha256", "meta"))
