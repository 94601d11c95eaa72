"""SQL reads of the key figures: counts over tasks and over the events of their moves (RPT-09)."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import case, exists, func, select

from engine.audit.models import Action, Event
from engine.clock import to_text
from engine.reports.filters import Filters
from engine.reports.queries.work import field, is_set, of_kind, table_of, within
from engine.tasks.models import Task, TaskStatus
from engine.tasks.states import SATISFYING
from engine.transaction import Transaction

_REVIEWED = (Action.HUMAN_REVIEW_APPROVED.value, Action.HUMAN_REVIEW_REJECTED.value)


def count_created(tx: Transaction, wanted: Filters) -> tuple[int, int]:
    """Return how many tasks were made in the asked time, and how many of them from a template."""
    tasks = table_of(tx, Task.spec.table)
    counted = select(func.count(), func.count(tasks.c.template_id)).where(
        *of_kind(tx, tasks, wanted), *within(tasks.c.created_at, wanted)
    )
    total, from_template = tx.connection.execute(counted).one()
    return int(total), int(from_template)


def moves_made(tx: Transaction, wanted: Filters) -> list[tuple[str, str, int]]:
    """Return how often each move between two statuses was made in the asked time."""
    events, tasks = table_of(tx, Event.spec.table), table_of(tx, Task.spec.table)
    made = select(
        field(tx, events, "before", "status").label("before"),
        field(tx, events, "after", "status").label("after"),
    ).where(
        events.c.workspace_id == tx.workspace_id,
        events.c.action == Action.TASK_STATUS_CHANGED.value,
        *within(events.c.occurred_at, wanted),
    )
    if wanted.asks_about_tasks:
        made = made.join(tasks, tasks.c.task_id == events.c.task_id).where(*of_kind(tx, tasks, wanted))
    # Apart, so that two words of each are grouped: a database would keep whole documents meanwhile (P5).
    apart = made.offset(0).subquery().c
    counted = select(apart.before, apart.after, func.count()).group_by(apart.before, apart.after)
    return [(row[0] or "", row[1] or "", int(row[2])) for row in tx.connection.execute(counted)]


def started_dependents(tx: Transaction, wanted: Filters) -> tuple[int, int]:
    """Count the tasks that were started and wait for others, and those that began only when all were done.

    Done is completed or skipped, for the first time, by when the task was first started.
    """
    tasks, events = table_of(tx, Task.spec.table), table_of(tx, Event.spec.table)
    started, waits_for = field(tx, tasks, "first_started_at"), field(tx, tasks, "depends_on")
    others = tx.database.dialect.entries(waits_for).alias()
    was_done = exists().where(
        events.c.workspace_id == tx.workspace_id,
        events.c.task_id == others.c.value,
        events.c.action == Action.TASK_STATUS_CHANGED.value,
        field(tx, events, "after", "status").in_([status.value for status in SATISFYING]),
        events.c.occurred_at <= started,
    )
    too_early = exists().where(~was_done.correlate(tasks, others)).select_from(others)
    counted = select(func.count(), func.sum(case((too_early.correlate(tasks), 0), else_=1))).where(
        *of_kind(tx, tasks, wanted),
        *([tasks.c.updated_at >= to_text(wanted.since)] if wanted.since is not None else []),  # by an index
        started.is_not(None),
        waits_for != "[]",
        *within(started, wanted),
    )
    total, right = tx.connection.execute(counted).one()
    return int(total), int(right or 0)


def review_times(tx: Transaction, wanted: Filters) -> list[float]:
    """Return how many seconds each human review took, from when it was asked for to its decision."""
    events, tasks = table_of(tx, Event.spec.table), table_of(tx, Task.spec.table)
    asked = events.alias()
    asked_at = (
        select(func.max(asked.c.occurred_at))
        .where(
            asked.c.workspace_id == tx.workspace_id,
            asked.c.task_id == events.c.task_id,
            asked.c.seq < events.c.seq,
            asked.c.action == Action.TASK_UPDATED.value,
            is_set(tx, asked, "after", "requires_human_review"),
        )
        .scalar_subquery()
    )
    chosen = (
        select(events.c.occurred_at, func.coalesce(asked_at, tasks.c.created_at))
        .join(tasks, tasks.c.task_id == events.c.task_id)
        .where(
            events.c.workspace_id == tx.workspace_id,
            events.c.action.in_(_REVIEWED),
            *of_kind(tx, tasks, wanted),
            *within(events.c.occurred_at, wanted),
        )
    )
    return [
        (datetime.fromisoformat(done) - datetime.fromisoformat(begun)).total_seconds()
        for done, begun in tx.connection.execute(chosen)
    ]


def done_by_day(tx: Transaction, wanted: Filters) -> dict[tuple[str, date], int]:
    """Return how many tasks each user completed on each day of the workspace's zone."""
    tasks = table_of(tx, Task.spec.table)
    by = field(tx, tasks, "completed_by")
    chosen = select(by, tasks.c.closed_at).where(
        *of_kind(tx, tasks, wanted),
        tasks.c.status == TaskStatus.COMPLETED.value,
        by.is_not(None),
        *within(tasks.c.closed_at, wanted),
    )
    zone = ZoneInfo(tx.workspace_zone)
    found: dict[tuple[str, date], int] = {}
    for user_id, closed_at in tx.connection.execute(chosen):
        key = (str(user_id), datetime.fromisoformat(closed_at).astimezone(zone).date())
        found[key] = found.get(key, 0) + 1
    return found
