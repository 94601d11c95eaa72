"""What the feed tells of an event: as much as the history of what it is about, and to partners less."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from engine.access import ActorKind, Permission, may
from engine.audit.models import Action, Event
from engine.qa.redaction import redact
from engine.record import Moment
from engine.reports.entries import Teller
from engine.reports.wording import Change as Worded
from engine.tasks.models import Task
from engine.tasks.states import TaskStatus
from engine.transaction import Transaction

#: What a partner's user may know the doer of: their pages name who decided and who remarked, and nobody else.
_SIGNED = frozenset({Action.APPROVAL_DECIDED, Action.DELIVERABLE_COMMENTED})


@dataclass(frozen=True, kw_only=True)
class Doer:
    """Whoever did something, as they were called then."""

    kind: ActorKind
    #: Null for the system.
    user_id: str | None
    name: str


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The record that an event is about."""

    #: The table that it is in.
    type: str
    id: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """One event, as somebody may read it."""

    #: Names the event to every reader alike; the same event has the same name each time, so that whoever got
    #: an answer twice can tell.
    change_id: str
    #: What happened.
    kind: Action
    #: The record that it is about, by the table that it is in and its id.
    subject: Subject
    #: The task whose history it belongs to; null where there is none, and to partners.
    task_id: str | None
    #: The bundle whose history it belongs to; null where there is none, and to partners.
    bundle_id: str | None
    #: When it happened.
    at: Moment
    #: Who did it, as they were called then; null where the reader's own pages do not name them.
    by: Doer | None
    #: The names of the record's fields that changed; to partners none.
    fields: tuple[str, ...]
    #: The status that the task came into by it; null where it came into none, and to partners.
    status: TaskStatus | None
    #: What happened, in the sentence of the history; null where no history has it.
    what: str | None
    #: What was said with it; null where nothing was, or no history has it.
    words: str | None
    #: What changed, in words for people: a program reads the record instead. Empty where no history has it.
    changes: tuple[Worded, ...]

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON data."""
        data: dict[str, Any] = _ADAPTER.dump_python(self, mode="json")
        return data


_ADAPTER = TypeAdapter(Change)


def tell(tx: Transaction, events: Sequence[Event], name: Callable[[str], str]) -> tuple[Change, ...]:
    """Tell of events that the actor may be told of; ``name`` names an event by its id."""
    is_team = may(tx.actor, Permission.SEE_OWN_WORK)
    readable = redact(tx, events) if is_team else list(events)
    teller = Teller(tx, readable if is_team else ())
    return tuple(_told(tx, event, name, teller if is_team else None) for event in readable)


def _told(tx: Transaction, event: Event, name: Callable[[str], str], teller: Teller | None) -> Change:
    is_of_work = event.task_id is not None or event.bundle_id is not None
    entry = teller.tell(event) if teller is not None and is_of_work else None
    changed = {**(event.before or {}), **(event.after or {})}
    return Change(
        change_id=name(event.audit_event_id),
        kind=event.action,
        subject=Subject(type=event.entity_type, id=event.entity_id),
        task_id=event.task_id if teller else None,
        bundle_id=event.bundle_id if teller else None,
        at=event.occurred_at,
        by=_doer(event) if teller or _is_named(tx, event) else None,
        fields=tuple(changed) if teller else (),
        status=_status(event) if teller else None,
        what=entry.what if entry else None,
        words=entry.words if entry else None,
        changes=entry.changes if entry else (),
    )


def _status(event: Event) -> TaskStatus | None:
    """Return the status that the task of an event came into, where it is one that this release knows."""
    if event.entity_type != Task.spec.table:
        return None
    return next((one for one in TaskStatus if one == (event.after or {}).get("status")), None)


def _doer(event: Event) -> Doer:
    return Doer(kind=event.actor_kind, user_id=event.actor_id, name=event.actor_name)


def _is_named(tx: Transaction, event: Event) -> bool:
    return event.action in _SIGNED or event.actor_id == tx.actor.user_id
