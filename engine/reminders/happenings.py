"""Reminders of what has happened rather than of a date: a bundle's move to a stage.

Of a job that failed admins are told at once, reminders or not (``engine.outbox.failures``).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from engine.audit.models import Event
from engine.bundles.models import Bundle, PinnedTemplate
from engine.errors import UnreadableRecordError
from engine.reminders.ledger import Entry
from engine.reminders.models import ReminderState, ReminderType
from engine.reminders.people import People
from engine.reminders.planner import Intended
from engine.reminders.queries import looking
from engine.reminders.rules import RuleBook
from engine.transaction import Transaction
from engine.watching.models import Watch

_log = logging.getLogger(__name__)
#: The tables of what concerns one bundle, and only what that is reminded of.
_OF_ONE = frozenset(kind.spec.table for kind in (Bundle, PinnedTemplate, Watch))


def entries(tx: Transaction, book: RuleBook, *, events: int) -> list[Entry]:
    """Return what happened after the event of that number.

    What falls into quiet hours is planned for the morning.
    """
    people = People(tx)
    found = list(_stages(tx, book, people, events))
    for entry in found:
        if entry.moment.send_at > tx.wall_clock:
            entry.withhold(ReminderState.PLANNED, "It happened in quiet hours, and waits for their end.")
    return found


def _stages(tx: Transaction, book: RuleBook, people: People, events: int) -> Iterator[Entry]:
    """Yield what moved; a bundle that cannot be read is named in the log, the others are told of (S11)."""
    for event in _events(tx, looking.stage_changes(tx, events)):
        try:
            yield from list(_of_stage(tx, book, people, event))
        except UnreadableRecordError as error:
            if error.table not in _OF_ONE:
                raise
            _log.error("nobody is reminded of the stage of %s: %s", event.entity_id, error.message)


def _of_stage(tx: Transaction, book: RuleBook, people: People, event: Event) -> Iterator[Entry]:
    bundle = tx.find_by_key(Bundle, event.entity_id)
    if bundle is None:
        return
    governing = book.of_bundle(tx, bundle)
    to = governing.rules.stage_change or "nobody"
    stage = str((event.after or {}).get("stage", "another stage")).replace("_", " ")
    at, together = event.occurred_at, governing.rhythm.together
    moment = _at(ReminderType.STAGE_CHANGE, at, together, to, f"It moved to {stage}.")
    for user_id in people.of(moment, bundle) if to != "nobody" else ():
        if user_id != event.actor_id:  # whoever moved it knows
            subject = event.audit_event_id
            yield Entry(moment=moment, subject=subject, user_id=user_id, bundle_id=bundle.bundle_id)


def _events(tx: Transaction, ids: Iterable[str]) -> list[Event]:
    wanted = list(ids)
    return tx.find(Event, audit_event_id=wanted, order_by=("seq",)) if wanted else []


def _at(
    kind: ReminderType, at: datetime, moved: Callable[[datetime], datetime], to: str, text: str
) -> Intended:
    return Intended(type=kind, step="at once", base=at, due_at=at, send_at=moved(at), to=to, text=text)
