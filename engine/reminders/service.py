"""What somebody does with a reminder of theirs: they are done with it, or put it off (RMD-08)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from engine.access import Permission, require
from engine.audit import topics
from engine.audit.models import Action
from engine.bundles import visibility as bundle_visibility
from engine.bundles.models import Bundle
from engine.catalog.calendars import start_of_day
from engine.errors import ConflictError, NotFoundError, bad_field
from engine.reminders import judging
from engine.reminders.ledger import said
from engine.reminders.models import Reminder, ReminderState
from engine.reminders.rules import RuleBook
from engine.tasks import visibility
from engine.tasks.models import Task
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content


def standing(tx: Transaction) -> list[Reminder]:
    """Return the reminders that stand in the actor's inbox, or were put off by them, the oldest first.

    What the actor does not see any more is not among them.

    Raises:
        ForbiddenError: the actor is no user of the team.
    """
    require(tx.actor, Permission.SEE_OWN_WORK, "have reminders")
    states = [ReminderState.SENT, ReminderState.LATE, ReminderState.SNOOZED]
    found = tx.find(Reminder, user_id=tx.actor.user_id, state=states, order_by=("send_at", "reminder_id"))
    judging.read_ahead(tx, found)
    standing = [one for one in found if judging.why_over(tx, one) is None]
    tasks = [tx.find_by_key(Task, one.task_id) for one in standing if one.task_id]
    bundles = [tx.find_by_key(Bundle, one.bundle_id) for one in standing if one.bundle_id and not one.task_id]
    seen = visibility.seen_among(tx, [one for one in tasks if one is not None])
    seen |= bundle_visibility.seen_among(tx, [one for one in bundles if one is not None])
    return [one for one in standing if (one.task_id or one.bundle_id) in seen]


def dismiss(tx: Transaction, reminder_id: str) -> Reminder:
    """Be done with a reminder: it leaves the inbox for good.

    Raises:
        NotFoundError: it is not the actor's.
        ConflictError: it does not stand in an inbox.
    """
    record = _own(tx, reminder_id)
    if record.state is ReminderState.DISMISSED:
        return record
    record.state, record.reason = ReminderState.DISMISSED, f"{tx.actor.name} dismissed it."
    return _answered(tx, record, "dismissed")


def snooze(tx: Transaction, content: Content, reminder_id: str, until: date) -> Reminder:
    """Put a reminder off: it comes back when the work of a day begins, unless it is over by then.

    Raises:
        NotFoundError: it is not the actor's.
        BadRequestError: the day is not one to come.
        ConflictError: it does not stand in an inbox.
    """
    record = _own(tx, reminder_id)
    if until <= tx.today:
        raise bad_field("until", "choose a day to come", "A reminder is put off to a day to come.")
    rhythm = RuleBook(content, tx.workspace_zone).of_workspace().rhythm
    # It is a day of the actor's, and the team works by another zone, where that day may have begun before.
    begins = max(start_of_day(until, zone) for zone in (tx.timezone, rhythm.zone))
    record.state, record.send_at = ReminderState.SNOOZED, rhythm.forward(begins)
    record.reason = f"{tx.actor.name} put it off until {said(record.send_at, tx.workspace_zone)}."
    return _answered(tx, record, "put off")


def _own(tx: Transaction, reminder_id: str) -> Reminder:
    require(tx.actor, Permission.SEE_OWN_WORK, "answer reminders")
    record = tx.find_by_key(Reminder, reminder_id)
    if record is None or record.user_id != tx.actor.user_id:
        raise NotFoundError(f"There is no reminder {reminder_id} to you. Look at those that there are.")
    if not (record.state.is_told or record.state in (ReminderState.SNOOZED, ReminderState.DISMISSED)):
        raise ConflictError(f"This reminder was never sent: {record.reason}")
    return record


def _answered(tx: Transaction, record: Reminder, verb: str) -> Reminder:
    tx.save(record)
    tx.record(
        Action.REMINDER_ANSWERED,
        record,
        f"{tx.actor.name} {verb} the reminder: {record.text}",
        task_id=record.task_id,
        bundle_id=record.bundle_id,
        concerning=[topics.inbox_of(tx.actor.user_id)],
    )
    return record
