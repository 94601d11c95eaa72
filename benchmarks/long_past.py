"""A long past of reminders, put straight into a store by two statements.

The events are numbered after all that are there and are in no chain: a tick reads them, and nothing else may.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.stand import Stand
from engine.access import ActorKind
from engine.audit.models import Action, Event
from engine.clock import to_text
from engine.record import Record
from engine.reminders.models import Reminder, ReminderState, ReminderType
from engine.tasks.models import Task

#: How far back it goes.
_YEARS = timedelta(days=3 * 365)
#: What stands in a document for what differs from row to row, and the SQL of that.
_AT = datetime(2020, 1, 1, 8, tzinfo=UTC)
_VARIES = {
    "@id": "moment.column2 || substr(task.task_id, 9)",
    "@task": "task.task_id",
    "@bundle": "task.bundle_id",
    "@user": "task.owner_id",
    to_text(_AT): "moment.column1",
}
#: Names the indexes of tables, and says how each is made; without those of the numbers of the rows.
_INDEXES = {
    "sqlite": "SELECT name, sql FROM sqlite_master"
    " WHERE type = 'index' AND tbl_name IN ({}) AND sql IS NOT NULL",
    "postgresql": "SELECT indexname, indexdef FROM pg_indexes"
    " WHERE tablename IN ({}) AND indexname NOT LIKE '%%_pkey'",
}


def add(stand: Stand, until: datetime, count: int) -> int:
    """Give each closed task as many dismissed reminders as make about ``count``; return how many that is."""
    database, workspace_id = stand.workbench.database, stand.admin.workspace_id
    with stand.workbench.reading(stand.admin) as tx:
        closed = [one for one in tx.find(Task, is_open=0) if one.bundle_id and one.owner_id]
    times = max(1, round(count / len(closed)))
    moments = ", ".join(
        f"('{to_text(until - _YEARS * (1 - number / times))}', '{number:04}')" for number in range(times)
    )
    source = (
        f"FROM (VALUES {moments}) AS moment, tasks AS task"
        f" WHERE task.workspace_id = '{workspace_id}' AND task.is_open = 0"
        " AND task.bundle_id IS NOT NULL AND task.owner_id IS NOT NULL"
    )
    records, written = (_reminder(workspace_id), _event(workspace_id)), times * len(closed)
    with database.write(lock=workspace_id) as connection:
        head = database.held_head(workspace_id)
        number = f"{head.position} + row_number() OVER (ORDER BY moment.column2, task.task_id)"
        tables = ", ".join(f"'{record.spec.table}'" for record in records)
        indexes = connection.exec_driver_sql(_INDEXES[database.dialect.name].format(tables)).fetchall()
        for name, _ in indexes:  # made at the end, each is written once
            connection.exec_driver_sql(f'DROP INDEX "{name}"')
        for record in records:
            connection.exec_driver_sql(_insert(record, source, number))
        for _, statement in indexes:
            connection.exec_driver_sql(statement)
        database.advance_head(workspace_id, head.position + written, head.digest)
    return written


def _insert(record: Record, source: str, number: str) -> str:
    values, document = record.to_stored()[:2]
    given = {**values, "document": document}
    if "seq" in values:
        given["seq"] = None
    names = ", ".join(f'"{name}"' for name in given)
    told = ", ".join(number if name == "seq" else _told(value) for name, value in given.items())
    return f'INSERT INTO "{record.spec.table}" ({names}) SELECT {told} {source}'


def _told(value: Any) -> str:
    """Write a value as SQL, with what varies in it."""
    if not isinstance(value, str):
        return "NULL" if value is None else str(value)
    told = "'" + value.replace("'", "''") + "'"
    for mark, of_row in _VARIES.items():
        if value == mark:
            return of_row
        if mark in value:
            told = f"replace({told}, '{mark}', {of_row})"
    return told


def _reminder(workspace_id: str) -> Reminder:
    return Reminder(
        reminder_id="rem_@id",
        workspace_id=workspace_id,
        key="@task/due/1 business day before/@id/@user",
        type=ReminderType.DUE,
        step="1 business day before",
        task_id="@task",
        bundle_id="@bundle",
        user_id="@user",
        text="It is due on Fri 4 December 2026.",
        due_at=_AT,
        send_at=_AT,
        state=ReminderState.DISMISSED,
        reason="Mara dismissed it.",
        sent_at=_AT,
        created_at=_AT,
        updated_at=_AT,
    )


def _event(workspace_id: str) -> Event:
    return Event(
        audit_event_id="evt_@id",
        workspace_id=workspace_id,
        seq=0,
        occurred_at=_AT,
        act_id="evt_@id",
        action=Action.REMINDER_SENT,
        actor_kind=ActorKind.SYSTEM,
        actor_id=None,
        actor_name="Workbench",
        entity_type=Reminder.spec.table,
        entity_id="rem_@id",
        task_id="@task",
        bundle_id="@bundle",
        summary="Mara was reminded: It is due on Fri 4 December 2026.",
        before=None,
        after={"type": ReminderType.DUE, "step": "1 business day before", "state": ReminderState.SENT},
        reason="By the rule “1 business day before”.",
        record_hashes={"reminders/rem_@id": "0" * 64},
        previous_hash="0" * 64,
        hash="0" * 64,
    )
