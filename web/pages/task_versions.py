"""What a task hands over as its page shows it: by lineage, newest version first, with what was said."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

from engine.access import ApprovalSource, Refusal
from engine.deliverables import entitlement, rounds
from engine.deliverables.models import Approval, ApprovalStatus, Deliverable
from engine.deliverables.rounds import Standing
from engine.tasks.models import Task, TaskStatus
from engine.transaction import Transaction

_ASKED = {ApprovalSource.INTERNAL: "waits for the team", ApprovalSource.PORTAL: "waits for the partner"}


@dataclass(frozen=True)
class State:
    """Where a version stands: a word with a mark, in a tone."""

    word: str
    tone: str
    mark: str
    meaning: str = ""


_DECIDED = {
    ApprovalStatus.APPROVED: State("approved", "good", "✓", "right as it is"),
    ApprovalStatus.APPROVED_PENDING_CHANGES: State(
        "approved, change this", "warn", "✎", "go ahead and make the change; it needs no second look"
    ),
    ApprovalStatus.REJECTED: State(
        "rejected", "bad", "×", "the feedback says why; hand over the next version"
    ),
}
_CHANGED = State(
    "changed as asked", "good", "✓", "the change that was asked for is made; it needs no second look"
)
_STALE = State("stale: changed after approval", "warn", "↻", "an earlier version was approved, not this one")
_HANDED_OVER = State("handed over", "good", "✓")
_NEEDED = State("needed", "warn", "○", "the task cannot be completed without it")
_OPTIONAL = State("optional", "quiet", "○")
_NEVER = State("not handed over", "quiet", "○")


@dataclass(frozen=True)
class Version:
    """One version with everything that was asked and said about it, oldest first."""

    row: Deliverable
    state: State
    approvals: Sequence[Approval]


@dataclass(frozen=True)
class Versions:
    """All versions of one thing that a task hands over."""

    newest: Version
    #: Newest first.
    earlier: Sequence[Version]
    #: The last decision on the newest version, of any source.
    last_decision: Approval | None
    may_edit: bool
    may_follow: bool

    @property
    def row(self) -> Deliverable:
        """The version that counts."""
        return self.newest.row

    @property
    def next_is_judged(self) -> bool:
        """Whether somebody looks at the next version; not where just a change was asked for (APR-06)."""
        last = self.last_decision
        return last is None or last.status is not ApprovalStatus.APPROVED_PENDING_CHANGES


@dataclass(frozen=True)
class Waiting:
    """One open approval, as the signed-in user may deal with it."""

    approval: Approval
    row: Deliverable
    #: None where the user may decide it.
    refusal: Refusal | None


def of_task(
    task: Task,
    rows: Sequence[Deliverable],
    approvals: Sequence[Approval],
    *,
    may_change: bool,
    left_out: Container[str | None] = (),
) -> list[Versions]:
    """List what a task hands over by lineage, in the order in which each first came.

    ``left_out`` are its steps that are not to be done: what they would hand over is not needed.
    """
    by_lineage: dict[tuple[str | None, str], list[Deliverable]] = {}
    for row in sorted(rows, key=lambda item: item.version_number):
        by_lineage.setdefault(row.lineage, []).append(row)
    return [
        _versions(
            task, found, approvals, may_change=may_change, is_left_out=found[0].task_step_id in left_out
        )
        for found in by_lineage.values()
    ]


def open_approvals(tx: Transaction, approvals: Sequence[Approval]) -> list[Waiting]:
    """List what waits for a decision, each with the reason why the user may not make it."""
    waiting = [item for item in approvals if item.is_open]
    refused = entitlement.refusals(tx, waiting)
    return [
        Waiting(item, entitlement.judged(tx, item)[0], refused[item.task_approval_id]) for item in waiting
    ]


def _versions(
    task: Task,
    rows: Sequence[Deliverable],
    approvals: Sequence[Approval],
    *,
    may_change: bool,
    is_left_out: bool,
) -> Versions:
    standing = rounds.Lineage(
        versions=rows, approvals=[item for item in approvals if item.withdrawn_at is None]
    )
    views = [
        Version(
            row,
            _state(standing, row, task, is_left_out=is_left_out),
            [one for one in approvals if one.deliverable_id == row.deliverable_id],
        )
        for row in reversed(rows)
    ]
    newest = rows[-1]
    return Versions(
        newest=views[0],
        earlier=views[1:],
        last_decision=standing.last_decision(newest),
        may_edit=may_change and not newest.is_frozen,
        may_follow=may_change and newest.is_frozen and task.status is not TaskStatus.PENDING_APPROVAL,
    )


def _state(lineage: rounds.Lineage, row: Deliverable, task: Task, *, is_left_out: bool) -> State:
    if not row.is_submitted:
        if not task.is_active:
            return _NEVER
        return _NEEDED if row.required and not is_left_out else _OPTIONAL
    for approval in lineage.approvals:
        if approval.deliverable_id == row.deliverable_id and approval.is_open:
            return State(_ASKED[approval.source], "decide", "◇")
    if decided := lineage.last_decision(row):
        return _DECIDED[decided.status]
    if row is lineage.newest:
        standings = {lineage.standing(source) for source in ApprovalSource}
        if Standing.STALE in standings:
            return _STALE
        if Standing.CHANGED in standings:
            return _CHANGED
    return _HANDED_OVER
