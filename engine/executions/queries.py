"""Which automated tasks are due."""

from __future__ import annotations

from sqlalchemy import select, true

from engine.clock import to_text
from engine.executions import service
from engine.executions.models import Execution, ExecutionStatus
from engine.tasks.models import Task, TaskStatus
from engine.transaction import Transaction

_WAITING = (TaskStatus.PENDING.value, TaskStatus.DEFERRED.value, TaskStatus.QUEUED.value)


def due(tx: Transaction) -> list[str]:
    """Return the ids of tasks whose planned moment has come and that begin by themselves (EXE-26)."""
    table, attempts = tx.database.sql_table(Task.spec.table), tx.database.sql_table(Execution.spec.table)
    live = select(attempts.c.task_id).where(
        attempts.c.workspace_id == tx.workspace_id, attempts.c.is_live == true()
    )
    wanted = select(table.c.task_id).where(
        table.c.workspace_id == tx.workspace_id,
        table.c.scheduled_for <= to_text(tx.wall_clock),
        table.c.status.in_(_WAITING),
        table.c.task_id.not_in(live),
    )
    ids = list(tx.connection.execute(wanted).scalars())
    tx.read_ahead({Task: ids})
    tasks = (tx.find_by_key(Task, task_id) for task_id in ids)
    return [
        task.task_id
        for task in tasks
        if task
        and task.started_at is None
        and service.begins_by_itself(task)
        and not _was_called_off(tx, task)
    ]


def _was_called_off(tx: Transaction, task: Task) -> bool:
    """Whether somebody called the attempt off that its planned moment began: only they begin another."""
    last, planned = service.last_of(tx, task), task.scheduled_for
    is_of_then = last is not None and planned is not None and last.created_at >= planned
    return is_of_then and last is not None and last.status is ExecutionStatus.CANCELLED
