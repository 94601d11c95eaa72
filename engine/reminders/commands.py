"""The commands by which somebody answers a reminder of theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from engine.access import Permission
from engine.command import AnyCommand, Command, command, with_content
from engine.inputs import Day, Input
from engine.reminders import service
from engine.reminders.ledger import said
from engine.reminders.models import Reminder
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content


class OnReminder(Input):
    """Which reminder is meant."""

    #: Its id, as `reminders list` shows it.
    reminder_id: str = Field(title="Reminder", min_length=1)


class Snooze(OnReminder):
    """Until when a reminder is put off."""

    #: A day to come, as YYYY-MM-DD: it comes back when the work of that day begins.
    until: Day = Field(title="Put off until")


def _snooze(tx: Transaction, request: Snooze, content: Content) -> tuple[Reminder, str]:
    record = service.snooze(tx, content, request.reminder_id, request.until)
    return record, said(record.send_at, tx.timezone)


COMMANDS: tuple[AnyCommand, ...] = (
    command(
        "reminders dismiss",
        "Be done with a reminder: it leaves your inbox for good.",
        input=OnReminder,
        permission=Permission.WORK_OWN,
        run=lambda tx, request: service.dismiss(tx, request.reminder_id),
        message="Dismissed.",
    ),
    Command(
        name="reminders snooze",
        help="Put a reminder off to a day: it comes back then, unless it is over.",
        input=Snooze,
        permission=Permission.WORK_OWN,
        prepare=with_content,
        run=_snooze,
        message=lambda done: f"Put off until {done[1]}.",
    ),
)
