"""Writes what was intended into the ledger: each once, with what became of it and why (RMD-05, D6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import groupby
from zoneinfo import ZoneInfo

from pydantic_core import to_json

from engine.audit import topics
from engine.audit.models import Action
from engine.clock import to_text
from engine.record import made_of
from engine.reminders.glances import AnyTask
from engine.reminders.models import Reminder, ReminderClock, ReminderState, ReminderType
from engine.reminders.people import People
from engine.reminders.planner import Intended
from engine.reminders.queries import looking
from engine.store import Row
from engine.transaction import Transaction

#: From then on one that was sent after its moment is late: two ticks have not come.
LATE_AFTER = timedelta(minutes=15)
#: Of several about the same thing at the same time, which one says it.
_STRENGTH = (
    ReminderType.OVERDUE,
    ReminderType.AUTOMATION_FAILURE,
    ReminderType.MISSING_EVIDENCE,
    ReminderType.FOLLOW_UP_DUE,
    ReminderType.DUE,
    ReminderType.STAGE_CHANGE,
    ReminderType.RECURRING,
)


@dataclass(kw_only=True)
class Entry:
    """One moment for one person, before it is written."""

    moment: Intended
    #: What it is about: the id of a task, an approval or a bundle's event.
    subject: str
    user_id: str | None
    task: AnyTask | None = None
    bundle_id: str | None = None
    task_approval_id: str | None = None
    state: ReminderState = ReminderState.SENT
    reason: str = ""
    #: The one that says it too, where it is coalesced.
    told_by: Entry | None = None
    #: Its record, once it is written.
    record: Reminder | None = None

    @cached_property
    def key(self) -> str:
        """What no second reminder has."""
        return self.moment.key(self.subject, self.user_id)

    def withhold(self, state: ReminderState, reason: str) -> None:
        """Keep it from being sent."""
        self.state, self.reason = state, reason


def unwritten(tx: Transaction, entries: Iterable[Entry]) -> list[Entry]:
    """Leave out what the ledger has already, in one statement."""
    found = {entry.key: entry for entry in entries}
    known = looking.written(tx, found.keys()) if found else set()
    return [entry for key, entry in found.items() if key not in known]


def write(tx: Transaction, entries: Sequence[Entry], people: People, now: datetime) -> list[Reminder]:
    """Write entries that the ledger does not have; what several say about one thing is sent once."""
    _say_once(tx, entries, now)
    for entry in sorted(entries, key=lambda one: one.told_by is not None):  # who tells stands before
        _add(tx, entry, people)
    return [entry.record for entry in entries if entry.record is not None]


def _say_once(tx: Transaction, entries: Sequence[Entry], now: datetime) -> None:
    """Let the strongest of what goes to one person about one task say it for the others."""
    for entry in entries:
        if entry.state is ReminderState.SENT:
            late = now - entry.moment.send_at
            entry.reason = f"By the rule “{entry.moment.step}”."
            if late > LATE_AFTER:
                entry.state = ReminderState.LATE
                meant = said(entry.moment.send_at, tx.timezone)
                entry.reason += f" It was meant for {meant}: nothing ran then, or the clock was moved."
    together = [one for one in entries if one.state.is_told and one.moment.type is not ReminderType.RECURRING]
    together.sort(key=lambda one: (one.user_id or "", _about(one), rank(one.moment)))
    for _, some in groupby(together, key=lambda one: (one.user_id, _about(one))):
        first, *others = some
        for other in others:
            other.told_by = first
            other.withhold(
                ReminderState.COALESCED, f"“{first.moment.text}” came at the same time and says it."
            )


def _about(entry: Entry) -> str:
    return entry.task.task_id if entry.task is not None else entry.subject


def rank(moment: Intended) -> tuple[bool, int, float]:
    """Return what the moments about one thing at the same time are sorted by: the first says it for all."""
    return moment.to != "flag", _STRENGTH.index(moment.type), -moment.due_at.timestamp()


def _add(tx: Transaction, entry: Entry, people: People) -> None:
    moment, task = entry.moment, entry.task
    told_by = entry.told_by.record if entry.told_by is not None else None
    bundle_id = task.bundle_id if task is not None else entry.bundle_id
    fields = {
        "reminder_id": tx.new_id(Reminder),
        "workspace_id": tx.workspace_id,
        "key": entry.key,
        "type": moment.type,
        "step": moment.step,
        "task_id": task.task_id if task is not None else None,
        "bundle_id": bundle_id,
        "task_approval_id": entry.task_approval_id,
        "user_id": entry.user_id,
        "is_flag": moment.to == "flag",
        "text": people.text(moment, task),
        "due_at": moment.due_at,
        "send_at": moment.send_at,
        "state": entry.state,
        "reason": entry.reason,
        # Whoever marked all as seen while the tick ran has not seen this.
        "sent_at": tx.now if entry.state.is_told else None,
        "told_by": told_by.reminder_id if told_by is not None else None,
        "created_at": tx.now,
        "updated_at": tx.now,
        "revision": 1,
    }
    entry.record = record = tx.add(made_of(Reminder, fields))
    tell(tx, record, people)


def tell(tx: Transaction, record: Reminder, people: People) -> None:
    """Append the event of what became of a reminder; its person's inbox is read afresh if it is in it now."""
    action = Action.REMINDER_SENT if record.state.is_told else Action.REMINDER_WITHHELD
    whom = people.name(record.user_id) if record.user_id else "nobody"
    verb = "was reminded" if record.state.is_told else "was not reminded"
    told = {name: getattr(record, name) for name in ("type", "step", "state")}
    tx.record(
        action,
        record,
        f"{whom[0].upper()}{whom[1:]} {verb}: {record.text}",
        after=told,
        reason=record.reason,
        task_id=record.task_id,
        bundle_id=record.bundle_id,
        concerning=[topics.inbox_of(record.user_id)] if record.user_id else (),
    )


def set_clocks(
    tx: Transaction, coming: Mapping[str, datetime | None], now: datetime, known: Collection[str]
) -> None:
    """Write down of tasks that they were looked at now, and when the next of each comes.

    ``known`` are those that have a clock already. No event tells of clocks and nobody reads them in the same
    transaction, so they go straight into their table: the rows are as ``ReminderClock`` would have them.
    """
    rows: dict[bool, list[Row]] = {True: [], False: []}
    workspace_id, seen_until = tx.workspace_id, to_text(now)
    for task_id, at in coming.items():
        key, next_at = {"task_id": task_id, "workspace_id": workspace_id}, to_text(at) if at else None
        document = to_json({**key, "seen_until": seen_until, "next_at": next_at}).decode()
        rows[task_id in known].append(({**key, "next_at": next_at}, document))
    table = tx.database.table(ReminderClock.spec.table)
    table.replace_rows(rows[True])
    table.add_rows(rows[False])


def said(moment: datetime, zone: str) -> str:
    """Return a moment as a sentence has it, in the zone given."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%B, %H:%M}"
