"""Which approvals a task needs and has; pure rules over its versions and their approvals (APR-12, D5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from engine.access import ApprovalSource
from engine.deliverables.models import Approval, ApprovalReason, ApprovalStatus, Deliverable
from engine.errors import Violation

#: The decisions after which the worker has something to change.
ASKS_FOR_WORK = (ApprovalStatus.REJECTED, ApprovalStatus.APPROVED_PENDING_CHANGES)
#: The order of rounds where the definition does not say another.
_USUAL_ORDER = tuple(ApprovalSource)
_ASKED = {ApprovalSource.INTERNAL: "an internal approval", ApprovalSource.PORTAL: "the partner's approval"}


class Standing(StrEnum):
    """Where one version stands with one source."""

    MISSING = "missing"  #: nobody was asked yet
    PENDING = "pending"  #: asked, not decided
    GRANTED = "granted"  #: a positive decision on exactly this content
    CHANGED = "changed"  #: the one version that may follow "approved, pending changes"
    STALE = "stale"  #: a positive decision was made on an earlier version
    REJECTED = "rejected"  #: the next version must be handed over first

    @property
    def is_enough(self) -> bool:
        """Whether the source needs no further look."""
        return self in (Standing.GRANTED, Standing.CHANGED)


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """All versions of one thing that a task hands over, oldest first, with their approvals."""

    versions: Sequence[Deliverable]
    approvals: Sequence[Approval]

    @property
    def newest(self) -> Deliverable:
        """The version that counts."""
        return self.versions[-1]

    def standing(self, source: ApprovalSource) -> Standing:
        """Return where the newest version stands with ``source``."""
        own = [item for item in self._of(self.newest) if item.source is source]
        if any(item.is_open for item in own):
            return Standing.PENDING
        if decided := _last_decided(own):
            return Standing.REJECTED if decided.status is ApprovalStatus.REJECTED else Standing.GRANTED
        if self._may_follow() and self._was_granted(self.versions[-2], source):
            return Standing.CHANGED
        earlier = [item for row in self.versions[:-1] for item in self._of(row) if item.source is source]
        last = _last_decided(earlier)
        return Standing.STALE if last is not None and last.is_positive else Standing.MISSING

    def last_decision(self, row: Deliverable) -> Approval | None:
        """Return the latest decision on one version, of any source."""
        return _last_decided(self._of(row))

    def _of(self, row: Deliverable) -> list[Approval]:
        return [item for item in self.approvals if item.deliverable_id == row.deliverable_id]

    def _may_follow(self) -> bool:
        """Whether the last word on the version before was "go ahead, and change this one thing"."""
        if len(self.versions) < 2:
            return False
        last = self.last_decision(self.versions[-2])
        return last is not None and last.status is ApprovalStatus.APPROVED_PENDING_CHANGES

    def _was_granted(self, row: Deliverable, source: ApprovalSource) -> bool:
        decided = _last_decided([item for item in self._of(row) if item.source is source])
        return decided is not None and decided.is_positive


@dataclass(frozen=True, kw_only=True)
class ApprovalState:
    """What a task's approvals come to."""

    #: Whose decisions are needed, in the order of their rounds; empty where none is.
    sources: Sequence[ApprovalSource]
    #: Those that the definition asks for.
    required: Sequence[ApprovalSource] = ()
    in_training: bool = False
    #: The lineages of which something was handed over.
    lineages: Sequence[Lineage] = ()
    has_partner: bool = False
    #: What newest versions lead to that the partner may not see, by the ids of these versions.
    hidden: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def next_source(self) -> ApprovalSource | None:
        """The first source that has still to decide; None where all have."""
        return next((source for source in self.sources if not self._is_done(source)), None)

    @property
    def is_complete(self) -> bool:
        """Whether every needed decision was made on exactly the newest versions."""
        return self.next_source is None

    @property
    def has_rejected(self) -> bool:
        """Whether the next version of something must be handed over before anybody is asked again."""
        source = self.next_source
        return source is not None and any(
            item.standing(source) is Standing.REJECTED for item in self.relevant(source)
        )

    @property
    def sent_back(self) -> list[Approval]:
        """The last decisions on the newest versions that ask for a change, in the order of what is owed."""
        last = [item.last_decision(item.newest) for item in self.lineages]
        return [decided for decided in last if decided is not None and decided.status in ASKS_FOR_WORK]

    @property
    def to_judge(self) -> list[Deliverable]:
        """The versions that the next round is about (APR-18)."""
        if self.next_source is None:
            return []
        asked = (Standing.MISSING, Standing.STALE)
        relevant = self.relevant(self.next_source)
        return [item.newest for item in relevant if item.standing(self.next_source) in asked]

    def reason(self, source: ApprovalSource) -> ApprovalReason:
        """Return why this source is asked (APR-01)."""
        is_process = source in self.required or not self.in_training
        return ApprovalReason.PROCESS if is_process else ApprovalReason.TRAINING

    def relevant(self, source: ApprovalSource) -> list[Lineage]:
        """List what a source judges: the partner only what is visible to them."""
        if source is ApprovalSource.INTERNAL:
            return list(self.lineages)
        return [item for item in self.lineages if item.newest.visible_in_portal]

    def violations(self) -> list[Violation]:
        """List what keeps the task from completion on the side of approvals, each with what to do."""
        return [*self.obstacles(), *self._undecided()]

    def obstacles(self) -> list[Violation]:
        """List what keeps the next round from being passed, beside the decisions themselves."""
        return list(self._obstacles())

    def obstacles_to_request(self) -> list[Violation]:
        """List what keeps the next approval from being requested."""
        if self.is_complete:
            return [self._nothing("Everything it hands over was approved already: complete it")]
        return self.obstacles()

    def _obstacles(self) -> Iterator[Violation]:
        source = self.next_source
        if source is None:
            return
        if ApprovalSource.PORTAL in self.sources and not self.has_partner:
            yield self._nothing(
                "It needs the partner's approval, but belongs to no partner: start a new one for a partner"
            )
        elif not self.relevant(source):
            what = "visible to the partner" if self.lineages else "to judge"
            yield self._nothing(
                f"It needs {_ASKED[source]}, and nothing {what} is handed over yet: hand it over, or add a "
                "deliverable where it owes none",
                lacks="deliverable",
            )
        elif ApprovalSource.PORTAL in self.sources and not self.relevant(ApprovalSource.PORTAL):
            yield self._nothing(
                "It needs the partner's approval, and nothing is visible to the partner: mark it so",
                lacks="deliverable",
            )
        for item in self.relevant(source):
            if item.standing(source) is Standing.REJECTED:
                yield _missing(f"{item.newest.name} was rejected: hand over the next version", item.newest)
        yield from self._hidden()

    def _hidden(self) -> Iterator[Violation]:
        """Yield what the partner has to judge and could not: asked about it, nobody could ever decide."""
        if ApprovalSource.PORTAL not in self.sources:
            return
        for item in self.relevant(ApprovalSource.PORTAL):
            row = item.newest
            if row.deliverable_id in self.hidden and not item.standing(ApprovalSource.PORTAL).is_enough:
                where = f"{row.name} leads to {self.hidden[row.deliverable_id]}"
                yield _missing(f"{where}, which the partner may not see: hand over the file itself", row)

    def _undecided(self) -> Iterator[Violation]:
        """Yield what the next source has still to decide; later sources are not asked before it."""
        source = self.next_source
        if source is None:
            return
        for item in self.relevant(source):
            row, standing = item.newest, item.standing(source)
            if standing is Standing.PENDING:
                yield _missing(f"{row.name} waits for {_ASKED[source]}: it is being decided", row)
            elif standing is Standing.MISSING:
                yield _missing(f"{row.name} needs {_ASKED[source]}: request it", row)
            elif standing is Standing.STALE:
                message = f"{row.name} came after {_ASKED[source]}: request a new one"
                yield _missing(message, row, code="APPROVAL_STALE")

    def _nothing(self, message: str, **lacks: str) -> Violation:
        """Return a violation that is about no version, but about what is asked of whom."""
        sources = [str(source) for source in self.sources]
        return Violation(
            code="APPROVAL_MISSING",
            message=f"{message}.",
            area="approval",
            subject=", ".join(sources),
            extra={"sources": sources, **lacks},
        )

    def _is_done(self, source: ApprovalSource) -> bool:
        relevant = self.relevant(source)
        return bool(relevant) and all(item.standing(source).is_enough for item in relevant)


def lineages(rows: Iterable[Deliverable], approvals: Iterable[Approval]) -> list[Lineage]:
    """Return versions by lineage in their order; those of which nothing was handed over are left out."""
    by_lineage: dict[tuple[str | None, str], list[Deliverable]] = {}
    for row in sorted(rows, key=lambda row: row.version_number):
        by_lineage.setdefault(row.lineage, []).append(row)
    known = [item for item in approvals if item.withdrawn_at is None]
    found = [Lineage(versions=versions, approvals=known) for versions in by_lineage.values()]
    return [item for item in found if item.newest.is_submitted]


def newest(deliverables: Iterable[Deliverable]) -> list[Deliverable]:
    """Return the newest version of each lineage: task, step and ref (DLV-16)."""
    latest: dict[tuple[str | None, str], Deliverable] = {}
    for row in deliverables:
        known = latest.get(row.lineage)
        if known is None or row.version_number > known.version_number:
            latest[row.lineage] = row
    return list(latest.values())


def needed(
    required: Sequence[ApprovalSource], approvals: Iterable[Approval], *, in_training: bool
) -> list[ApprovalSource]:
    """Return whose decisions are needed, in order.

    That is what the definition requires, ``internal`` first for somebody in training (APR-14), and whom the
    worker asked on their own account: an asked decision is not walked past.
    """
    sources = list(required)
    if in_training and ApprovalSource.INTERNAL not in sources:
        sources.insert(0, ApprovalSource.INTERNAL)
    asked = {item.source for item in approvals if item.withdrawn_at is None}
    return [*sources, *(source for source in _USUAL_ORDER if source in asked and source not in sources)]


def _last_decided(approvals: Iterable[Approval]) -> Approval | None:
    decided = [item for item in approvals if item.is_decided and item.withdrawn_at is None]
    return max(decided, key=lambda item: (item.decided_at, item.task_approval_id), default=None)


def _missing(message: str, row: Deliverable, *, code: str = "APPROVAL_MISSING") -> Violation:
    extra = {"deliverable_id": row.deliverable_id, "ref": row.ref}
    return Violation(code=code, message=f"{message}.", area="approval", subject=row.ref, extra=extra)
