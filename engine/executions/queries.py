"""Which automated tasks are due, and lists of attempts."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice

from sqlalchemy import select, true

from engine.clock import to_text
from engine.executions import service
from engine.executions.models import Execution, ExecutionStatus
from engine.tasks import visibility
from engine.tasks.models import Task, TaskStatus
from engine.transaction import Transaction

_WAITING = (TaskStatus.PENDING.value, TaskStatus.DEFERRED.value, TaskStatus.QUEUED.value)

#: So many are read at a time.
_BATCH = 100


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


def newest(
    tx: Transaction,
    limit: int,
    *,
    statuses: Collection[ExecutionStatus] = (),
    executor: str | None = None,
    task_id: str | None = None,
    before: str | None = None,
) -> list[Execution]:
    """Return the newest attempts that match and that the actor sees, those made before one alone."""
    found = _matching(tx, frozenset(statuses), executor, task_id, before)
    return list(islice(found, limit))


def _matching(
    tx: Transaction,
    statuses: Collection[ExecutionStatus],
    executor: str | None,
    task_id: str | None,
    before: str | None,
) -> Iterator[Execution]:
    """Yield the attempts that match, the newest first; only as many are read as are taken, in batches."""
    table = tx.database.sql_table(Execution.spec.table)
    wanted = select(table.c.execution_id, table.c.task_id).where(table.c.workspace_id == tx.workspace_id)
    if statuses:
        wanted = wanted.where(table.c.status.in_([status.value for status in statuses]))
    if task_id is not None:
        wanted = wanted.where(table.c.task_id == task_id)
    while True:
        page = wanted if before is None else wanted.where(table.c.execution_id < before)
        rows = tx.connection.execute(page.order_by(table.c.execution_id.desc()).limit(_BATCH)).all()
        ids = [str(row.execution_id) for row in rows]
        tx.read_ahead({Execution: ids, Task: {str(row.task_id) for row in rows}})
        tasks = [task for row in rows if (task := tx.find_by_key(Task, row.task_id)) is not None]
        seen = visibility.seen_among(tx, {task.task_id: task for task in tasks}.values())
        for execution_id in ids:
            one = tx.find_by_key(Execution, execution_id)
            if one is not None and one.task_id in seen and executor in (None, one.executor):
                yield one
        if len(rows) < _BATCH:
            return
        before = ids[-1]
