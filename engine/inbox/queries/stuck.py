"""Reads over tasks that do not move; one read by index per reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    case,
    false,
    func,
    literal_column,
    select,
    true,
    union_all,
)

from engine.audit.models import Action, Event
from engine.clock import to_text
from engine.deliverables.models import Approval
from engine.inbox.reasons import Reason
from engine.tasks.models import TaskStatus
from engine.tasks.queries import involves
from engine.tasks.queries.conditions import one_of, text_of
from engine.tasks.queries.help import is_unanswered
from engine.tasks.queries.reading import by_id, task_rows, task_table
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
_LOST = [status.value for status in (TaskStatus.FAILED, TaskStatus.CANCELLED)]


@dataclass(frozen=True, kw_only=True)
class Found:
    """The tasks stuck for one reason, by the ids of their rows, as many as a page shows, those due first."""

    doc_ids: Sequence[int]
    #: How many there are, shown or not.
    total: int


def find(tx: Transaction, reasons: Iterable[Reason]) -> dict[Reason, Found]:
    """Return which tasks are stuck for each reason that a column tells, in one statement."""
    table = task_table(tx)
    reads = {reason: _stuck(tx, table, reason) for reason in reasons}
    if not tx.actor.sees_everything:
        reads = {reason: read.where(involves(tx.actor, table)) for reason, read in reads.items()}
    due_first = (case((table.c.due_date.is_(None), 1), else_=0), table.c.due_date, table.c.task_id)
    shown = []
    for reason, read in reads.items():
        named = literal_column(f"'{reason.value}'", String).label("reason")
        place = func.row_number().over(order_by=due_first).label("place")
        placed = read.with_only_columns(named, table.c.doc_id, place, func.count().over().label("total"))
        shown.append(select(placed.order_by(*due_first).limit(MOST).subquery()))
    found: dict[str, list[Any]] = {reason: [] for reason in reads}
    for row in tx.connection.execute(union_all(*shown)):
        found[row.reason].append(row)
    return {reason: _found(found[reason]) for reason in reads}


def _found(rows: list[Any]) -> Found:
    rows.sort(key=lambda row: row.place)
    return Found(doc_ids=[row.doc_id for row in rows], total=rows[0].total if rows else 0)


def rows(tx: Transaction, doc_ids: Sequence[int]) -> dict[int, DocumentRow]:
    """Return rows by the ids of their documents."""
    wanted = sorted(set(doc_ids))
    return dict(zip(wanted, task_rows(tx, by_id(tx, task_table(tx), wanted)), strict=True))


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
        return select(table.c.doc_id).where(table.c.workspace_id == tx.workspace_id, *conditions)
    # From what is lost to what waits for it: there is less of that than of open work that waits.
    lost = table.alias()
    return (
        select(table.c.doc_id)
        .select_from(lost)
        .join(table, table.c.blocked_by == lost.c.task_id)
        .where(lost.c.workspace_id == tx.workspace_id, lost.c.status.in_(_LOST), table.c.is_open == 1)
    )


def _conditions(tx: Transaction, table: Any, reason: Reason) -> list[ColumnElement[bool]]:
    # Nothing stuck is closed; said for the index of a status, which goes on with that moment.
    is_open = table.c.closed_at.is_(None)
    if reason in _STATUSES:
        return [table.c.status == _STATUSES[reason].value, is_open]
    if reason is Reason.HELP:
        return is_unanswered(tx, table)
    if reason is Reason.WAIT:
        is_due = text_of(tx, table, "follow_up_at") <= to_text(tx.now)
        return [table.c.status == TaskStatus.WAITING.value, is_open, is_due]
    if reason is Reason.REVIEW:
        return [table.c.awaits_review == true()]
    is_idle = [table.c.is_open == 1, table.c.status.in_(_NOT_STARTED)]
    if reason is Reason.LATE:
        return [*is_idle, table.c.deadline < to_text(tx.now), table.c.blocked_by.is_(None)]
    soon = (tx.today + timedelta(days=DUE_SOON_DAYS)).isoformat()
    is_nobodys = (table.c.assignee_id.is_(None), table.c.assigned_to_bot == false())
    return [*is_idle, table.c.due_date <= soon, *is_nobodys]
