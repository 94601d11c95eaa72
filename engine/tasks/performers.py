"""Whose work a task is: everybody who was its assignee while it was worked on, for ever (APR-16, S3)."""

from __future__ import annotations

from collections.abc import Iterable

from engine.tasks import turn
from engine.tasks.models import Task
from engine.transaction import Transaction


def keep(task: Task, whose: Iterable[str | None] = ()) -> bool:
    """Remember the assignee of a task that is worked on, and those ``whose`` work is handed over with it.

    They are employees: who these are and ever were is told by the accounts. Return whether one of them was
    not known; the caller saves the task.
    """
    known = len(task.worked_by)
    task.worked_by = list(dict.fromkeys([*task.worked_by, *filter(None, [task.assignee_id, *whose])]))
    return len(task.worked_by) > known


def hand_on(tx: Transaction, task: Task, employee_id: str | None) -> None:
    """Give a task another assignee; who had it while it was worked on stays one of those who did it."""
    is_begun = task.first_started_at is not None or bool(task.worked_by)
    if is_begun:
        keep(task)
    if employee_id != task.assignee_id:
        task.assignee_id = employee_id
        turn.note_assigned(tx, task)
    if is_begun:
        keep(task)
