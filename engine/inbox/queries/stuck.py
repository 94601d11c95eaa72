"""Reads over tasks that do not move; one read by index per reason."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Text,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)

from engine.audit.models import Action, Event
from engine.clock import to_text
from engine.deliverables.models import Approval
from engine.inbox.queries.reader import WORKSPACE, Shape, values_of
from engine.inbox.read_models import MOST_COUNTED
from engine.inbox.reasons import Reason
from engine.loading import load, readable
from engine.tasks.dates import end_of
from engine.tasks.models import Task, TaskStatus
from engine.tasks.queries import involves
from engine.tasks.queries.conditions import one_of
from engine.tasks.queries.help import is_unanswered
from engine.tasks.queries.prepared import Read, once, parameter
from engine.tasks.queries.reading import by_id, rows_of, task_table
from engine.tasks.read_models import DocumentRow
from engine.transaction import Transaction

#: As many of one reason as a page shows; the rest is counted.
MOST = 30
#: Days ahead within which somebody must be found for a task.
DUE_SOON_DAYS = 3
_NOT_STARTED = [status.value for status in (TaskStatus.PENDING, TaskStatus.QUEUED, TaskStatus.DEFERRED)]
#: Reasons that the status alone tells.
_STATUSES = {
    Reason.FAILED: TaskStatus.FAILED,
    Reason.BLOCKED: TaskStatus.BLOCKED,
}
#: Columns that tell since when a task is stuck for a reason.
_MOMENTS = {Reason.WAIT: "follow_up_at", Reason.LATE: "deadline"}
_NOW, _SOON = parameter("now", Text()), parameter("soon", Text())
_LOST = [status.value for status in (TaskStatus.FAILED, TaskStatus.CANCELLED)]


@dataclass(frozen=True, kw_only=True)
class Found:
    """The tasks stuck for one reason, by the ids of their rows, as many as a page shows, the longest first.

    Where no column tells since when, those that are due first.
    """

    doc_ids: Sequence[int]
    #: How many there are, shown or not: exact up to ``MOST_COUNTED``.
    total: int

    def among(self, rows: Collection[int]) -> Found:
        """Leave out those whose rows were not read: they cannot be."""
        return replace(self, doc_ids=[doc_id for doc_id in self.doc_ids if doc_id in rows])


def find(tx: Transaction, *reasons: Reason) -> dict[Reason, Found]:
    """Return which tasks are stuck for each reason that a column tells, in one statement."""
    soon = to_text(end_of(tx.today + timedelta(days=DUE_SOON_DAYS), tx.timezone))
    values = {**values_of(tx), "now": to_text(tx.wall_clock), "soon": soon}
    rows = _first(tx, Shape.of(tx), reasons).rows(tx, **values)
    found: dict[str, list[_Place]] = {reason: [] for reason in reasons}
    for row in rows:
        place = _Place(*row)
        found[place.reason].append(place)
    return {reason: _found(found[reason]) for reason in reasons}


class _Place(NamedTuple):
    """Where a task stands among those that are stuck for a reason."""

    reason: str
    doc_id: int
    #: What they are ordered by: the moment since when they are stuck, else the day they are due.
    placed: str | None
    task_id: str
    #: How many there are for the reason, as far as they are counted.
    total: int


@once
def _first(tx: Transaction, shape: Shape, reasons: Sequence[Reason]) -> Read:
    table, without_index = task_table(tx), tx.database.dialect.without_index
    shown = []
    for reason in reasons:
        read = _stuck(tx, table, reason)
        if not shape.sees_everything:
            read = read.where(or_(*shape.involvements(tx, table)))
        named = literal_column(f"'{reason.value}'", String)
        moment = table.c[_MOMENTS.get(reason, "due_date")]
        # Few are stuck for the other reasons: their own indexes find them, and they are sorted.
        is_walked = reason is Reason.LATE
        first = moment.asc() if is_walked else without_index(moment).asc().nulls_last()
        placed: Select[Any] = read.with_only_columns(
            table.c.doc_id, moment.label("placed"), table.c.task_id, maintain_column_froms=True
        )
        found = placed.order_by(first, table.c.task_id).limit(MOST_COUNTED + 1).subquery()
        told = select(named.label("reason"), found, func.count().over().label("total"))
        shown.append(select(told.limit(MOST).subquery()))
    return union_all(*shown)


def _found(places: list[_Place]) -> Found:
    places.sort(key=lambda place: (place.placed is None, place.placed or "", place.task_id))
    return Found(doc_ids=[place.doc_id for place in places], total=places[0].total if places else 0)


def rows(tx: Transaction, doc_ids: Sequence[int]) -> dict[int, DocumentRow]:
    """Return rows by the ids of their documents, as far as these can be read."""
    wanted = sorted(set(doc_ids))
    documents = zip(wanted, by_id(tx, task_table(tx), wanted), strict=True)
    found = dict(readable(documents, lambda one: (one[0], load(Task, one[1], tx.database)), tx.database))
    shown = {row.task.task_id: row for row in rows_of(tx, list(found.values()))}
    return {doc_id: shown[task.task_id] for doc_id, task in found.items() if task.task_id in shown}


def undecided(tx: Transaction, since: datetime) -> dict[str, str]:
    """Return the oldest open approval of each task that has one from before ``since``, the oldest first."""
    tx.flush()
    table = tx.database.sql_table(Approval.spec.table)
    chosen = (
        select(table.c.task_id, table.c.task_approval_id)
        .where(
            table.c.workspace_id == tx.workspace_id,
            table.c.is_open == true(),
            table.c.requested_at <= to_text(since),
        )
        .order_by(table.c.requested_at, table.c.task_approval_id)
    )
    found: dict[str, str] = {}
    for row in tx.connection.execute(chosen):
        found.setdefault(row.task_id, row.task_approval_id)
    return found


def ids_of(tx: Transaction, task_ids: Sequence[str]) -> dict[str, int]:
    """Return the row id of each task in their order, of those that are the actor's to see here.

    The tenant follows from the ids; asking for it too would lead SQLite to an index of the tenant.
    """
    if not task_ids:
        return {}
    table = task_table(tx)
    chosen = select(table.c.task_id, table.c.doc_id).where(one_of(tx, table.c.task_id, task_ids))
    if not tx.actor.sees_everything:
        chosen = chosen.where(involves(tx.actor, table))
    found = {row.task_id: row.doc_id for row in tx.connection.execute(chosen)}
    return {task_id: found[task_id] for task_id in task_ids if task_id in found}


def last_events(
    tx: Transaction, task_ids: Collection[str], actions: Collection[Action]
) -> dict[tuple[str, str], datetime]:
    """Return when each task had its last event of each of the actions, by task and action."""
    if not task_ids:
        return {}
    tx.flush()
    events = tx.database.sql_table(Event.spec.table)
    latest = (
        select(events.c.task_id, events.c.action, func.max(events.c.occurred_at))
        .where(
            events.c.workspace_id == tx.workspace_id,
            one_of(tx, events.c.task_id, sorted(task_ids)),
            events.c.action.in_(sorted(actions)),
        )
        .group_by(events.c.task_id, events.c.action)
    )
    return {(row[0], row[1]): datetime.fromisoformat(row[2]) for row in tx.connection.execute(latest)}


def _stuck(tx: Transaction, table: Any, reason: Reason) -> Select[Any]:
    """Return the read of the row ids of all that is stuck for a reason."""
    if reason is not Reason.LOST:
        conditions = _conditions(tx, table, reason)
        return select(table.c.doc_id).where(table.c.workspace_id == WORKSPACE, *conditions)
    # From what is lost to what waits for it: there is less of that than of open work that waits.
    lost = table.alias()
    return (
        select(table.c.doc_id)
        .select_from(lost)
        .join(table, table.c.blocked_by == lost.c.task_id)
        .where(lost.c.workspace_id == WORKSPACE, lost.c.status.in_(_LOST), table.c.is_open == 1)
    )


def _conditions(tx: Transaction, table: Any, reason: Reason) -> list[ColumnElement[bool]]:
    # Nothing stuck is closed; said for the index of a status, which goes on with that moment.
    is_open = table.c.closed_at.is_(None)
    if reason in _STATUSES:
        return [table.c.status == _STATUSES[reason].value, is_open]
    if reason is Reason.HELP:
        return is_unanswered(tx, table)
    if reason is Reason.WAIT:
        is_due = table.c.follow_up_at <= _NOW
        return [table.c.status == TaskStatus.WAITING.value, is_open, is_due]
    if reason is Reason.REVIEW:
        return [table.c.awaits_review == true()]
    is_idle = [table.c.is_open == 1, table.c.status.in_(_NOT_STARTED)]
    if reason is Reason.LATE:
        return [*is_idle, table.c.deadline < _NOW, table.c.blocked_by.is_(None)]
    # Found by whose it is: that index holds the deadline, too.
    without_index = tx.database.dialect.without_index
    is_nobodys = (table.c.assignee_id.is_(None), table.c.assigned_to_bot == false())
    deadline = without_index(table.c.deadline)
    # What is late stands under that reason; read here, too, it would leave no room for the rest (D19).
    is_not_late = or_(deadline >= _NOW, table.c.blocked_by.is_not(None))
    return [*is_idle, deadline < _SOON, is_not_late, *is_nobodys]
