"""The board: a column per status, each with its total and its first cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Integer, Select, bindparam, func, select

from engine.clock import to_text
from engine.tasks.filters import TaskFilter
from engine.tasks.models import TaskStatus
from engine.tasks.queries.conditions import matching, scopes, seen
from engine.tasks.queries.reading import by_id, documents_of, lane_tallies, task_rows, task_table, within
from engine.tasks.states import TERMINAL
from engine.tasks.views import RECENT, TITLES, Column
from engine.transaction import Transaction

#: Cards that a column shows; the whole list shows the rest.
PER_COLUMN = 20
#: A lane's total, and the documents of the cards that are shown.
_Lanes = dict[TaskStatus, tuple[int, list[str]]]


def board(tx: Transaction, wanted: TaskFilter, per_column: int = PER_COLUMN) -> list[Column]:
    """Return a column per status, soonest due first; blocked by another task stands under blocked (CNF-46).

    Without a wish for statuses, the closing columns hold what was closed in the last seven days.
    """
    table = task_table(tx)
    conditions = matching(tx, table, wanted, with_status=False)
    lanes = [status for status in TaskStatus if _is_wanted(status, wanted)]
    collect = _every_lane if tx.actor.sees_everything else _visible_lanes
    found = collect(
        tx, table, conditions, {lane: _closed_after(tx, lane, wanted) for lane in lanes}, per_column
    )
    rows = iter(task_rows(tx, [text for _, documents in found.values() for text in documents]))
    return [
        Column(status=lane, title=TITLES[lane], total=total, cards=[next(rows) for _ in documents])
        for lane, (total, documents) in found.items()
    ]


def _every_lane(
    tx: Transaction,
    table: FromClause,
    conditions: Sequence[ColumnElement[bool]],
    lanes: Mapping[TaskStatus, datetime | None],
    per_column: int,
) -> _Lanes:
    """Return the lanes of somebody who sees everything, each from its own index.

    Statements are built once and run per lane: building one takes longer than running it.
    """
    # In a closing lane lane and status are the same; only the status has an index with the moment of closing.
    after = next((moment for moment in lanes.values() if moment is not None), None)
    recent = [] if after is None else [table.c.closed_at >= to_text(after)]
    due, newest = table.c.due_date, [table.c.closed_at.desc().nulls_last(), table.c.task_id.desc()]
    groups = (
        ([lane for lane in lanes if lane not in TERMINAL], table.c.lane, conditions),
        ([lane for lane in lanes if lane in TERMINAL], table.c.status, [*conditions, *recent]),
    )
    found: _Lanes = {}
    for inside, column, wanted in groups:
        totals = _totals(tx, table, column, inside, wanted)
        one = [column == bindparam("lane"), *wanted]
        if column is table.c.status:
            reads = [documents_of(tx, table, one, newest)]
        else:
            reads = [
                documents_of(tx, table, [*one, due.is_not(None)], [due, table.c.task_id]),
                documents_of(tx, table, [*one, due.is_(None)], [table.c.task_id]),
            ]
        limited = [read.limit(bindparam("count", type_=Integer)) for read in reads]
        for lane in inside:
            found[lane] = totals[lane], _first(tx, limited, lane, min(per_column, totals[lane]))
    return {lane: found[lane] for lane in lanes}


def _totals(
    tx: Transaction,
    table: FromClause,
    column: ColumnElement[Any],
    lanes: Sequence[TaskStatus],
    conditions: Sequence[ColumnElement[bool]],
) -> dict[TaskStatus, int]:
    if column is table.c.lane and not conditions:
        return {**dict.fromkeys(lanes, 0), **lane_tallies(tx)}
    inside = within(tx, table, [column.in_([lane.value for lane in lanes]), *conditions])
    counts = tx.connection.execute(select(column, func.count()).where(inside).group_by(column))
    return {**dict.fromkeys(lanes, 0), **{TaskStatus(name): int(count) for name, count in counts}}


def _first(tx: Transaction, reads: Sequence[Select[Any]], lane: TaskStatus, count: int) -> list[str]:
    """Return the first documents of a lane, taking one read after the other until there are enough."""
    found: list[str] = []
    for read in reads:
        if len(found) < count:
            values = {"lane": lane.value, "count": count - len(found)}
            found += tx.connection.execute(read, values).scalars()
    return found


def _visible_lanes(
    tx: Transaction,
    table: FromClause,
    conditions: Sequence[ColumnElement[bool]],
    lanes: Mapping[TaskStatus, datetime | None],
    per_column: int,
) -> _Lanes:
    """Return the lanes of somebody who sees a part: what they see is found once, then dealt out."""
    columns = [table.c.lane, table.c.task_id, table.c.due_date, table.c.closed_at, table.c.doc_id]
    after = next((moment for moment in lanes.values() if moment is not None), None)
    recent = [] if after is None else [table.c.closed_at >= to_text(after)]
    inside = scopes(tx, table)
    dealt: dict[TaskStatus, list[Any]] = {lane: [] for lane in lanes}
    for part in ([table.c.is_open == 1], [table.c.is_open == 0, *recent]):
        for row in tx.connection.execute(seen(inside, columns, [*part, *conditions])):
            if row[0] in dealt:
                dealt[row[0]].append(row)
    for lane, rows in dealt.items():
        if lane in TERMINAL:
            rows.sort(key=lambda row: (row.closed_at or "", row.task_id), reverse=True)
        else:
            rows.sort(key=lambda row: (row.due_date is None, row.due_date or "", row.task_id))
    shown = [row.doc_id for rows in dealt.values() for row in rows[:per_column]]
    documents = iter(by_id(tx, table, shown))
    return {lane: (len(rows), [next(documents) for _ in rows[:per_column]]) for lane, rows in dealt.items()}


def _closed_after(tx: Transaction, lane: TaskStatus, wanted: TaskFilter) -> datetime | None:
    """Return since when a closing lane shows tasks; None is since ever."""
    return tx.now - RECENT if lane in TERMINAL and not wanted.status else None


def _is_wanted(status: TaskStatus, wanted: TaskFilter) -> bool:
    if not wanted.status and not wanted.open:
        return True
    return status in wanted.status or (wanted.open and status not in TERMINAL)
