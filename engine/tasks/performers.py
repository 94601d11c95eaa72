"""Whose work a task is: everybody who was its assignee while it was worked on, for ever (APR-16, S3)."""

from __future__ import annotations

from engine.accounts.queries import users_of
from engine.tasks.models import Task
from engine.transaction import Transaction


def keep(tx: Transaction, task: Task) -> None:
    """Remember the assignee of a task that is worked on, as an employee and as the users who they are now.

    The caller saves the task. An assignee who works on it themselves, or is known already, costs no
    statement: their other accounts are told by the employee.
    """
    employee_id = task.assignee_id
    if employee_id is None:
        return
    is_known, fresh = employee_id in task.worked_by, list[str]()
    if tx.actor.employee_id == employee_id:
        fresh = [tx.actor.user_id]
    elif not is_known:
        fresh = users_of(tx, employee_id)
    if not is_known:
        task.worked_by = [*task.worked_by, employee_id]
    task.worker_ids = list(dict.fromkeys([*task.worker_ids, *fresh]))


def hand_on(tx: Transaction, task: Task, employee_id: str | None) -> None:
    """Give a task another assignee; who had it while it was worked on stays one of those who did it."""
    is_begun = task.first_started_at is not None or bool(task.worked_by)
    if is_begun:
        keep(tx, task)
    task.assignee_id = employee_id
    if is_begun:
        keep(tx, task)
