"""Who may see and decide an approval: the records asked about, the policy asked of ``engine.access``.

Pages, the command line and whatever comes later all pass ``refuse_unless_entitled`` (decision 12).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.access import ApprovalSource, Outcome, Permission, Refusal, may
from engine.accounts import judging
from engine.deliverables.models import Approval, Deliverable
from engine.errors import ForbiddenError, NotFoundError, OwnWorkError
from engine.tasks import visibility
from engine.tasks.models import Task
from engine.transaction import Transaction


def refuse_unless_entitled(tx: Transaction, approval: Approval, outcome: Outcome) -> None:
    """Refuse a decision that the policy does not allow this actor.

    Raises:
        OwnWorkError: it is the actor's own work.
        ForbiddenError: it takes another role or partner.
    """
    refusal = why_not(tx, approval, outcome)
    if refusal is Refusal.OWN_WORK:
        raise OwnWorkError(
            f"{tx.actor.name} worked on this, so somebody else decides. Ask another manager."
            if approval.source is ApprovalSource.INTERNAL
            else f"{tx.actor.name} worked on this, so somebody else at the partner decides."
        )
    if refusal is not None:
        who = "a manager or admin" if approval.source is ApprovalSource.INTERNAL else "a user of its partner"
        raise ForbiddenError(f"{tx.actor.name} may not decide this approval. It takes {who}, and no agent.")


def why_not(tx: Transaction, approval: Approval, outcome: Outcome = Outcome.APPROVED) -> Refusal | None:
    """Return why the actor may not decide an approval, None where they may."""
    return refusals(tx, [approval], outcome)[approval.task_approval_id]


def refusals(
    tx: Transaction, approvals: Sequence[Approval], outcome: Outcome = Outcome.APPROVED
) -> dict[str, Refusal | None]:
    """Give what ``why_not`` gives for each approval by its id, in a number of statements that does not grow.

    Raises:
        NotFoundError: as ``judged``.
    """
    if not approvals:
        return {}
    rows, judges = _read_judged(tx, approvals), may(tx.actor, Permission.JUDGE)
    found: dict[str, Refusal | None] = {}
    for approval in approvals:
        row, task = judged(tx, approval)
        lineage = [item for item in rows[row.task_id] if item.lineage == row.lineage]
        did = whose(task, lineage) if judges else ()  # who judges nothing needs no other reason
        between = judging.relation(tx, did, task.partner_id)
        found[approval.task_approval_id] = judging.why_not(tx, approval.source, outcome, between)
    return found


def _read_judged(tx: Transaction, approvals: Iterable[Approval]) -> dict[str, list[Deliverable]]:
    """Return the versions of the tasks that the approvals are about by task, with the tasks read, too."""
    ids = sorted({approval.task_id for approval in approvals})
    rows, _ = tx.find_together((Deliverable, {"task_id": ids}), (Task, {"task_id": ids}))
    found: dict[str, list[Deliverable]] = {task_id: [] for task_id in ids}
    for row in rows:
        found[row.task_id].append(row)
    return found


def whose(task: Task, rows: Iterable[Deliverable]) -> set[str | None]:
    """Say whose work these versions of what a task hands over are: users and employees (definitions.md 4)."""
    return {task.assignee_id, *task.worked_by, *(author for row in rows for author in row.authors)}


def sees_approval(tx: Transaction, approval: Approval) -> bool:
    """Whether the actor may see an approval: the team with its task, a partner's user their partner's."""
    if _is_partners_own(tx, approval):
        return True
    return visibility.sees(tx, judged(tx, approval)[1])


def _is_partners_own(tx: Transaction, approval: Approval) -> bool:
    return approval.source is ApprovalSource.PORTAL and tx.actor.partner_id == approval.partner_id


def sees_deliverable(tx: Transaction, row: Deliverable) -> bool:
    """Whether the actor may see a version: the team with its task, a partner's user what they were shown."""
    task = tx.find_by_key(Task, row.task_id)
    return task is not None and (is_shown_to(tx, task, row) or visibility.sees(tx, task))


def is_shown_to(tx: Transaction, task: Task, row: Deliverable) -> bool:
    """Whether the actor is of the partner to whom a version was shown."""
    return was_shown_to(task, row, tx.actor.partner_id)


def was_shown_to(task: Task, row: Deliverable, partner_id: str | None) -> bool:
    """Whether a version was shown to this partner."""
    was_shown = row.visible_in_portal and row.delivered_at is not None
    return was_shown and task.partner_id is not None and task.partner_id == partner_id


@dataclass(frozen=True, kw_only=True)
class Judged:
    """All that a task hands over and all that was asked and said about it, as far as the actor may see it."""

    task: Task
    #: Whether the actor sees the work itself, and with it everything.
    is_team: bool
    rows: Sequence[Deliverable]
    #: Oldest first.
    approvals: Sequence[Approval]

    def lineage(self, row: Deliverable) -> list[Deliverable]:
        """Return the versions of the same thing that may be seen, version 1 first (DLV-15)."""
        same = (item for item in self.rows if item.lineage == row.lineage)
        return sorted(same, key=lambda item: item.version_number)


def judged_of(tx: Transaction, task: Task) -> Judged:
    """Say what ``sees_deliverable`` and ``sees_approval`` allow of a task's versions, in one statement."""
    rows, approvals = tx.find_together(
        (Deliverable, {"task_id": task.task_id}), (Approval, {"task_id": task.task_id})
    )
    is_team = visibility.sees(tx, task)
    approvals.sort(key=lambda item: (item.requested_at, item.task_approval_id))
    return Judged(
        task=task,
        is_team=is_team,
        rows=[row for row in rows if is_team or is_shown_to(tx, task, row)],
        approvals=[item for item in approvals if is_team or _is_partners_own(tx, item)],
    )


def lineage_of(tx: Transaction, row: Deliverable) -> Sequence[Deliverable]:
    """Return all versions of the same thing, version 1 first (DLV-15)."""
    rows = tx.find(Deliverable, task_id=row.task_id)
    return sorted(
        (item for item in rows if item.lineage == row.lineage), key=lambda item: item.version_number
    )


def judged(tx: Transaction, approval: Approval) -> tuple[Deliverable, Task]:
    """Return the version and the task of an approval, whoever looks.

    Raises:
        NotFoundError: the store has lost one of them, which only tampering can do.
    """
    row = tx.find_by_key(Deliverable, approval.deliverable_id)
    task = tx.find_by_key(Task, approval.task_id)
    if row is None or task is None:
        raise NotFoundError(
            f"What approval {approval.task_approval_id} judges is not in the store. Restore it from a backup."
        )
    return row, task
