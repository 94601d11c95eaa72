"""Lists, statistics, and what changed since, for what the actor sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, case, func, literal, select, true

from engine.tasks.filters import TaskFilter
from engine.tasks.models import Priority, Task, TaskStatus
from engine.tasks.queries.conditions import involves, matching, overdue, scheduled_today, visible
from engine.tasks.queries.reading import by_id, count_tasks, sorted_page, task_rows, task_table, within
from engine.tasks.views import Page, Statistics
from engine.transaction import Transaction


def list_tasks(tx: Transaction, wanted: TaskFilter) -> Page:
    """Return one page of the tasks that the actor sees and that match, with the total."""
    table = task_table(tx)
    conditions = matching(tx, table, wanted)
    if tx.actor.sees_everything:
        total = count_tasks(tx, table, conditions)
        documents = sorted_page(tx, table, conditions, wanted) if wanted.offset < total else []
    else:
        ids = _visible_ids(tx, table, conditions, wanted)
        total, documents = len(ids), by_id(tx, table, ids[wanted.offset : wanted.offset + wanted.limit])
    return Page(items=task_rows(tx, documents), total=total, limit=wanted.limit, offset=wanted.offset)


def statistics(tx: Transaction) -> Statistics:
    """Return the counts of what the actor sees (QUE-13), as they are now (QUE-14)."""
    table = task_table(tx)
    marks = {
        "pending_review": table.c.awaits_review == true(),
        "overdue": and_(*overdue(tx, table)),
        "scheduled_today": scheduled_today(tx, table),
    }
    totals = dict.fromkeys(marks, 0)
    sums: list[Any] = []
    if tx.actor.sees_everything:  # each count has its own index; one pass over all rows would cost more
        totals = {name: count_tasks(tx, table, [mark]) for name, mark in marks.items()}
    else:  # what the actor sees is found once
        sums = [func.sum(case((mark, 1), else_=0)) for mark in marks.values()]
    grouped = (
        select(table.c.status, table.c.priority_rank, func.count(), *sums)
        .where(within(tx, table, visible(tx, table)))
        .group_by(table.c.status, table.c.priority_rank)
    )
    by_status, by_priority = dict.fromkeys(TaskStatus, 0), dict.fromkeys(Priority, 0)
    for status, rank, count, *marked in tx.connection.execute(grouped):
        by_status[TaskStatus(status)] += count
        by_priority[list(Priority)[rank - 1]] += count
        for name, number in zip(marks, marked, strict=False):
            totals[name] += int(number)
    return Statistics(by_status=by_status, by_priority=by_priority, **totals)


def changed_since(tx: Transaction, seq: int) -> tuple[int, set[str]]:
    """Return the number of the latest event, and the tasks of the events after ``seq``.

    Ids of tasks that the actor may not see are among them; a view looks at those it shows.
    """
    tx.flush()
    events = tx.database.sql_table("audit_events")
    later = select(events.c.seq, events.c.task_id).where(
        events.c.workspace_id == tx.workspace_id, events.c.seq > seq
    )
    found = tx.connection.execute(later).all()
    latest = max((row.seq for row in found), default=tx.database.head(tx.workspace_id).position)
    return latest, {row.task_id for row in found if row.task_id is not None}


def is_involved(tx: Transaction, bundle_id: str) -> bool:
    """Whether the actor owns, is assigned or may claim a task of the bundle."""
    tx.flush()
    table = tx.database.sql_table(Task.spec.table)
    theirs = select(literal(1)).where(table.c.bundle_id == bundle_id, involves(tx.actor, table)).limit(1)
    return tx.connection.execute(theirs).first() is not None


def _visible_ids(
    tx: Transaction, table: FromClause, conditions: Sequence[ColumnElement[bool]], wanted: TaskFilter
) -> list[str]:
    """Return the ids of all that the actor sees and that match, sorted: what they see is found only once."""
    column = table.c[wanted.sort_column]
    order = (
        [column.desc().nulls_last(), table.c.task_id.desc()]
        if wanted.descending
        else [column.asc().nulls_last(), table.c.task_id]
    )
    inside = within(tx, table, [*visible(tx, table), *conditions])
    return list(tx.connection.execute(select(table.c.task_id).where(inside).order_by(*order)).scalars())
