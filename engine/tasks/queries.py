"""SQL reads over tasks, visibility included: lists, the board, statistics, what changed since."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    false,
    func,
    literal,
    or_,
    select,
    true,
    union,
)

from engine.access import Actor, Permission, may
from engine.clock import to_text
from engine.reference.models import Employee
from engine.tasks.filters import TaskFilter
from engine.tasks.models import Priority, Proof, Step, Task, TaskStatus
from engine.tasks.states import TERMINAL
from engine.tasks.views import RECENT, TITLES, Column, Page, Statistics, TaskRow
from engine.transaction import Transaction

__all__ = [
    "Column",
    "Page",
    "Statistics",
    "TaskFilter",
    "TaskRow",
    "board",
    "changed_since",
    "involvements",
    "involves",
    "is_involved",
    "list_tasks",
    "statistics",
]

_NUMBER = re.compile(r"#(\d{1,18})")


def list_tasks(tx: Transaction, wanted: TaskFilter) -> Page:
    """Return one page of the tasks that the actor sees and that match, with the total."""
    table = _tasks(tx)
    conditions = _matching(tx, table, wanted)
    if tx.actor.sees_everything:
        total = _count(tx, table, conditions)
        documents = _sorted_page(tx, table, conditions, wanted) if wanted.offset < total else []
    else:
        ids = _visible_ids(tx, table, conditions, wanted)
        total, documents = len(ids), _by_id(tx, table, ids[wanted.offset : wanted.offset + wanted.limit])
    return Page(items=_rows(tx, documents), total=total, limit=wanted.limit, offset=wanted.offset)


def board(tx: Transaction, wanted: TaskFilter, per_column: int = 50) -> list[Column]:
    """Return a column per status, soonest due first; blocked by another task stands under blocked (CNF-46).

    Without a wish for statuses, the closing columns hold what was closed in the last seven days.
    """
    table = _tasks(tx)
    conditions = _matching(tx, table, wanted, with_status=False)
    lanes = [status for status in TaskStatus if _is_wanted(status, wanted)]
    collect = _every_lane if tx.actor.sees_everything else _visible_lanes
    found = collect(
        tx, table, conditions, {lane: _closed_after(tx, lane, wanted) for lane in lanes}, per_column
    )
    rows = iter(_rows(tx, [text for _, documents in found.values() for text in documents]))
    return [
        Column(status=lane, title=TITLES[lane], total=total, cards=[next(rows) for _ in documents])
        for lane, (total, documents) in found.items()
    ]


def statistics(tx: Transaction) -> Statistics:
    """Return the counts of what the actor sees (QUE-13), as they are now (QUE-14)."""
    table = _tasks(tx)
    marks = {
        "pending_review": table.c.awaits_review == true(),
        "overdue": and_(*_overdue(tx, table)),
        "scheduled_today": _scheduled_today(tx, table),
    }
    totals = dict.fromkeys(marks, 0)
    sums: list[Any] = []
    if tx.actor.sees_everything:  # each count has its own index; one pass over all rows would cost more
        totals = {name: _count(tx, table, [mark]) for name, mark in marks.items()}
    else:  # what the actor sees is found once
        sums = [func.sum(case((mark, 1), else_=0)) for mark in marks.values()]
    grouped = (
        select(table.c.status, table.c.priority_rank, func.count(), *sums)
        .where(_within(tx, table, _visible(tx, table)))
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


def involves(actor: Actor, table: FromClause) -> ColumnElement[bool]:
    """Return the condition that a task is the actor's own, assigned to them, or claimable by them."""
    return or_(*involvements(actor, table))


# -- visibility and conditions -----------------------------------------------------------------


def involvements(actor: Actor, table: FromClause) -> list[ColumnElement[bool]]:
    """Return the ways in which a task is the actor's, one condition each; their union reads by indexes."""
    found: list[ColumnElement[bool]] = [table.c.owner_id == actor.user_id]
    if actor.employee_id is not None:
        found.append(table.c.assignee_id == actor.employee_id)
    if actor.assignee_roles and may(actor, Permission.CLAIM):
        unclaimed = and_(table.c.assignee_id.is_(None), table.c.assigned_to_bot == false())
        found.append(and_(table.c.assignee_role.in_(sorted(actor.assignee_roles)), unclaimed))
    return found


def _visible(tx: Transaction, table: FromClause) -> list[ColumnElement[bool]]:
    """Return what limits a read to what the actor sees: the pure rule of ``engine.access``, in SQL.

    The involvements are a union, so that each is found by its own index.
    """
    if tx.actor.sees_everything:
        return []
    if not may(tx.actor, Permission.SEE_OWN_WORK):
        return [false()]
    own = table.alias("own")
    ways = [
        select(own.c.doc_id, own.c.bundle_id).where(own.c.workspace_id == tx.workspace_id, way)
        for way in involvements(tx.actor, own)
    ]
    theirs = union(*ways).cte("theirs") if len(ways) > 1 else ways[0].cte("theirs")
    beside = table.alias("beside")
    bundles = select(theirs.c.bundle_id).where(theirs.c.bundle_id.is_not(None))
    seen = union(
        select(theirs.c.doc_id),
        select(beside.c.doc_id).where(beside.c.bundle_id.in_(bundles)),
    )
    return [table.c.doc_id.in_(seen)]


def _matching(
    tx: Transaction, table: FromClause, wanted: TaskFilter, *, with_status: bool = True
) -> list[ColumnElement[bool]]:
    column = table.c
    equal = {
        "category": wanted.category,
        "task_type": wanted.task_type,
        "assignee_id": wanted.assignee_id,
        "bundle_id": wanted.bundle_id,
        "template_id": wanted.template_id,
        "campaign_id": wanted.campaign_id,
        "partner_id": wanted.partner_id,
        "assigned_to_bot": wanted.assigned_to_bot,
        "requires_human_review": wanted.requires_human_review,
    }
    found: list[ColumnElement[bool]] = [
        column[name] == value for name, value in equal.items() if value is not None
    ]
    if with_status and (wanted.status or wanted.open):
        found.append(_status(table, wanted))
    if wanted.priority:
        found.append(column.priority_rank.in_([priority.rank for priority in wanted.priority]))
    if wanted.mine:
        employee_id = tx.actor.employee_id
        found.append(false() if employee_id is None else column.assignee_id == employee_id)
    if wanted.unassigned:
        found.append(and_(column.assignee_id.is_(None), column.assigned_to_bot == false()))
    if wanted.tag is not None:
        found.append(column.tag_text.contains(f"|{wanted.tag}|", autoescape=True))
    if wanted.overdue:
        found += _overdue(tx, table)
    return [*found, *_times(table, wanted), *_text(tx, table, wanted)]


def _status(table: FromClause, wanted: TaskFilter) -> ColumnElement[bool]:
    ways: list[ColumnElement[bool]] = []
    # One status as an equality: the index then gives the order too.
    if len(wanted.status) == 1:
        ways.append(table.c.status == wanted.status[0].value)
    elif wanted.status:
        ways.append(table.c.status.in_([status.value for status in wanted.status]))
    if wanted.open:
        ways.append(table.c.is_open == 1)
    return or_(*ways)


def _times(table: FromClause, wanted: TaskFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.due_before is not None:
        yield table.c.due_date < wanted.due_before.isoformat()
    if wanted.due_after is not None:
        yield table.c.due_date > wanted.due_after.isoformat()
    if wanted.scheduled_before is not None:
        yield table.c.scheduled_for < to_text(wanted.scheduled_before)
    if wanted.scheduled_after is not None:
        yield table.c.scheduled_for > to_text(wanted.scheduled_after)


def _text(tx: Transaction, table: FromClause, wanted: TaskFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.text is None:
        return
    number = _NUMBER.fullmatch(wanted.text)
    if number:
        yield table.c.task_number == int(number[1])
    else:
        find = func.instr if tx.database.dialect == "sqlite" else func.strpos
        yield find(table.c.search_text, wanted.text.lower()) > 0


def _overdue(tx: Transaction, table: FromClause) -> list[ColumnElement[bool]]:
    return [
        table.c.is_open == 1,
        table.c.deadline < to_text(tx.now),
        table.c.status != TaskStatus.FAILED.value,
    ]


def _is_wanted(status: TaskStatus, wanted: TaskFilter) -> bool:
    if not wanted.status and not wanted.open:
        return True
    return status in wanted.status or (wanted.open and status not in TERMINAL)


# -- reading -----------------------------------------------------------------------------------


def _tasks(tx: Transaction) -> FromClause:
    """Return the table of tasks, with everything pending written."""
    tx.flush()
    return tx.database.sql_table(Task.spec.table)


def _within(tx: Transaction, table: FromClause, conditions: Sequence[ColumnElement[bool]]) -> Any:
    return and_(table.c.workspace_id == tx.workspace_id, *conditions)


def _count(tx: Transaction, table: FromClause, conditions: Sequence[ColumnElement[bool]]) -> int:
    counted = select(func.count()).select_from(table).where(_within(tx, table, conditions))
    return int(tx.connection.execute(counted).scalar_one())


def _documents(
    tx: Transaction, table: FromClause, conditions: Sequence[ColumnElement[bool]], order: Sequence[Any]
) -> Select[Any]:
    return select(table.c.document).where(_within(tx, table, conditions)).order_by(*order)


def _sorted_page(
    tx: Transaction, table: FromClause, conditions: Sequence[ColumnElement[bool]], wanted: TaskFilter
) -> list[str]:
    """Return one page; empty values come last both ways.

    Indexes keep empty values first, so ascending order takes them in a second read, instead of sorting all.
    """
    column = table.c[wanted.sort_column]
    if wanted.descending:
        order = [column.desc().nulls_last(), table.c.task_id.desc()]
        page = _documents(tx, table, conditions, order).limit(wanted.limit).offset(wanted.offset)
        return list(tx.connection.execute(page).scalars())
    dated = [*conditions, column.is_not(None)]
    first = _documents(tx, table, dated, [column, table.c.task_id]).limit(wanted.limit).offset(wanted.offset)
    found = list(tx.connection.execute(first).scalars())
    if len(found) == wanted.limit:
        return found
    start = max(0, wanted.offset - _count(tx, table, dated))
    rest = _documents(tx, table, [*conditions, column.is_(None)], [table.c.task_id])
    return found + list(tx.connection.execute(rest.limit(wanted.limit - len(found)).offset(start)).scalars())


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
    inside = _within(tx, table, [*_visible(tx, table), *conditions])
    return list(tx.connection.execute(select(table.c.task_id).where(inside).order_by(*order)).scalars())


def _by_id(tx: Transaction, table: FromClause, task_ids: Sequence[str]) -> list[str]:
    """Return documents in the order of their ids."""
    chosen = select(table.c.task_id, table.c.document).where(table.c.task_id.in_(task_ids))
    found = {row.task_id: row.document for row in tx.connection.execute(chosen)}
    return [found[task_id] for task_id in task_ids]


#: A lane's total, and the documents of the cards that are shown.
_Lanes = dict[TaskStatus, tuple[int, list[str]]]


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
            reads = [_documents(tx, table, one, newest)]
        else:
            reads = [
                _documents(tx, table, [*one, due.is_not(None)], [due, table.c.task_id]),
                _documents(tx, table, [*one, due.is_(None)], [table.c.task_id]),
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
    inside = _within(tx, table, [column.in_([lane.value for lane in lanes]), *conditions])
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
    inside = _within(tx, table, [*_visible(tx, table), *conditions])
    columns = (table.c.lane, table.c.task_id, table.c.due_date, table.c.closed_at)
    dealt: dict[TaskStatus, list[Any]] = {lane: [] for lane in lanes}
    for row in tx.connection.execute(select(*columns).where(inside)):
        lane = TaskStatus(row.lane)
        after = lanes.get(lane)
        if lane in dealt and (after is None or (row.closed_at or "") >= to_text(after)):
            dealt[lane].append(row)
    for lane, rows in dealt.items():
        if lane in TERMINAL:
            rows.sort(key=lambda row: (row.closed_at or "", row.task_id), reverse=True)
        else:
            rows.sort(key=lambda row: (row.due_date is None, row.due_date or "", row.task_id))
    shown = [row.task_id for rows in dealt.values() for row in rows[:per_column]]
    documents = iter(_by_id(tx, table, shown))
    return {lane: (len(rows), [next(documents) for _ in rows[:per_column]]) for lane, rows in dealt.items()}


def _closed_after(tx: Transaction, lane: TaskStatus, wanted: TaskFilter) -> datetime | None:
    """Return since when a closing lane shows tasks; None is since ever."""
    return tx.now - RECENT if lane in TERMINAL and not wanted.status else None


def _scheduled_today(tx: Transaction, table: FromClause) -> ColumnElement[bool]:
    """Return the condition that a task is scheduled for today in the workspace's zone (OPQ-26)."""
    zone = ZoneInfo(tx.timezone)
    start = datetime.combine(tx.today, time(), tzinfo=zone)
    end = datetime.combine(tx.today + timedelta(days=1), time(), tzinfo=zone)
    return and_(table.c.scheduled_for >= to_text(start), table.c.scheduled_for < to_text(end))


def _rows(tx: Transaction, documents: Sequence[str]) -> list[TaskRow]:
    tasks = [Task.model_validate_json(text) for text in documents]
    ids = [task.task_id for task in tasks]
    steps = _step_counts(tx, ids)
    missing = _missing_proofs(tx, ids)
    titles = _bundle_titles(tx, {task.bundle_id for task in tasks if task.bundle_id})
    names = _employee_names(tx, {task.assignee_id for task in tasks if task.assignee_id})
    return [
        TaskRow(
            task=task,
            bundle_title=titles.get(task.bundle_id or ""),
            assignee_name=names.get(task.assignee_id or ""),
            steps_done=steps.get(task.task_id, (0, 0))[0],
            steps_total=steps.get(task.task_id, (0, 0))[1],
            missing_proofs=missing.get(task.task_id, 0),
            is_late=task.is_overdue(tx.now),
        )
        for task in tasks
    ]


def _step_counts(tx: Transaction, task_ids: list[str]) -> dict[str, tuple[int, int]]:
    table = tx.database.sql_table(Step.spec.table)
    done = func.sum(case((table.c.is_completed == true(), 1), else_=0))
    counts = select(table.c.task_id, done, func.count()).where(table.c.task_id.in_(task_ids))
    return {
        row[0]: (int(row[1]), int(row[2])) for row in tx.connection.execute(counts.group_by(table.c.task_id))
    }


def _missing_proofs(tx: Transaction, task_ids: list[str]) -> dict[str, int]:
    table = tx.database.sql_table(Proof.spec.table)
    counts = select(table.c.task_id, func.count()).where(
        table.c.task_id.in_(task_ids), table.c.is_missing == true()
    )
    return {row[0]: int(row[1]) for row in tx.connection.execute(counts.group_by(table.c.task_id))}


def _bundle_titles(tx: Transaction, bundle_ids: set[str]) -> dict[str, str]:
    """Return titles by id; bundles are a later layer's records, so only their table is named."""
    table = tx.database.sql_table("bundles")
    chosen = select(table.c.bundle_id, table.c.document).where(table.c.bundle_id.in_(sorted(bundle_ids)))
    return {row.bundle_id: json.loads(row.document)["title"] for row in tx.connection.execute(chosen)}


def _employee_names(tx: Transaction, employee_ids: set[str]) -> dict[str, str]:
    if not employee_ids:
        return {}
    return {item.employee_id: item.name for item in tx.find(Employee, employee_id=sorted(employee_ids))}
