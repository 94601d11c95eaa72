"""Acts: all that was done at once, found by its events, with the fields that it changed, as they were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from engine.audit.models import Action, Event
from engine.bundles.models import Bundle, BundleLink
from engine.deliverables.models import Approval, Deliverable
from engine.errors import NotFoundError
from engine.plurals import plural
from engine.record import Record
from engine.tasks.models import Task
from engine.transaction import Transaction
from engine.watching.models import Watch

R = TypeVar("R", bound=Record)
#: What is said beside the work: it changes nothing that an act changed.
REMARKS = frozenset({Action.NOTE_ADDED, Action.DELIVERABLE_COMMENTED})
#: The kinds of records of which an act can be taken back, by their tables.
_KINDS: Mapping[str, type[Record]] = {
    kind.spec.table: kind for kind in (Task, Bundle, BundleLink, Deliverable, Approval, Watch)
}
#: As many events are read at once; a larger act takes several reads.
_READ_AT_ONCE = 100
#: The tables of what many tasks are changed by at once: the tasks, or somebody's wish to hear of each.
_OF_TASKS = (Task.spec.table, Watch.spec.table)
#: So many of the newest events about what an act changed are looked at, and thrice as many as it has itself:
#: it may have been followed by one as large, and by the undo of that.
_LOOKED_AT = 20


@dataclass(frozen=True)
class Act:
    """All that one person did at once: the events of one transaction, in their order."""

    events: Sequence[Event]

    @property
    def last_seq(self) -> int:
        """The number of its last event: what happened since has a higher one."""
        return self.events[-1].seq

    @property
    def occurred_at(self) -> datetime:
        """When it was done."""
        return self.events[0].occurred_at

    @property
    def summary(self) -> str:
        """What was done, in the words of the first event that is no remark, and to how many tasks more."""
        first = next((one for one in self.events if one.action not in REMARKS), self.events[0])
        many = first.entity_type in _OF_TASKS
        others = sum(table == first.entity_type for table, _ in self.by_record) - 1 if many else 0
        if not others:
            return first.summary
        return f"{first.summary}, and {plural(others, 'more task')}"

    @cached_property
    def by_record(self) -> Mapping[tuple[str, str], Sequence[Event]]:
        """Its events by the table and the id of the record that they are about, remarks left out."""
        found: dict[tuple[str, str], list[Event]] = {}
        for event in self.events:
            if event.action not in REMARKS:
                found.setdefault((event.entity_type, event.entity_id), []).append(event)
        return found

    def changed(self, tx: Transaction) -> Iterator[tuple[Record, Sequence[Event]]]:
        """Yield the records that it changed, as they are now, with its events about each."""
        wanted: dict[type[Record], list[str]] = {}
        for table, record_id in self.by_record:
            if table in _KINDS:
                wanted.setdefault(_KINDS[table], []).append(record_id)
        tx.read_ahead(wanted)
        for (table, record_id), events in self.by_record.items():
            record = tx.find_by_key(_KINDS[table], record_id) if table in _KINDS else None
            if record is not None:
                yield record, events


def find(tx: Transaction, act_id: str) -> Act:
    """Return the act of the actor that goes by the id of its first event.

    Raises:
        NotFoundError: there is none, or somebody else did it.
    """
    first, own = tx.find_by_key(Event, act_id), (tx.actor.kind, tx.actor.user_id or None)
    if first is None or first.act_id != act_id or (first.actor_kind, first.actor_id) != own:
        raise NotFoundError(f"There is no act {act_id} of yours. Check the id.")
    return beginning_with(tx, first)


def beginning_with(tx: Transaction, first: Event) -> Act:
    """Return the act whose first event this is; its events follow one another (S10)."""
    events = [first]
    while True:
        asked = list(range(events[-1].seq + 1, events[-1].seq + 1 + _READ_AT_ONCE))
        found = tx.find(Event, seq=asked, order_by=("seq",))
        own = [event for event in found if event.act_id == first.act_id]
        events += own
        if len(own) < _READ_AT_ONCE:
            return Act(events)


def fields_before(events: Iterable[Event]) -> dict[str, Any]:
    """Return the fields that events about one record changed, as they were before the first of them."""
    found: dict[str, Any] = {}
    for event in events:
        found = {**(event.before or {}), **found}
    return found


def fields_after(events: Iterable[Event]) -> dict[str, Any]:
    """Return the same fields as the last of the events left them."""
    found: dict[str, Any] = {}
    for event in events:
        found |= {name: (event.after or {}).get(name) for name in event.before or {}}
    return found


def put(record: Record, fields: Mapping[str, Any]) -> None:
    """Set fields of a record to values as events have them; the caller saves it."""
    kind = type(record)
    known = {name: value for name, value in record.to_data().items() if name in kind.model_fields}
    made = kind.model_validate({**known, **fields})
    for name in fields:
        setattr(record, name, getattr(made, name))


def events_around(tx: Transaction, act: Act) -> list[Event]:
    """Return the newest events about what an act changed, or about its tasks, remarks left out, oldest first.

    Its own are among them.
    """
    records = [record_id for _, record_id in act.by_record]
    tasks = sorted({event.task_id for event in act.events if event.task_id})
    told = [action for action in Action if action not in REMARKS]
    most = _LOOKED_AT + 3 * len(act.events)
    about, on_tasks = tx.find_first_together(
        (Event, {"entity_id": records, "action": told}, ("-seq",), most),
        (Event, {"task_id": tasks, "action": told}, ("-seq",), most),
    )
    found = {event.seq: event for event in (*about, *on_tasks)}
    return [found[seq] for seq in sorted(found)]


def standing(events: Iterable[Event]) -> list[Sequence[Event]]:
    """Return the acts that events are of, oldest first, but for what was undone and the undoing of it.

    Both are as if they had not been: the act before them is the last again. An undo is always of the act that
    was the last, so it is one of the last that stands, where that is about the same records.
    """
    by_act: dict[str, list[Event]] = {}
    for event in events:
        by_act.setdefault(event.act_id or event.audit_event_id, []).append(event)
    found: list[Sequence[Event]] = []
    for act in by_act.values():
        is_undo = act[0].action is Action.CHANGE_UNDONE
        if is_undo and found and _records(found[-1]) == _records(act):
            found.pop()
        else:
            found.append(act)
    return found


def is_undo_of(later: Sequence[Event], act: Act) -> bool:
    """Whether events that stand since an act are its undo."""
    return later[0].action is Action.CHANGE_UNDONE and _records(later) == _records(act.events)


def _records(events: Iterable[Event]) -> set[str]:
    return {event.entity_id for event in events if event.action not in REMARKS}
