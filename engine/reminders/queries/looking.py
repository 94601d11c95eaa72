"""What a tick looks at: tasks whose clock is over or that changed, what comes back, and what has happened."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import func, or_, select, true

from engine.audit.models import Action, Event
from engine.clock import to_text
from engine.deliverables.models import Approval
from engine.reminders.models import Reminder, ReminderClock, ReminderState
from engine.tasks.models import Proof, TaskStatus
from engine.tasks.queries.conditions import one_of, text_of
from engine.tasks.queries.reading import task_table
from engine.transaction import Transaction

#: What may put a task into another status.
_MOVING = (Action.TASK_STATUS_CHANGED, Action.TASK_CORRECTED, Action.CHANGE_UNDONE)
#: What a look itself, or whom one is for, does with reminders: no task changes by it.
_OF_REMINDERS = (Action.REMINDER_SENT, Action.REMINDER_WITHHELD, Action.REMINDER_ANSWERED)
#: In these states a reminder is sent when its moment has come.
COME_BACK = (ReminderState.PLANNED, ReminderState.SNOOZED)


class Move(NamedTuple):
    """A task came into a status."""

    at: datetime
    status: TaskStatus


def over(tx: Transaction, now: datetime) -> list[str]:
    """Return the ids of the tasks whose clock is over, the first first; one read by index."""
    tx.flush()
    clocks = tx.database.sql_table(ReminderClock.spec.table)
    found = select(clocks.c.task_id).where(
        clocks.c.workspace_id == tx.workspace_id, clocks.c.next_at <= to_text(now)
    )
    return list(tx.connection.execute(found.order_by(clocks.c.next_at)).scalars())


def changed(tx: Transaction, after: int) -> list[str]:
    """Return the ids of the tasks of which events tell, after one of that number; one read by index.

    Events have an order whatever clocks said: one that was set back, or another machine's, records a change
    as earlier than a look that was before it.
    """
    tx.flush()
    events = tx.database.sql_table(Event.spec.table)
    found = select(events.c.task_id).where(
        events.c.workspace_id == tx.workspace_id,
        events.c.seq > after,
        events.c.task_id.is_not(None),
        events.c.action.not_in([action.value for action in _OF_REMINDERS]),
    )
    return list(tx.connection.execute(found.order_by(events.c.seq)).scalars())


def all_open(tx: Transaction) -> list[str]:
    """Return the ids of all open tasks."""
    tasks = task_table(tx)
    found = select(tasks.c.task_id).where(tasks.c.workspace_id == tx.workspace_id, tasks.c.is_open == 1)
    return list(tx.connection.execute(found.order_by(tasks.c.task_id)).scalars())


def waiting(tx: Transaction) -> dict[str, str]:
    """Return the ids of the approvals that nobody has decided yet, each with its task; one read by index."""
    tx.flush()
    table = tx.database.sql_table(Approval.spec.table)
    found = select(table.c.task_approval_id, table.c.task_id).where(
        table.c.workspace_id == tx.workspace_id, table.c.is_open == true()
    )
    rows = tx.connection.execute(found.order_by(table.c.task_approval_id))
    return {row[0]: row[1] for row in rows}


def coming_back(tx: Transaction, now: datetime) -> list[str]:
    """Return the ids of the reminders that were put off, or waited for the morning, up to now."""
    tx.flush()
    table = tx.database.sql_table(Reminder.spec.table)
    found = select(table.c.reminder_id).where(
        table.c.workspace_id == tx.workspace_id,
        table.c.state.in_([state.value for state in COME_BACK]),
        table.c.send_at <= to_text(now),
    )
    return list(tx.connection.execute(found.order_by(table.c.send_at)).scalars())


def count_due(tx: Transaction, now: datetime) -> int:
    """Count what the next tick has to look at: tasks whose clock is over, and reminders that come back."""
    clocks, table = (
        tx.database.sql_table(ReminderClock.spec.table),
        tx.database.sql_table(Reminder.spec.table),
    )
    is_over = clocks.c.workspace_id == tx.workspace_id, clocks.c.next_at <= to_text(now)
    comes_back = (
        table.c.workspace_id == tx.workspace_id,
        table.c.state.in_([state.value for state in COME_BACK]),
        table.c.send_at <= to_text(now),
    )
    counted = [
        select(func.count()).select_from(clocks).where(*is_over).scalar_subquery(),
        select(func.count()).select_from(table).where(*comes_back).scalar_subquery(),
    ]
    return sum(tx.connection.execute(select(*counted)).one())


def moves(tx: Transaction, task_ids: Collection[str]) -> dict[str, list[Move]]:
    """Return the statuses that tasks came into, oldest first, in one statement.

    Asked for their order, SQLite would walk through all events of the workspace by their numbers.
    """
    if not task_ids:
        return {}
    tx.flush()
    events = tx.database.sql_table(Event.spec.table)
    status = text_of(tx, events, "after", "status")
    chosen = select(events.c.seq, events.c.task_id, events.c.occurred_at, status).where(
        events.c.workspace_id == tx.workspace_id,
        one_of(tx, events.c.task_id, sorted(task_ids)),
        events.c.action.in_([action.value for action in _MOVING]),
    )
    found: dict[str, list[Move]] = {}
    for _, task_id, at, word in sorted(tx.connection.execute(chosen), key=itemgetter(0)):
        if word is not None:
            move = Move(datetime.fromisoformat(at), TaskStatus(word))
            found.setdefault(task_id, []).append(move)
    return found


def asked_for_proof(tx: Transaction, task_ids: Collection[str]) -> set[str]:
    """Return which tasks cannot be completed without a proof, given or not, in one statement."""
    if not task_ids:
        return set()
    tx.flush()
    proofs = tx.database.sql_table(Proof.spec.table)
    is_required = tx.database.dialect.is_true(proofs.c.document, "required")
    found = select(proofs.c.task_id).where(one_of(tx, proofs.c.task_id, sorted(task_ids)), is_required)
    return set(tx.connection.execute(found).scalars())


def written(tx: Transaction, keys: Collection[str]) -> set[str]:
    """Return which of these keys of reminders the ledger has, in one statement."""
    tx.flush()
    table = tx.database.sql_table(Reminder.spec.table)
    found = select(table.c.key).where(
        table.c.workspace_id == tx.workspace_id, one_of(tx, table.c.key, sorted(keys))
    )
    return set(tx.connection.execute(found).scalars())


class Before(NamedTuple):
    """What a task's dates were until something changed them."""

    until: datetime
    deadline: datetime | None
    due_date: date | None
    follow_up_at: datetime | None


def dates_before(tx: Transaction, task_id: str) -> list[Before]:
    """Return the dates that a task had before, each until it was changed, oldest first."""
    tx.flush()
    events = tx.database.sql_table(Event.spec.table)
    names = ("deadline", "due_date", "follow_up_at")
    fields = [text_of(tx, events, "before", name).label(name) for name in names]
    chosen = select(events.c.occurred_at, *fields).where(
        events.c.workspace_id == tx.workspace_id,
        events.c.task_id == task_id,
        events.c.entity_id == task_id,
        or_(*(field.is_not(None) for field in fields)),
    )
    return [
        Before(
            until=datetime.fromisoformat(at),
            deadline=datetime.fromisoformat(deadline) if deadline else None,
            due_date=date.fromisoformat(due) if due else None,
            follow_up_at=datetime.fromisoformat(follow_up) if follow_up else None,
        )
        for at, deadline, due, follow_up in tx.connection.execute(chosen.order_by(events.c.seq))
    ]


def stage_changes(tx: Transaction, after: int) -> Sequence[str]:
    """Return the ids of the events, after one of that number, by which bundles moved to another stage."""
    tx.flush()
    events = tx.database.sql_table(Event.spec.table)
    chosen = select(events.c.audit_event_id).where(
        events.c.workspace_id == tx.workspace_id,
        events.c.seq > after,
        events.c.action == Action.BUNDLE_STAGE_CHANGED.value,
    )
    return list(tx.connection.execute(chosen.order_by(events.c.seq)).scalars())
