"""Who may see and decide an approval: the records asked about, the policy asked of ``engine.access``.

Pages, the command line and whatever comes later all pass ``refuse_unless_entitled`` (decision 12).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.access import ApprovalSource, Outcome, Refusal, WorkRelation, why_not_decide
from engine.accounts import actors
from engine.errors import ForbiddenError, NotFoundError, OwnWorkError
from engine.tasks import visibility
from engine.tasks.models import Approval, Deliverable, Task
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
            else f"{tx.actor.name} worked on this, so somebody else of the partner decides."
        )
    if refusal is not None:
        who = "a manager or admin" if approval.source is ApprovalSource.INTERNAL else "a user of its partner"
        raise ForbiddenError(f"{tx.actor.name} may not decide this approval. It takes {who}, and no agent.")


def why_not(tx: Transaction, approval: Approval, outcome: Outcome = Outcome.APPROVED) -> Refusal | None:
    """Return why the actor may not decide an approval, None where they may."""
    row, task = judged(tx, approval)
    own_work_allowed = tx.settings.own_approval
    between = relation(tx, task, lineage_of(tx, row), assignees=approval.assignee_ids)
    return why_not_decide(tx.actor, approval.source, outcome, between, own_work_allowed=own_work_allowed)


def relation(
    tx: Transaction, task: Task, rows: Iterable[Deliverable], *, assignees: Iterable[str]
) -> WorkRelation:
    """Return what the actor is to the work on a task and these versions of it (definitions.md section 4).

    ``assignees`` are those who were assigned the task when it was handed over.
    """
    actor = tx.actor
    authors = {author for row in rows for author in row.authors}
    wrote = {actors.employee_of(tx, author) for author in authors}
    employees = (wrote | {task.assignee_id, *assignees}) - {None}
    return WorkRelation(
        is_own_work=actor.user_id in authors or actor.employee_id in employees,
        is_own_partner=task.partner_id is not None and task.partner_id == actor.partner_id,
    )


def sees_approval(tx: Transaction, approval: Approval) -> bool:
    """Whether the actor may see an approval: the team with its task, a partner's user their partner's."""
    if approval.source is ApprovalSource.PORTAL and tx.actor.partner_id == approval.partner_id:
        return True
    return visibility.sees(tx, judged(tx, approval)[1])


def sees_deliverable(tx: Transaction, row: Deliverable) -> bool:
    """Whether the actor may see a version: the team with its task, a partner's user what they were shown."""
    task = tx.find_by_key(Task, row.task_id)
    if task is None:
        return False
    is_shown = row.visible_in_portal and row.delivered_at is not None
    if is_shown and task.partner_id is not None and task.partner_id == tx.actor.partner_id:
        return True
    return visibility.sees(tx, task)


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
