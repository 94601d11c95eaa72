"""Lists, statistics, and what changed since, for what the actor sees."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    String,
    and_,
    case,
    exists,
    false,
    func,
    literal_column,
    select,
    true,
    union,
)

from engine.access import Actor, Permission, may
from engine.loading import load_all
from engine.tasks.filters import Place, TaskFilter
from engine.tasks.models import Priority, Task, TaskStatus
from engine.tasks.queries import pages, words
from engine.tasks.queries.conditions import (
    in_sight,
    in_workspace,
    involvements,
    involves,
    matching,
    one_of,
    overdue,
    scheduled_today,
    scopes,
    seen,
)
from engine.tasks.queries.prepared import Read, once, parameter
from engine.tasks.queries.reading import by_id, count_tasks, rows_by_id, tallies, task_table, within
from engine.tasks.read_models import Documents, Page, Statistics, TaskRow
from engine.tasks.states import TERMINAL
from engine.transaction import Transaction

#: What a filter may ask for and still be counted without reading any task.
_TOLD_BY_TALLIES = ("status", "open", "priority", "sort", "limit", "offset")


def list_tasks(tx: Transaction, wanted: TaskFilter, *, counted: int | None = None) -> Page:
    """Return one page of the tasks that the actor sees and that match, with the total.

    With ``counted`` a total that only reading them all could tell is exact up to that many: what is met in
    the order of the page after these is not looked at.
    """
    total, ids, is_exact = _page_of(tx, wanted, counted)
    rows = rows_by_id(tx, ids)
    return Page(
        items=rows,
        found=words.shown(tx, wanted, rows),
        total=total,
        is_exact=is_exact,
        limit=wanted.limit,
        offset=wanted.offset,
    )


def list_documents(tx: Transaction, wanted: TaskFilter, *, after: Place | None = None) -> Documents:
    """Return one page of the same tasks as they are kept, without what a row tells beside that.

    The page begins ``after`` a place of a list that is not ranked by words, whatever was made or taken away
    before that meanwhile; else at the filter's offset.
    """
    table = task_table(tx)
    if after is None:
        total, ids, _ = _page_of(tx, wanted, None)
    else:
        total, _, _ = _page_of(tx, replace(wanted, limit=1, offset=0), None)
        ids = pages.page_after(tx, table, wanted, after, total=total)
    tasks = load_all(Task, by_id(tx, table, ids), tx.database)
    return Documents(tasks=tasks, found=words.shown(tx, wanted, tasks), count=len(ids), total=total)


def mine(tx: Transaction, limit: int) -> list[TaskRow]:
    """Return the actor's open work, soonest due first, at most ``limit`` of each of two kinds.

    First what is assigned to them; then what nobody has: of their assignee roles, where they may claim it, or
    made by them and in no bundle.
    """
    table = task_table(tx)
    reads = [_soonest(tx, table, kind, ways, limit) for kind, ways in _mine(tx, table)]
    found: dict[int, list[int]] = {0: [], 1: []}
    places = sorted(
        tx.connection.execute(union(*reads)),
        key=lambda row: (row.deadline is None, row.deadline or "", row.task_id),
    )
    for row in places:
        found[row.kind].append(row.doc_id)
    return rows_by_id(tx, [*found[0][:limit], *found[1][:limit]])


def count_mine(tx: Transaction) -> tuple[int, int]:
    """Return how many tasks of each of its two kinds ``mine`` would give without a limit."""
    table = task_table(tx)
    without_index = tx.database.dialect.without_index
    reads = [
        select(literal_column(str(kind), Integer).label("kind"), table.c.doc_id).where(
            within(tx, table, [without_index(table.c.is_open) == 1, *ways])
        )
        for kind, ways in _mine(tx, table)
    ]
    every = union(*reads).subquery()
    counted = select(every.c.kind, func.count()).group_by(every.c.kind)
    found = {kind: int(count) for kind, count in tx.connection.execute(counted)}
    return found.get(0, 0), found.get(1, 0)


def _mine(tx: Transaction, table: FromClause) -> list[tuple[int, list[ColumnElement[bool]]]]:
    """Return the ways in which open work is the actor's, each with its kind: 0 is theirs, 1 is nobody's."""
    column, actor = table.c, tx.actor
    nobodys = and_(column.assignee_id.is_(None), column.assigned_to_bot == false())
    found: list[tuple[int, list[ColumnElement[bool]]]] = []
    if actor.employee_id is not None:
        found.append((0, [column.assignee_id == actor.employee_id]))
    if actor.assignee_roles and may(actor, Permission.SEE_CLAIMABLE):
        found.append((1, [column.assignee_role.in_(sorted(actor.assignee_roles)), nobodys]))
    return [*found, (1, [column.owner_id == actor.user_id, column.bundle_id.is_(None), nobodys])]


def _soonest(
    tx: Transaction, table: FromClause, kind: int, conditions: Sequence[ColumnElement[bool]], limit: int
) -> Select[Any]:
    """Return the read of somebody's open work; whose it is finds it, not how open work is sorted."""
    without_index = tx.database.dialect.without_index
    name = literal_column(str(kind), Integer).label("kind")
    is_open, due = without_index(table.c.is_open) == 1, without_index(table.c.deadline)
    chosen = select(name, table.c.deadline, table.c.task_id, table.c.doc_id).where(
        within(tx, table, [is_open, *conditions])
    )
    return select(chosen.order_by(due.asc().nulls_last(), table.c.task_id).limit(limit).subquery())


def _page_of(tx: Transaction, wanted: TaskFilter, counted: int | None) -> tuple[int, list[int], bool]:
    """Return the total, the row ids of one page, and whether the total is exact."""
    table = task_table(tx)
    if not tx.actor.sees_everything:
        return (*pages.visible_page(tx, table, wanted), True)
    if pages.is_read(wanted):
        if counted is not None and not wanted.is_ranked and _is_met_anywhere(wanted):
            return pages.first_met(tx, table, wanted, counted)
        return (*pages.visible_page(tx, table, wanted), True)
    tallied = tallies(tx)
    # What is overdue is open, and stands at the beginning of these orders.
    is_of_open = wanted.overdue and not wanted.status and wanted.sort_column in pages.OPEN_ORDERS
    met = replace(wanted, open=wanted.open or is_of_open)
    of = sum(count for status, _, count in tallied if _is_wanted(status, met))
    total = _total(tx, table, wanted, tallied)
    return total, pages.page_of_ids(tx, table, wanted, total=total, of=of), True


def _is_met_anywhere(wanted: TaskFilter) -> bool:
    """Whether nothing is asked for that an index could find, so that many tasks may match."""
    rest = replace(wanted, tag=None, none_of=(), any_of=())
    ways = (part for group in wanted.any_of for part in group)
    return _is_told_by_tallies(rest) and all(_is_met_anywhere(replace(part, words=())) for part in ways)


def statistics(tx: Transaction) -> Statistics:
    """Return the counts of what the actor sees (QUE-13), as they are now (QUE-14)."""
    table = task_table(tx)
    marks = {
        "pending_review": table.c.awaits_review == true(),
        "overdue": and_(*overdue(tx, table)),
        "scheduled_today": scheduled_today(tx, table),
    }
    if tx.actor.sees_everything:
        counts, totals = tallies(tx), {name: count_tasks(tx, table, [mark]) for name, mark in marks.items()}
    else:
        counts, totals = _visible_counts(tx, table, marks)
    by_status, by_priority = dict.fromkeys(TaskStatus, 0), dict.fromkeys(Priority, 0)
    for status, priority, count in counts:
        by_status[status] += count
        by_priority[priority] += count
    return Statistics(by_status=by_status, by_priority=by_priority, **totals)


def _visible_counts(
    tx: Transaction, table: FromClause, marks: Mapping[str, ColumnElement[bool]]
) -> tuple[list[tuple[TaskStatus, Priority, int]], dict[str, int]]:
    """Return the counts of somebody who sees a part: what they see is found once, and read from an index."""
    marked = [case((mark, 1), else_=0).label(name) for name, mark in marks.items()]
    mine = seen(scopes(tx, table), [table.c.status, table.c.priority_rank, *marked], []).subquery()
    grouped = select(
        mine.c.status, mine.c.priority_rank, func.count(), *(func.sum(mine.c[name]) for name in marks)
    ).group_by(mine.c.status, mine.c.priority_rank)
    counts, totals, priorities = [], dict.fromkeys(marks, 0), list(Priority)
    for status, rank, count, *sums in tx.connection.execute(grouped):
        counts.append((TaskStatus(status), priorities[rank - 1], int(count)))
        for name, number in zip(marks, sums, strict=True):
            totals[name] += int(number)
    return counts, totals


def _total(
    tx: Transaction,
    table: FromClause,
    wanted: TaskFilter,
    tallied: Sequence[tuple[TaskStatus, Priority, int]],
) -> int:
    """Return how many match, for somebody who sees everything; by the tallies where they can tell."""
    if not _is_told_by_tallies(wanted):
        return count_tasks(tx, table, matching(tx, table, wanted))
    return sum(
        count
        for status, priority, count in tallied
        if _is_wanted(status, wanted) and (not wanted.priority or priority in wanted.priority)
    )


def _is_told_by_tallies(wanted: TaskFilter) -> bool:
    return wanted == TaskFilter(**{name: getattr(wanted, name) for name in _TOLD_BY_TALLIES})


def _is_wanted(status: TaskStatus, wanted: TaskFilter) -> bool:
    if not wanted.status and not wanted.open:
        return True
    return status in wanted.status or (wanted.open and status not in TERMINAL)


def changed_since(tx: Transaction, seq: int) -> tuple[int, set[str]]:
    """Return the number of the latest event, and the tasks of the events after ``seq``.

    Ids of tasks that the actor may not see are among them; a view looks at those it shows.
    """
    tx.tell()
    events = tx.database.sql_table("audit_events")
    later = select(events.c.seq, events.c.task_id).where(
        events.c.workspace_id == tx.workspace_id, events.c.seq > seq
    )
    found = tx.connection.execute(later).all()
    latest = max((row.seq for row in found), default=tx.database.head(tx.workspace_id).position)
    return latest, {row.task_id for row in found if row.task_id is not None}


def visible(tx: Transaction, task_ids: Sequence[str]) -> set[str]:
    """Return which of these tasks the actor sees, in one read: the rule of ``visibility.sees``."""
    if not task_ids or not may(tx.actor, Permission.SEE_OWN_WORK):
        return set()
    table = task_table(tx)
    chosen = select(table.c.task_id).where(one_of(tx, table.c.task_id, task_ids), *_seen(tx, table))
    return set(tx.connection.execute(chosen).scalars())


def is_seen(tx: Transaction, task_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that a column names a task that the actor sees, as ``visible`` says."""
    if not may(tx.actor, Permission.SEE_OWN_WORK):
        return false()
    table = task_table(tx).alias()
    return exists().where(table.c.task_id == task_id, *_seen(tx, table))


def _seen(tx: Transaction, table: FromClause) -> list[ColumnElement[bool]]:
    here = in_workspace(tx, table, tx.workspace_id)
    if tx.actor.sees_everything:
        return [here]
    return [here, in_sight(tx, table, partial(involvements, tx.actor))]


def is_involved(tx: Transaction, bundle_id: str) -> bool:
    """Whether the actor owns, is assigned or may claim a task of the bundle."""
    return bundle_id in involved_in(tx, [bundle_id])


def is_involved_as(tx: Transaction, somebody: Actor, bundle_id: str) -> bool:
    """Return whether somebody owns, is assigned or may claim a task of the bundle."""
    tx.flush()
    return bool(_theirs(tx, somebody).rows(tx, bundle=bundle_id))


def involved_in(tx: Transaction, bundle_ids: Collection[str]) -> set[str]:
    """Return in which of the bundles the actor owns, is assigned or may claim a task."""
    wanted = sorted(bundle_ids)
    found: frozenset[str] = tx.once(("involved in", *wanted), lambda: _involved_in(tx, wanted))
    return set(found)


def _involved_in(tx: Transaction, bundle_ids: Sequence[str]) -> frozenset[str]:
    tx.flush()
    table = tx.database.sql_table(Task.spec.table)
    if len(bundle_ids) == 1:
        found = _theirs(tx, tx.actor).rows(tx, bundle=bundle_ids[0])
        return frozenset(bundle_id for (bundle_id,) in found)
    inside, here = one_of(tx, table.c.bundle_id, bundle_ids), in_workspace(tx, table, tx.workspace_id)
    theirs = select(table.c.bundle_id).where(inside, here, involves(tx.actor, table)).distinct()
    return frozenset(tx.connection.execute(theirs).scalars())


@once
def _theirs(tx: Transaction, actor: Actor) -> Read:
    """Return the read of whether a bundle has a task of the actor: pages of records ask it each time (P3)."""
    table = tx.database.sql_table(Task.spec.table)
    one = table.c.bundle_id == parameter("bundle", String())
    here = in_workspace(tx, table, actor.workspace_id)
    return select(table.c.bundle_id).where(one, here, involves(actor, table)).limit(1)
