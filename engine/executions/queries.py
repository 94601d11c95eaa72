"""Which automated tasks are due, what runs and waits, in which order it is begun; and lists of attempts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    case,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    union_all,
)

from engine import ids
from engine.catalog import executors
from engine.clock import to_text
from engine.executions import service
from engine.executions.models import Execution, ExecutionStatus
from engine.jobs.claims import JOBS
from engine.jobs.putting import milliseconds
from engine.tasks import visibility
from engine.tasks.models import ExecutionType, Task, TaskStatus
from engine.tasks.queries.conditions import one_of, scopes, seen, text_of
from engine.transaction import Transaction

_WAITING = (TaskStatus.PENDING.value, TaskStatus.DEFERRED.value, TaskStatus.QUEUED.value)
_BUSY = (TaskStatus.QUEUED.value, TaskStatus.IN_PROGRESS.value)
#: As the partial indexes of the ledger say it.
_READY: ColumnElement[str] = literal_column("'ready'")
_RUNNING: ColumnElement[str] = literal_column("'running'")
_IS_PUT_OFF: ColumnElement[bool] = JOBS.c.not_before > literal_column("0")
_KEY = service.key_of("")


class Held(NamedTuple):
    """A job of an execution, and where that stands in the ledger."""

    execution_id: str
    task_id: str
    job_id: str
    lane: str
    #: Milliseconds since 1970: it is begun no earlier.
    not_before: int
    #: The process and thread that runs it; None while it waits.
    worker: str | None


#: So many are read at a time.
_BATCH = 100


def due(tx: Transaction) -> list[str]:
    """Return the ids of tasks whose planned moment has come and that begin by themselves (EXE-26).

    What was begun before that moment is begun again: it was planned anew.
    """
    table = tx.database.sql_table(Task.spec.table)
    wanted = select(table.c.task_id).where(
        table.c.workspace_id == tx.workspace_id,
        table.c.scheduled_for <= to_text(tx.wall_clock),
        table.c.status.in_(_WAITING),
        table.c.task_id.not_in(_live(tx)),
    )
    ids = list(tx.connection.execute(wanted).scalars())
    tx.read_ahead({Task: ids})
    tasks = (tx.find_by_key(Task, task_id) for task_id in ids)
    return [
        task.task_id
        for task in tasks
        if task
        and task.scheduled_for is not None
        and (task.started_at is None or task.started_at < task.scheduled_for)
        and service.begins_by_itself(task)
        and not _was_called_off(tx, task)
    ]


def _live(tx: Transaction) -> Select[Any]:
    """Return the read of the tasks of which an attempt waits or runs."""
    attempts = tx.database.sql_table(Execution.spec.table)
    return select(attempts.c.task_id).where(
        attempts.c.workspace_id == tx.workspace_id, attempts.c.is_live == true()
    )


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


def with_old_logs(tx: Transaction, before: datetime, most: int) -> list[str]:
    """Return the ids of attempts that ended before a moment and have lines still."""
    table = tx.database.sql_table(Execution.spec.table)
    old = (
        select(table.c.execution_id)
        .where(
            table.c.workspace_id == tx.workspace_id,
            table.c.has_logs == true(),
            # Nothing ends before it was asked for, which the index tells.
            table.c.execution_id < ids.first_of(str(Execution.spec.prefix), before),
            text_of(tx, table, "completed_at") < to_text(before),
            tx.database.dialect.without_index(table.c.is_live) == false(),
        )
        .order_by(table.c.execution_id)
        .limit(most)
    )
    return list(tx.connection.execute(old).scalars())


def running(tx: Transaction, *, lane: str | None = None) -> list[Held]:
    """Return what runs of what the actor sees, what began last first."""
    read = _jobs(tx, _RUNNING, lane)
    return _held(tx, read.order_by(JOBS.c.begun_at.desc(), JOBS.c.job_id))


def waiting(tx: Transaction, *, lane: str | None, limit: int, offset: int = 0) -> list[Held]:
    """Return what waits for a worker of what the actor sees, in the order in which it is begun (CNF-21)."""
    if lane is not None or not tx.actor.sees_everything:
        return _held(tx, _in_order(tx, lane).limit(limit).offset(offset))
    # The ledger keeps the order of each lane: of all lanes, what comes first is among the first of each.
    place = (JOBS.c.priority, JOBS.c.ordinal)
    reads = [
        _in_order(tx, each).add_columns(*place).limit(offset + limit).subquery()
        for each in _lanes_with_waiting(tx)
    ]
    if not reads:
        return []
    every = union_all(*(select(read) for read in reads)).subquery()
    *columns, priority, ordinal = every.c
    read = select(*columns).order_by(priority.desc(), ordinal, every.c.job_id)
    return _held(tx, read.limit(limit).offset(offset))


def _in_order(tx: Transaction, lane: str | None) -> Select[Any]:
    """Return the read of what waits for a worker of what the actor sees, in the order of the ledger."""
    read = _jobs(tx, _READY, lane).where(JOBS.c.not_before <= _now(tx))
    return read.order_by(JOBS.c.priority.desc(), JOBS.c.ordinal, JOBS.c.job_id)


def _lanes_with_waiting(tx: Transaction) -> Sequence[str]:
    """Return the lanes of the workspace in which anything waits, of executors of other releases, too.

    From each lane the index leads to the next one, past all that waits in it.
    """
    own = service.lanes_of(tx.workspace_id)

    def after(lane: ColumnElement[str]) -> ColumnElement[str]:
        waits = (JOBS.c.status == _READY, JOBS.c.kind == service.EXECUTE, JOBS.c.lane > lane)
        return select(JOBS.c.lane).where(*waits).order_by(JOBS.c.lane).limit(1).scalar_subquery()

    lanes = select(after(literal(own)).label("lane")).cte("lanes", recursive=True)
    lanes = lanes.union_all(select(after(lanes.c.lane)).where(lanes.c.lane.is_not(None)))
    read = select(lanes.c.lane).where(func.substr(lanes.c.lane, 1, len(own)) == own)
    return tx.connection.execute(read).scalars().all()


def count_waiting(tx: Transaction, lanes: Sequence[str], most: int) -> dict[str, int]:
    """Count the same in each of these lanes, as far as ``most`` and one more, in one statement."""
    reads = [
        _jobs(tx, _READY, lane).where(JOBS.c.not_before <= _now(tx)).limit(most + 1).subquery()
        for lane in lanes
    ]
    counts = union_all(
        *(
            select(literal(lane), func.count()).select_from(read)
            for lane, read in zip(lanes, reads, strict=True)
        )
    )
    return {lane: int(count) for lane, count in tx.connection.execute(counts)}


def repeated_later(tx: Transaction, *, lane: str | None, limit: int) -> list[Held]:
    """Return the attempts that wait for their moment, the next one first."""
    read = _jobs(tx, _READY, lane, by_time=True).where(_IS_PUT_OFF, JOBS.c.not_before > _now(tx))
    return _held(tx, read.order_by(JOBS.c.not_before, JOBS.c.job_id).limit(limit))


def planned(tx: Transaction, *, limit: int) -> list[str]:
    """Return the ids of tasks that begin by themselves at a later moment (``due``), the next one first."""
    table = tx.database.sql_table(Task.spec.table)
    is_scheduled = text_of(tx, table, "execution_type") == ExecutionType.SCHEDULED.value
    later = (
        table.c.scheduled_for > to_text(tx.wall_clock),
        table.c.status.in_(_WAITING),
        table.c.assignee_id.is_(None),
        or_(table.c.assigned_to_bot == true(), is_scheduled),
        text_of(tx, table, "execution_config", "executor").in_(sorted(executors.SCHEMAS)),
        table.c.task_id.not_in(_live(tx)),
    )
    read = seen(scopes(tx, table), (table.c.task_id, table.c.scheduled_for), later).subquery()
    chosen = select(read.c.task_id).order_by(read.c.scheduled_for, read.c.task_id).limit(limit)
    return list(tx.connection.execute(chosen).scalars())


def places(tx: Transaction, lane: str, most: int) -> dict[str, int]:
    """Return the place of each of the first jobs of a lane that wait for a worker, from 1, by its id."""
    first = (
        select(JOBS.c.job_id)
        .where(
            JOBS.c.status == _READY,
            JOBS.c.kind == service.EXECUTE,
            JOBS.c.lane == lane,
            JOBS.c.not_before <= _now(tx),
        )
        .order_by(JOBS.c.priority.desc(), JOBS.c.ordinal, JOBS.c.job_id)
        .limit(most)
    )
    found = tx.connection.execute(first).scalars()
    return {job_id: place for place, job_id in enumerate(found, start=1)}


def count_running(tx: Transaction) -> dict[str, int]:
    """Count what runs in each lane of the workspace's executors, whoever sees it."""
    read = (
        select(JOBS.c.lane, func.count())
        .where(
            JOBS.c.status == _RUNNING,
            JOBS.c.kind == service.EXECUTE,
            func.substr(JOBS.c.lane, 1, len(own := service.lanes_of(tx.workspace_id))) == own,
        )
        .group_by(JOBS.c.lane)
    )
    return {lane: int(count) for lane, count in tx.connection.execute(read)}


def _jobs(
    tx: Transaction, status: ColumnElement[str], lane: str | None, *, by_time: bool = False
) -> Select[Any]:
    """Return the read of the jobs of executions that the actor sees.

    Who sees everything reads the jobs in the order of their index, that of the lane or that of time; who sees
    a part, the jobs of their tasks, by their keys. SQLite takes the index that it is left.
    """
    executions = tx.database.sql_table(Execution.spec.table)
    without_index = tx.database.dialect.without_index
    sees_all = tx.actor.sees_everything
    kind = JOBS.c.kind if sees_all else without_index(JOBS.c.kind)
    asked = [JOBS.c.status == status, kind == service.EXECUTE]
    if lane is not None:
        asked.append((JOBS.c.lane if sees_all and not by_time else without_index(JOBS.c.lane)) == lane)
    columns = _columns(executions)
    if sees_all:
        same = executions.c.execution_id == func.substr(JOBS.c.key, len(_KEY) + 1)
        here = without_index(executions.c.workspace_id) == tx.workspace_id
        return select(*columns).where(*asked, same, here)
    same = JOBS.c.key == literal(_KEY) + executions.c.execution_id
    theirs = one_of(tx, executions.c.task_id, _busy(tx))
    return select(*columns).where(*asked, same, theirs, executions.c.is_live == true())


def _columns(executions: FromClause) -> list[ColumnElement[Any]]:
    worker = case((JOBS.c.status == _RUNNING, JOBS.c.worker))  # it names who was lost still
    held = (JOBS.c.job_id, JOBS.c.lane, JOBS.c.not_before, worker)
    return [executions.c.execution_id, executions.c.task_id, *held]


def _busy(tx: Transaction) -> Sequence[str]:
    """Return the ids of the tasks that the actor sees and that are queued or run."""
    found: Sequence[str] = tx.once("busy tasks", lambda: _read_busy(tx))
    return found


def _read_busy(tx: Transaction) -> list[str]:
    table: FromClause = tx.database.sql_table(Task.spec.table)
    read = seen(scopes(tx, table), (table.c.task_id,), (table.c.status.in_(_BUSY),))
    return list(tx.connection.execute(read).scalars())


def _held(tx: Transaction, read: Select[Any]) -> list[Held]:
    return [Held(*row) for row in tx.connection.execute(read)]


def _now(tx: Transaction) -> int:
    return milliseconds(tx.wall_clock)


def live_of(tx: Transaction, task_ids: Sequence[str]) -> list[Held]:
    """Return the jobs of the attempts at these tasks that wait or run."""
    executions = tx.database.sql_table(Execution.spec.table)
    columns = _columns(executions)
    here = tx.database.dialect.without_index(executions.c.workspace_id) == tx.workspace_id
    theirs = one_of(tx, executions.c.task_id, task_ids)
    same = JOBS.c.key == literal(_KEY) + executions.c.execution_id
    return _held(tx, select(*columns).where(theirs, executions.c.is_live == true(), here, same))
