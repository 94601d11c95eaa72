"""The board: a column per status, each with its total and its first cards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    String,
    and_,
    func,
    literal_column,
    select,
    union_all,
)

from engine.clock import to_text
from engine.tasks.filters import TaskFilter
from engine.tasks.models import TaskStatus
from engine.tasks.queries.conditions import matching, scopes
from engine.tasks.queries.reading import lane_tallies, rows_by_id, task_table, within
from engine.tasks.read_models import RECENT, TITLES, Column
from engine.tasks.states import TERMINAL
from engine.transaction import Transaction

#: Cards that a column shows; the whole list shows the rest.
PER_COLUMN = 20
#: A lane's total, and the ids of the rows of the cards that are shown.
_Lanes = dict[TaskStatus, tuple[int, list[int]]]


def board(tx: Transaction, wanted: TaskFilter, per_column: int = PER_COLUMN) -> list[Column]:
    """Return a column per status, soonest due first; blocked by another task stands under blocked (CNF-46).

    Where no statuses are asked for, the closing columns hold what was closed in the last seven days.
    """
    table = task_table(tx)
    conditions = matching(tx, table, wanted, with_status=False)
    lanes = [status for status in TaskStatus if _is_wanted(status, wanted)]
    collect = _every_lane if tx.actor.sees_everything else _visible_lanes
    found = collect(
        tx, table, conditions, {lane: _closed_after(tx, lane, wanted) for lane in lanes}, per_column
    )
    rows = iter(rows_by_id(tx, [doc_id for _, ids in found.values() for doc_id in ids]))
    return [
        Column(status=lane, title=TITLES[lane], total=total, cards=[next(rows) for _ in ids])
        for lane, (total, ids) in found.items()
    ]


def _every_lane(
    tx: Transaction,
    table: FromClause,
    conditions: Sequence[ColumnElement[bool]],
    lanes: Mapping[TaskStatus, datetime | None],
    per_column: int,
) -> _Lanes:
    """Return the lanes of somebody who sees everything, each from its own index, all in three statements."""
    # In a closing lane lane and status are the same; only the status has an index with the moment of closing.
    after = next((moment for moment in lanes.values() if moment is not None), None)
    recent = [] if after is None else [table.c.closed_at >= to_text(after)]
    closing = [*conditions, *recent]
    totals = _totals(tx, table, list(lanes), conditions, closing)
    due, task_id = table.c.due_date, table.c.task_id
    reads: list[Select[Any]] = []
    for lane in lanes:
        count = min(per_column, totals[lane])
        if count and lane in TERMINAL:
            newest = (table.c.closed_at.desc().nulls_last(), task_id.desc())
            ended = within(tx, table, [table.c.status == lane.value, *closing])
            reads.append(_places(table, lane, ended, newest, count))
        elif count:
            # Indexes keep empty values first: what has a day is read apart from what has none.
            inside = within(tx, table, [table.c.lane == lane.value, *conditions])
            reads.append(_places(table, lane, and_(inside, due.is_not(None)), (due, task_id), count))
            reads.append(_places(table, lane, and_(inside, due.is_(None)), (task_id,), count))
    dealt = _dealt(tx, lanes, reads)
    return _shown(dealt, totals, per_column)


def _totals(
    tx: Transaction,
    table: FromClause,
    lanes: Sequence[TaskStatus],
    conditions: Sequence[ColumnElement[bool]],
    closing: Sequence[ColumnElement[bool]],
) -> dict[TaskStatus, int]:
    """Return how many tasks stand in each lane; without conditions, the open ones are tallied already."""
    reads: list[Select[Any]] = []
    if open_lanes := [lane.value for lane in lanes if lane not in TERMINAL]:
        reads.append(
            _counts(tx, table, table.c.lane, open_lanes, conditions) if conditions else lane_tallies(tx)
        )
    if ended := [lane.value for lane in lanes if lane in TERMINAL]:
        reads.append(_counts(tx, table, table.c.status, ended, closing))
    totals = dict.fromkeys(lanes, 0)
    for name, is_tallied, count in tx.connection.execute(union_all(*reads)) if reads else ():
        lane = TaskStatus(name)
        if lane in totals and not (is_tallied and lane in TERMINAL):
            totals[lane] = int(count)
    return totals


def _counts(
    tx: Transaction,
    table: FromClause,
    column: ColumnElement[Any],
    lanes: Sequence[str],
    conditions: Sequence[ColumnElement[bool]],
) -> Select[Any]:
    inside = within(tx, table, [column.in_(lanes), *conditions])
    return select(column, literal_column("0"), func.count()).where(inside).group_by(column)


def _places(
    table: FromClause, lane: TaskStatus, inside: Any, order: Sequence[ColumnElement[Any]], count: int
) -> Select[Any]:
    """Return the read of where the first tasks of a lane are; ``lane`` names them in the union."""
    columns = (table.c.task_id, table.c.due_date, table.c.closed_at, table.c.doc_id)
    named = literal_column(f"'{lane.value}'", String).label("lane")
    return select(select(named, *columns).where(inside).order_by(*order).limit(count).subquery())


def _dealt(
    tx: Transaction, lanes: Iterable[TaskStatus], reads: Sequence[Select[Any]]
) -> dict[TaskStatus, list[Any]]:
    dealt: dict[TaskStatus, list[Any]] = {lane: [] for lane in lanes}
    for row in tx.connection.execute(union_all(*reads)) if reads else ():
        if row.lane in dealt:
            dealt[row.lane].append(row)
    return dealt


def _shown(
    dealt: Mapping[TaskStatus, list[Any]], totals: Mapping[TaskStatus, int], per_column: int
) -> _Lanes:
    """Return the lanes with the first cards of each."""
    for lane, rows in dealt.items():
        if lane in TERMINAL:
            rows.sort(key=lambda row: (row.closed_at or "", row.task_id), reverse=True)
        else:
            rows.sort(key=lambda row: (row.due_date is None, row.due_date or "", row.task_id))
    return {lane: (totals[lane], [row.doc_id for row in rows[:per_column]]) for lane, rows in dealt.items()}


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
    reads = [
        select(*columns).where(scope, *part, *conditions)
        for scope in inside
        for part in ([table.c.is_open == 1], [table.c.is_open == 0, *recent])
    ]
    dealt = _dealt(tx, lanes, reads)
    totals = {lane: len(rows) for lane, rows in dealt.items()}
    return _shown(dealt, totals, per_column)


def _closed_after(tx: Transaction, lane: TaskStatus, wanted: TaskFilter) -> datetime | None:
    """Return since when a closing lane shows tasks; None is since ever."""
    return tx.now - RECENT if lane in TERMINAL and not wanted.status else None


def _is_wanted(status: TaskStatus, wanted: TaskFilter) -> bool:
    if not wanted.status and not wanted.open:
        return True
    return status in wanted.status or (wanted.open and status not in TERMINAL)
