"""Who did a completed task: whom the feedback is for, and who does not score it (QA-10)."""

from __future__ import annotations

from engine.accounts import actors
from engine.deliverables.entitlement import relation
from engine.deliverables.models import Approval, Deliverable
from engine.tasks.models import Task
from engine.transaction import Transaction


def performer_of(tx: Transaction, task: Task) -> str | None:
    """Return the employee who did the task: its assignee, else who handed over, else who completed it.

    An approver completes a task too, so whoever handed something over comes first.
    """
    if task.assignee_id is not None:
        return task.assignee_id
    rows = tx.find(Deliverable, task_id=task.task_id, order_by=("deliverable_id",))
    authors = [author for row in reversed(rows) for author in row.authors]
    return actors.employee_of(tx, authors[0] if authors else task.completed_by)


def is_own_work(tx: Transaction, task: Task) -> bool:
    """Whether the actor did the task, or gave content to what it handed over, and so does not score it.

    The setting for a team of one lifts this, as it does for approvals.
    """
    if tx.settings.own_approval:
        return False
    if performer_of(tx, task) in tx.actor.ever_employee_ids:
        return True
    rows = tx.find(Deliverable, task_id=task.task_id)
    assignees = {one for item in tx.find(Approval, task_id=task.task_id) for one in item.assignee_ids}
    return relation(tx, task, rows, assignees=assignees).is_own_work
