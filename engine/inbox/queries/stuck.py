"""Reads over tasks that do not move; one read by index per reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, FromClause, false, func, select, true

from engine.clock import to_text
from engine.inbox.queries.documents import field_of
from engine.inbox.reasons import Reason
from engine.tasks.models import TaskStatus
from engine.tasks.queries import involves
from engine.tasks.queries.reading import by_id, task_rows, task_table
from engine.tasks.views import TaskRow
from engine.transaction import Transaction

#: As many of one reason as a page shows; the rest is counted.
MOST = 30
#: Days ahead within which somebody must be found for a task.
DUE_SOON_DAYS = 3
_NOT_STARTED = [status.value for status in (TaskStatus.PENDING, TaskStatus.QUEUED, TaskStatus.DEFERRED)]
#: Reasons that the status alone tells.
_STATUSES = {
    Reason.FAILED: TaskStatus.FAILED,
    Reason.HELP: TaskStatus.HELP_NEEDED,
    Reason.BLOCKED: TaskStatus.BLOCKED,
}
_LOST = [status.value for status in (TaskStatus.FAILED, TaskStatus.CANCELLED)]


def find(tx: Transaction, reason: Reason) -> list[TaskRow]:
    """Return the tasks stuck for a reason that a column tells, as many as a page shows, those due first."""
    table = task_table(tx)
    inside = _inside(tx, table)
    conditions = [*_conditions(tx, table, reason), *([] if inside is None else [inside])]
    chosen = (
        select(table.c.doc_id)
        .where(table.c.workspace_id == tx.workspace_id, *conditions)
        .order_by(table.c.due_date.is_(None), table.c.due_date, table.c.task_id)
        .limit(MOST)
    )
    return task_rows(tx, by_id(tx, table, list(tx.connection.execute(chosen).scalars())))


def count(tx: Transaction, reason: Reason) -> int:
    """Return how many tasks are stuck for a reason that a column tells."""
    table = task_table(tx)
    inside = _inside(tx, table)
    conditions = [*_conditions(tx, table, reason), *([] if inside is None else [inside])]
    counted = select(func.count()).where(table.c.workspace_id == tx.workspace_id, *conditions)
    return int(tx.connection.execute(counted.select_from(table)).scalar_one())


def of_tasks(tx: Transaction, task_ids: Sequence[str]) -> dict[str, TaskRow]:
    """Return rows by task id, of those that are the actor's to see here."""
    if not task_ids:
        return {}
    table = task_table(tx)
    inside = _inside(tx, table)
    chosen = select(table.c.document).where(
        table.c.workspace_id == tx.workspace_id,
        table.c.task_id.in_(list(task_ids)),
        *([] if inside is None else [inside]),
    )
    return {row.task.task_id: row for row in task_rows(tx, list(tx.connection.execute(chosen).scalars()))}


def _inside(tx: Transaction, table: FromClause) -> ColumnElement[bool] | None:
    """Return the condition of being the actor's; None for whoever sees everything."""
    return None if tx.actor.sees_everything else involves(tx.actor, table)


def _conditions(tx: Transaction, table: Any, reason: Reason) -> list[ColumnElement[bool]]:
    if reason in _STATUSES:
        return [table.c.status == _STATUSES[reason].value]
    if reason is Reason.WAIT:
        is_due = field_of(tx, table, "follow_up_at") <= to_text(tx.now)
        return [table.c.status == TaskStatus.WAITING.value, is_due]
    if reason is Reason.REVIEW:
        return [table.c.awaits_review == true()]
    if reason is Reason.LOST:
        blocker = table.alias()
        is_lost = select(blocker.c.task_id).where(
            blocker.c.task_id == table.c.blocked_by, blocker.c.status.in_(_LOST)
        )
        return [table.c.is_open == 1, table.c.blocked_by.is_not(None), is_lost.exists()]
    is_idle = [table.c.is_open == 1, table.c.status.in_(_NOT_STARTED)]
    if reason is Reason.LATE:
        return [*is_idle, table.c.deadline < to_text(tx.now), table.c.blocked_by.is_(None)]
    soon = (tx.today + timedelta(days=DUE_SOON_DAYS)).isoformat()
    is_nobodys = (table.c.assignee_id.is_(None), table.c.assigned_to_bot == false())
    return [*is_idle, table.c.due_date <= soon, *is_nobodys]
