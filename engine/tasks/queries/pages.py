"""The order of a list: ids first, from indexes alone where they hold all that is asked; documents later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import Enum, auto
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    String,
    and_,
    func,
    or_,
    select,
)

from engine.tasks.filters import DEFAULT_LIMIT, Place, TaskFilter
from engine.tasks.models import Task, TaskStatus
from engine.tasks.queries import words
from engine.tasks.queries.conditions import HasColumns, matching, reached, scopes, seen
from engine.tasks.queries.prepared import Read, once, parameter
from engine.tasks.queries.reading import count_tasks, within
from engine.tasks.states import TERMINAL
from engine.transaction import Transaction

#: Orders that open work has an index of its own for.
OPEN_ORDERS = frozenset({"due_date", "deadline"})

#: What a filter may ask for and still be plain: each of its few values has a read of its own, built once.
_PLAIN = (
    *("status", "open", "lanes", "priority", "unassigned", "assigned_to_bot", "requires_human_review"),
    *("lacks", "sort", "limit", "offset"),
)

#: As many rows with a tag are found and sorted; of what more have, a walk in order soon meets enough.
_MOST_SORTED = 5_000

#: What a filter may ask for and still be told by the index of a bundle's tasks alone.
_HELD = (
    *("status", "open", "lanes", "priority", "assignee_id", "mine", "unassigned", "assigned_to_bot"),
    *("overdue", "due_before", "due_after", "scheduled_before", "scheduled_after", "scheduled_from"),
    *("sort", "limit", "offset"),
)


def is_read(wanted: TaskFilter) -> bool:
    """Whether rows have to be read to tell what matches: no index holds words, or all of several ways."""
    return bool(wanted.words or wanted.tag or wanted.any_of or wanted.none_of or wanted.also or wanted.has)


def visible_page(tx: Transaction, table: FromClause, wanted: TaskFilter) -> tuple[int, list[int]]:
    """Return the total and the row ids of one page of what the actor sees and that matches."""
    rows = _prepared_page(tx, wanted)
    if not rows:
        asked = guided(tx, table, wanted)
        window = _Window(wanted.limit, wanted.offset)
        page, found = _page_within(tx, asked, scopes(tx, asked), wanted, window)
        rows = tx.connection.execute(page).all()
        if not rows and wanted.offset:  # after the last there is none to tell the total
            return int(tx.connection.execute(select(func.count()).select_from(found)).scalar_one()), []
    return (int(rows[0][1]) if rows else 0), [doc_id for doc_id, _ in rows]


def _is_plain(wanted: TaskFilter) -> bool:
    """Whether what it asks for has few values, and follows neither from who asks nor from when."""
    return wanted == TaskFilter(**{name: getattr(wanted, name) for name in _PLAIN})


def _prepared_page(tx: Transaction, wanted: TaskFilter) -> Sequence[Sequence[Any]]:
    """Return a page as ``_page_within`` reads it, of what need be built but once; empty for all else."""
    if not _is_plain(wanted) or tx.actor.sees_everything or not (ids := reached(tx)):
        return ()
    given = {name: tx.database.dialect.list_param(values) for name, values in ids.items()}
    read = _plain_page(tx, replace(wanted, limit=DEFAULT_LIMIT, offset=0), tuple(ids))
    return read.rows(tx, most=wanted.limit, passed=wanted.offset, **given)


@once
def _plain_page(tx: Transaction, wanted: TaskFilter, columns: tuple[str, ...]) -> Read:
    """Return the read of any page of what is reached by these columns."""
    table, dialect = tx.database.sql_table(Task.spec.table), tx.database.dialect
    inside = [dialect.is_one_of_named(table.c[name], name) for name in columns]
    return _page_within(tx, table, inside, wanted, _any_window())[0]


class _Window(NamedTuple):
    """Which of all that matches a page shows."""

    limit: int | BindParameter[int]
    offset: int | BindParameter[int]

    def of(self, read: Select[Any]) -> Select[Any]:
        """Return these of a read."""
        return read.limit(self.limit).offset(self.offset)


def _any_window() -> _Window:
    return _Window(parameter("most", Integer()), parameter("passed", Integer()))


def _page_within(
    tx: Transaction,
    asked: HasColumns,
    inside: Sequence[ColumnElement[bool]],
    wanted: TaskFilter,
    window: _Window,
) -> tuple[Select[Any], FromClause]:
    """Return the read of a page of what matches inside some scopes, each row with the total, and of all."""
    table, conditions = tx.database.sql_table(Task.spec.table), matching(tx, asked, wanted)
    column = table.c.created_at if wanted.is_ranked else table.c[wanted.sort_column]
    columns = [column.label("place"), table.c.task_id]
    is_held = _is_held(wanted)
    if is_held and not tx.database.dialect.indexes_hold_ids:
        found: FromClause = seen(inside, columns, conditions).subquery()
        return _first_of_index(table, found, wanted, window), found
    every = seen(inside, [table.c.doc_id, *columns], conditions)
    # An index that holds all that is asked is counted again sooner than what it gave is kept. Otherwise
    # finding them is the work: that is done once, for the page and for the total.
    found = every.subquery() if is_held else every.cte()
    counted = seen(inside, [table.c.doc_id], conditions).subquery() if is_held else found
    total = select(func.count()).select_from(counted).scalar_subquery()
    page: Select[Any] = window.of(select(found.c.doc_id, total))
    if wanted.is_ranked:
        best = words.ranked(tx, wanted)
        page = page.outerjoin(best, best.c.doc_id == found.c.doc_id).order_by(
            func.coalesce(best.c.score, 0), found.c.place.desc(), found.c.task_id.desc()
        )
    else:
        page = page.order_by(*_order(found.c.place, found.c.task_id, wanted))
    return page, found


def _first_of_index(table: FromClause, found: FromClause, wanted: TaskFilter, window: _Window) -> Select[Any]:
    """Return the read of a page, with the total: an index tells all but the rows, read of the page alone."""
    order = _order(found.c.place, found.c.task_id, wanted)
    told = select(found, func.count().over().label("total")).order_by(*order)
    first = window.of(told).subquery()
    page = select(table.c.doc_id, first.c.total).join_from(first, table, table.c.task_id == first.c.task_id)
    return page.order_by(*_order(first.c.place, first.c.task_id, wanted))


def first_met(
    tx: Transaction, table: FromClause, wanted: TaskFilter, counted: int
) -> tuple[int, list[int], bool]:
    """Return what ``visible_page`` does of the whole workspace, and whether the total is exact.

    It walks in the order wanted until it has met one more than ``counted``, or than the page shows; what has
    a rare tag it finds by that, and sorts.
    """
    end = wanted.offset + wanted.limit
    until = replace(wanted, offset=0, limit=max(counted, end) + 1)
    if (tagged := _rarely_tagged(tx, table, wanted.tag)) is not None:
        asked = _Plus(table, {"doc_id"}, tx.database.dialect.without_index)
        order = _order(asked[until.sort_column], table.c.task_id, until)
        found = _ids(tx, asked, [tagged, *matching(tx, asked, until)], order, until)
    else:
        found = _walk(tx, table, until, until.limit)
    return len(found), found[wanted.offset : end], len(found) < until.limit


def _rarely_tagged(tx: Transaction, table: FromClause, tag: str | None) -> ColumnElement[bool] | None:
    """Return the condition of having a tag, by the ids of rows; None for no tag, or one that many have."""
    if tag is None:
        return None
    listing = tx.database.listing(Task.spec.table, "tag_list")
    having = select(listing.c.doc_id).where(listing.c.entry == tag.lower())
    some = having.limit(_MOST_SORTED + 1).subquery()
    if tx.connection.execute(select(func.count()).select_from(some)).scalar_one() > _MOST_SORTED:
        return None
    return table.c.doc_id.in_(having)


def page_of_ids(tx: Transaction, table: FromClause, wanted: TaskFilter, *, total: int, of: int) -> list[int]:
    """Return the row ids of one page of the ``total`` tasks of the workspace that match.

    SQLite keeps no statistics by itself, so it is told what to do. Either it finds the ``total`` and sorts
    them, or it walks in the order wanted, passing over what does not match, until a page is full: that meets
    one in ``of / total`` tasks, where ``of`` have the statuses asked for, which the indexes tell. What is due
    in a time stands together in the order of days, and it would walk through all that is due before.
    """
    if wanted.offset >= total:
        return []
    if total * total <= (wanted.offset + wanted.limit) * of or _begins_late(wanted):
        column = tx.database.dialect.without_index(table.c[wanted.sort_column])
        order = _order(column, table.c.task_id, wanted)
        return _ids(tx, table, matching(tx, table, wanted), order, wanted)
    return _walk(tx, table, wanted, total)


def page_after(
    tx: Transaction, table: FromClause, wanted: TaskFilter, place: Place, *, total: int
) -> list[int]:
    """Return the row ids of the page that follows a place in the order of a column.

    Of many in the whole workspace it walks on from the place; all else is found and sorted.
    """
    if tx.actor.sees_everything and total > _MOST_SORTED and not is_read(wanted):
        return _walk_after(tx, table, wanted, place)
    asked = guided(tx, table, wanted)
    columns = [table.c.doc_id, table.c[wanted.sort_column].label("place"), table.c.task_id]
    found = seen(scopes(tx, asked), columns, matching(tx, asked, wanted)).subquery()
    later = _is_after(found.c.place, found.c.task_id, place, wanted)
    chosen = select(found.c.doc_id).where(later).order_by(*_order(found.c.place, found.c.task_id, wanted))
    return list(tx.connection.execute(chosen.limit(wanted.limit)).scalars())


def _walk_after(tx: Transaction, table: FromClause, wanted: TaskFilter, place: Place) -> list[int]:
    """Do as ``_walk`` does from a place on: empty values come last both ways, in a walk of their own."""
    column, task_id = table.c[wanted.sort_column], table.c.task_id
    inside = [table.c.workspace_id == tx.workspace_id, *_on_the_way(tx, table, wanted)]
    order = list(map(tx.database.dialect.index_part, (column, task_id)))
    walk = select(table.c.doc_id).order_by(*(_order(column, task_id, wanted) if wanted.descending else order))
    is_empty, found = column.is_(None), list[int]()
    if place.value is not None:
        filled = walk.where(*inside, column.is_not(None), *_beyond(column, task_id, place, wanted))
        found += tx.connection.execute(filled.limit(wanted.limit)).scalars()
    if len(found) < wanted.limit:
        later = _beyond(column, task_id, place, wanted) if place.value is None else []
        rest = walk.where(*inside, is_empty, *later).limit(wanted.limit - len(found))
        found += tx.connection.execute(rest).scalars()
    return found


def _is_after(
    column: ColumnElement[Any], task_id: ColumnElement[Any], place: Place, wanted: TaskFilter
) -> ColumnElement[bool]:
    """Return the condition of coming after a place; empty values come last both ways."""
    beyond = and_(*_beyond(column, task_id, place, wanted))
    return and_(column.is_(None), beyond) if place.value is None else or_(beyond, column.is_(None))


def _beyond(
    column: ColumnElement[Any], task_id: ColumnElement[Any], place: Place, wanted: TaskFilter
) -> list[ColumnElement[bool]]:
    """Return the conditions of coming after a place among what has a value, or none, as the place has."""
    later = task_id < place.task_id if wanted.descending else task_id > place.task_id
    if place.value is None:
        return [later]
    # An index begins at the value; what stands there already is few.
    at_least = column <= place.value if wanted.descending else column >= place.value
    return [at_least, or_(column != place.value, later)]


def _is_held(wanted: TaskFilter) -> bool:
    """Whether the index of a bundle's tasks holds all that is asked and sorted by."""
    return wanted == TaskFilter(**{name: getattr(wanted, name) for name in _HELD})


def _begins_late(wanted: TaskFilter) -> bool:
    """Whether nothing matches at the beginning of the order of due days."""
    bound = wanted.due_before if wanted.descending else wanted.due_after
    return wanted.sort_column == "due_date" and bound is not None


def guided(tx: Transaction, table: FromClause, wanted: TaskFilter) -> HasColumns:
    """Return the table with no index but that of rows by their ids, where words lead to these."""
    if not _words_lead_to(wanted):
        return table
    return _Plus(table, {"doc_id"}, tx.database.dialect.without_index)


def _words_lead_to(wanted: TaskFilter) -> bool:
    """Whether all that matches is found by its words."""
    return (
        bool(wanted.words)
        or any(map(_words_lead_to, wanted.also))
        or any(all(map(_words_lead_to, group)) for group in wanted.any_of)
    )


def _on_the_way(tx: Transaction, table: FromClause, wanted: TaskFilter) -> list[ColumnElement[bool]]:
    """Return the conditions of a walk; with ``+column`` SQLite uses no index but that of the order."""
    without_index = tx.database.dialect.without_index
    if not tx.database.dialect.needs_guidance:
        return matching(tx, table, wanted)
    free = {wanted.sort_column}
    if wanted.sort_column in OPEN_ORDERS and not wanted.status:
        free.add("is_open")
    elif wanted.open:
        active = (status for status in TaskStatus if status not in TERMINAL)
        wanted = replace(wanted, open=False, status=tuple(dict.fromkeys([*wanted.status, *active])))
    return matching(tx, _Plus(table, free, without_index), wanted)


class _Plus:
    """The columns of a table by attribute and by name, those that are not ``free`` with a ``+``."""

    def __init__(
        self,
        table: FromClause,
        free: set[str],
        without_index: Callable[[ColumnElement[Any]], ColumnElement[Any]],
    ) -> None:
        self._table, self._free, self._without_index = table, free, without_index

    @property
    def c(self) -> _Plus:
        """Itself."""
        return self

    def __getitem__(self, name: str) -> ColumnElement[Any]:
        column = self._table.c[name]
        return column if name in self._free else self._without_index(column)

    __getattr__ = __getitem__


def _walk(tx: Transaction, table: FromClause, wanted: TaskFilter, total: int) -> list[int]:
    """Walk in the order wanted; empty values come last both ways.

    Indexes keep empty values first, so ascending order takes them in a second walk, instead of sorting all.
    """
    if wanted.descending:
        return _met(tx, _Part.EVERY, wanted)
    found = _met(tx, _Part.FILLED, wanted)
    if len(found) == min(wanted.limit, total - wanted.offset):
        return found
    rest = replace(wanted, offset=0, limit=wanted.limit - len(found))
    if wanted.offset:
        empty = [*_on_the_way(tx, table, wanted), table.c[wanted.sort_column].is_(None)]
        rest = replace(rest, offset=max(0, wanted.offset - (total - count_tasks(tx, table, empty))))
    return found + _met(tx, _Part.EMPTY, rest)


class _Part(Enum):
    """What one walk meets: all, or what has a value to be sorted by, or what has none."""

    EVERY = auto()
    FILLED = auto()
    EMPTY = auto()


def _met(tx: Transaction, part: _Part, wanted: TaskFilter) -> list[int]:
    """Return the row ids that one walk meets; of what is plain by a read that is built but once."""
    if not _is_plain(wanted):
        window = _Window(wanted.limit, wanted.offset)
        return list(tx.connection.execute(_way(tx, part, wanted, tx.workspace_id, window)).scalars())
    read = _plain_way(tx, part, replace(wanted, limit=DEFAULT_LIMIT, offset=0))
    given = {"workspace": tx.workspace_id, "most": wanted.limit, "passed": wanted.offset}
    return [doc_id for (doc_id,) in read.rows(tx, **given)]


@once
def _plain_way(tx: Transaction, part: _Part, wanted: TaskFilter) -> Read:
    return _way(tx, part, wanted, parameter("workspace", String()), _any_window())


def _way(
    tx: Transaction,
    part: _Part,
    wanted: TaskFilter,
    workspace_id: ColumnElement[str] | str,
    window: _Window,
) -> Select[Any]:
    """Return the read of one walk.

    It asks for the order of the index word for word: PostgreSQL follows no other, and sorts all.
    """
    table = tx.database.sql_table(Task.spec.table)
    column, task_id = table.c[wanted.sort_column], table.c.task_id
    if part is _Part.EVERY:
        order, has_value = _order(column, task_id, wanted), []
    else:
        order = list(map(tx.database.dialect.index_part, (column, task_id)))
        has_value = [column.is_not(None) if part is _Part.FILLED else column.is_(None)]
    inside = [table.c.workspace_id == workspace_id, *_on_the_way(tx, table, wanted), *has_value]
    return window.of(select(table.c.doc_id).where(*inside).order_by(*order))


def _ids(
    tx: Transaction,
    table: HasColumns,
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[Any],
    wanted: TaskFilter,
) -> list[int]:
    chosen = select(table.c.doc_id).where(within(tx, table, conditions)).order_by(*order)
    return list(tx.connection.execute(chosen.limit(wanted.limit).offset(wanted.offset)).scalars())


def _order(column: ColumnElement[Any], task_id: ColumnElement[Any], wanted: TaskFilter) -> list[Any]:
    if wanted.descending:
        return [column.desc().nulls_last(), task_id.desc().nulls_last()]
    return [column.asc().nulls_last(), task_id]
