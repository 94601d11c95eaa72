"""The board: a column per status, each with its total and its first cards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    String,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    select,
    union_all,
)

from engine.clock import to_text
from engine.tasks.filters import TaskFilter
from engine.tasks.models import Task, TaskStatus
from engine.tasks.queries.conditions import HasColumns, matching, scopes
from engine.tasks.queries.pages import guided, is_read
from engine.tasks.queries.prepared import Read, once, parameter
from engine.tasks.queries.reading import known_rows, task_table, within
from engine.tasks.read_models import RECENT, Column
from engine.tasks.states import TERMINAL
from engine.transaction import Transaction

#: Cards that a column shows; the whole list shows the rest.
PER_COLUMN = 20
_CLOSED_AFTER = "closed_after"
#: What a total has instead of a task.
_NOTHING = [cast(null(), String) for _ in range(3)]


@dataclass(frozen=True)
class _Shape:
    """What decides how a board is read, whoever looks and whenever."""

    lanes: tuple[TaskStatus, ...]
    #: Whether the closing lanes hold the latest alone.
    is_recent: bool
    per_column: int

    @property
    def open_lanes(self) -> list[TaskStatus]:
        """The lanes of what has not ended."""
        return [lane for lane in self.lanes if lane not in TERMINAL]


#: Where a task stands on the board: its lane, its id, when it is due, when it was closed, its row's id.
_Place: TypeAlias = Sequence[Any]
#: A lane's total, and the ids of its first rows.
_Lanes: TypeAlias = dict[TaskStatus, tuple[int, list[int]]]


def board(
    tx: Transaction, wanted: TaskFilter, per_column: int = PER_COLUMN, *, counted: int | None = None
) -> list[Column]:
    """Return a column per status, soonest due first; blocked by another task stands under blocked (CNF-46).

    Where no statuses are asked for, the closing columns hold what was closed in the last seven days. With
    ``counted`` the totals of what matches words are exact up to that many, as those of ``list_tasks`` are.
    """
    table = task_table(tx)
    asked = guided(tx, table, wanted)
    # A lane is a status, but for that of what waits for another task: its status is asked for.
    conditions = matching(tx, asked, wanted, with_status=bool(wanted.status))
    lanes = [lane for lane in TaskStatus if lane is TaskStatus.BLOCKED or _is_wanted(lane, wanted)]
    since = {lane: _closed_after(tx, lane, wanted) for lane in lanes}
    most = None
    if not tx.actor.sees_everything or asked is not table:
        found = _visible_lanes(tx, asked, conditions, since)
    elif counted is not None and is_read(wanted):
        most = max(counted, per_column) + 1
        found = _first_met(tx, table, conditions, since, most)
    else:
        found = _every_lane(tx, table, conditions, since, per_column)
    shown = {lane: ids[:per_column] for lane, (_, ids) in found.items()}
    rows = known_rows(tx, [doc_id for ids in shown.values() for doc_id in ids])
    return [
        Column(
            status=lane,
            title=lane.word,
            total=total,
            is_exact=total != most,
            cards=[rows[doc_id] for doc_id in shown[lane] if doc_id in rows],
        )
        for lane, (total, _) in found.items()
    ]


def _every_lane(
    tx: Transaction,
    table: FromClause,
    conditions: Sequence[ColumnElement[bool]],
    lanes: Mapping[TaskStatus, datetime | None],
    per_column: int,
) -> _Lanes:
    """Return the lanes of somebody who sees everything, each from its own index, all in one statement."""
    shape, since = _shape_of(lanes, per_column)
    if conditions:
        inside = within(tx, table, conditions)
        read = union_all(*_places(table, inside, shape), *_counts(table, inside, shape))
        found: Iterable[Any] = tx.connection.execute(read, since)
    else:
        found = _whole_board(tx, shape).rows(tx, workspace=tx.workspace_id, **since)
    totals, places = dict.fromkeys(lanes, 0), []
    for lane, task_id, due_date, closed_at, number in found:
        if task_id is None:
            totals[TaskStatus(lane)] = int(number)
        else:
            places.append((lane, task_id, due_date, closed_at, int(number)))
    dealt = _dealt(lanes, places)
    return {lane: (totals[lane], ids) for lane, ids in dealt.items()}


def _first_met(
    tx: Transaction,
    table: FromClause,
    conditions: Sequence[ColumnElement[bool]],
    lanes: Mapping[TaskStatus, datetime | None],
    most: int,
) -> _Lanes:
    """Return the lanes as ``_every_lane`` does, each counted as it is met, until ``most`` match."""
    shape, since = _shape_of(lanes, most)
    places = _places(table, within(tx, table, conditions), shape)
    dealt = _dealt(lanes, tx.connection.execute(union_all(*places), since).all())
    return {lane: (min(len(ids), most), ids) for lane, ids in dealt.items()}


def _shape_of(lanes: Mapping[TaskStatus, datetime | None], per_column: int) -> tuple[_Shape, dict[str, str]]:
    """Return how the lanes are read, and what is given when they are."""
    after = next((moment for moment in lanes.values() if moment is not None), None)
    shape = _Shape(tuple(lanes), is_recent=after is not None, per_column=per_column)
    return shape, {} if after is None else {_CLOSED_AFTER: to_text(after)}


@once
def _whole_board(tx: Transaction, shape: _Shape) -> Read:
    """Return the read of a board for which nothing is asked: all totals but those of a time are tallied."""
    table, tally = tx.database.sql_table(Task.spec.table), tx.database.tally(Task.spec.table)
    workspace = parameter("workspace", String())
    inside = table.c.workspace_id == workspace
    lanes = shape.open_lanes if shape.is_recent else shape.lanes
    tallied = _total_of(tally.c.lane, func.sum(tally.c.total)).where(
        tally.c.workspace_id == workspace, tally.c.lane.in_([lane.value for lane in lanes])
    )
    ended = [_ended(table, inside, shape)] if shape.is_recent else []
    return union_all(*_places(table, inside, shape), tallied, *ended)


def _places(table: FromClause, inside: ColumnElement[bool], shape: _Shape) -> list[Select[Any]]:
    """Return the reads of where the first tasks of each lane are."""
    due, closed_at, task_id = table.c.due_date, table.c.closed_at, table.c.task_id
    as_indexed = (due.nulls_first(), task_id.nulls_first())
    reads: list[Select[Any]] = []
    for lane in shape.lanes:
        name = literal_column(f"'{lane.value}'", String).label("lane")
        lane_of = select(name, task_id, due, closed_at, table.c.doc_id).where(inside)
        if lane in TERMINAL:
            # Here lane and status are the same; only the status has an index with the moment of closing.
            ended = lane_of.where(table.c.status == lane.value, *_recently(table, shape))
            reads.append(ended.order_by(closed_at.desc().nulls_last(), task_id.desc().nulls_last()))
        else:
            # Indexes keep empty values first: what has a day is read apart from what has none. PostgreSQL
            # follows their order where it is asked for word for word.
            standing = lane_of.where(table.c.lane == lane.value)
            reads.append(standing.where(due.is_not(None)).order_by(*as_indexed))
            reads.append(standing.where(due.is_(None)).order_by(*as_indexed))
    return [select(read.limit(shape.per_column).subquery()) for read in reads]


def _counts(table: FromClause, inside: ColumnElement[bool], shape: _Shape) -> list[Select[Any]]:
    """Return the reads of how many tasks stand in each lane."""
    standing = table.c.lane.in_([lane.value for lane in shape.open_lanes])
    return [_total_of(table.c.lane, func.count()).where(inside, standing), _ended(table, inside, shape)]


def _total_of(lane: ColumnElement[Any], total: ColumnElement[Any]) -> Select[Any]:
    """Return the read of totals by lane, in the columns of places; none of them has a task."""
    return select(lane, *_NOTHING, total).group_by(lane)


def _ended(table: FromClause, inside: ColumnElement[bool], shape: _Shape) -> Select[Any]:
    ended = table.c.status.in_([lane.value for lane in shape.lanes if lane in TERMINAL])
    return _total_of(table.c.status, func.count()).where(inside, ended, *_recently(table, shape))


def _recently(table: FromClause, shape: _Shape) -> list[ColumnElement[bool]]:
    return [table.c.closed_at >= bindparam(_CLOSED_AFTER, "", String)] if shape.is_recent else []


def _dealt(lanes: Iterable[TaskStatus], places: Iterable[_Place]) -> dict[TaskStatus, list[int]]:
    """Deal places out to their lanes; give the ids of their rows in the order of each lane."""
    dealt: dict[str, list[_Place]] = {lane.value: [] for lane in lanes}
    for place in places:
        if (found := dealt.get(place[0])) is not None:
            found.append(place)
    return {lane: [place[4] for place in _in_order(lane, dealt[lane.value])] for lane in lanes}


def _in_order(lane: TaskStatus, places: list[_Place]) -> list[_Place]:
    """Return the places of a lane, soonest due first, or closed last first."""
    if lane in TERMINAL:
        return sorted(places, key=lambda place: (place[3] or "", place[1]), reverse=True)
    return sorted(places, key=lambda place: (place[2] is None, place[2] or "", place[1]))


def _visible_lanes(
    tx: Transaction,
    table: HasColumns,
    conditions: Sequence[ColumnElement[bool]],
    lanes: Mapping[TaskStatus, datetime | None],
) -> _Lanes:
    """Return the lanes where a part is seen or matches: it is found once, then dealt out."""
    columns = [table.c.lane, table.c.task_id, table.c.due_date, table.c.closed_at, table.c.doc_id]
    after = next((moment for moment in lanes.values() if moment is not None), None)
    recent = [] if after is None else [table.c.closed_at >= to_text(after)]
    inside = scopes(tx, table)
    reads = [
        select(*columns).where(scope, *part, *conditions)
        for scope in inside
        for part in ([table.c.is_open == 1], [table.c.is_open == 0, *recent])
    ]
    dealt = _dealt(lanes, tx.connection.execute(union_all(*reads)).all())
    return {lane: (len(ids), ids) for lane, ids in dealt.items()}


def _closed_after(tx: Transaction, lane: TaskStatus, wanted: TaskFilter) -> datetime | None:
    """Return since when a closing lane shows tasks; None is since ever."""
    return tx.wall_clock - RECENT if lane in TERMINAL and not wanted.status else None


def _is_wanted(status: TaskStatus, wanted: TaskFilter) -> bool:
    if not wanted.status and not wanted.open:
        return True
    return status in wanted.status or (wanted.open and status not in TERMINAL)
