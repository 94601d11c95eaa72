"""Takes the last migration of a bundle back, as long as nothing was built on it (D4, product.md decision 14).

Every record gets the fields back that the migration changed, with an event that says so. What it made stays,
called off or not owed: nothing that was written is ever removed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from engine.access import Permission, may
from engine.audit.models import Action, Event
from engine.bundles.models import Bundle, BundleLink
from engine.bundles.visibility import BundleChange, get_changeable
from engine.corrections import acts
from engine.corrections.acts import Act
from engine.deliverables.models import Deliverable
from engine.errors import ConflictError, ForbiddenError
from engine.migration.parts import UNDONE
from engine.record import Record
from engine.tasks import dependencies, judges, moved, moves
from engine.tasks.models import Proof, Step, Task, TaskStatus
from engine.tasks.moves import MoveRequest
from engine.transaction import Transaction
from engine.wiring import Fact

_KINDS: Mapping[str, type[Record]] = {
    kind.spec.table: kind for kind in (Bundle, BundleLink, Task, Step, Proof, Deliverable)
}
#: What every open task gets with a migration: work on a task that got nothing else builds on nothing.
_LIGHT = frozenset({"template_hash", "position", "type_category", "due_rule"})


def undo(tx: Transaction, bundle_id: str, *, revision: int | None = None) -> Bundle:
    """Give a bundle and its parts back what its last migration changed.

    Raises:
        NotFoundError: there is no such bundle, or not the actor's to see.
        ForbiddenError: they may not migrate it, or somebody else did and they lead nothing (decision 14).
        ConflictError: it was never migrated, or that was undone already, or something was built on it.
        OwnWorkError: who would get a task back has judged it.
        StaleWriteError: ``revision`` is given and the bundle has moved on.
    """
    bundle = get_changeable(tx, bundle_id, BundleChange.MIGRATE, revision)
    act = _last(tx, bundle)
    _require_own(tx, bundle, act.events[0])
    changed = [*_changed(tx, act)]
    _refuse_after_more(tx, bundle, act, changed)
    tasks = []
    for record, events in changed:
        if isinstance(record, Task):
            tasks.append(record)
        if _is_new(events):
            _retire(tx, record)
            continue
        before = acts.fields_before(events)
        if isinstance(record, Task) and before.get("assignee_id"):
            judges.refuse_assignee(tx, record, before["assignee_id"])
        if before.get("status") == TaskStatus.QUEUED:  # the attempt that it was queued for was called off
            before["status"] = TaskStatus.PENDING
        acts.put(record, before)
        tx.save(record)
        fact = moved.of_changes(record, before.keys()) if isinstance(record, Task) else None
        _tell(tx, bundle, record, f"Undone: {events[0].summary}", fact)
    for task in tasks:
        _wait_again(tx, task)
    return bundle


def _last(tx: Transaction, bundle: Bundle) -> Act:
    """Return the act of the bundle's last migration."""
    found = tx.find(
        Event,
        entity_id=bundle.bundle_id,
        action=[Action.BUNDLE_MIGRATED, Action.CHANGE_UNDONE],
        order_by=("-seq",),
    )
    migrated = next((event for event in found if event.action is Action.BUNDLE_MIGRATED), None)
    first = tx.find_by_key(Event, migrated.act_id) if migrated and migrated.act_id else None
    if first is None:
        raise ConflictError(f"“{bundle.title}” was never migrated: there is nothing to undo.")
    act = acts.beginning_with(tx, first)
    if any(event.seq > act.last_seq and "template_hash" in (event.after or {}) for event in found):
        raise ConflictError(f"The migration of “{bundle.title}” was undone already.")
    return act


def _require_own(tx: Transaction, bundle: Bundle, first: Event) -> None:
    """Let a lead's migration be taken back by leads alone: it may have brought an approval."""
    is_own = (first.actor_kind, first.actor_id) == (tx.actor.kind, tx.actor.user_id or None)
    if not is_own and not may(tx.actor, Permission.WORK_ALL):
        raise ForbiddenError(
            f"{first.actor_name} migrated “{bundle.title}”, so they take that back, or a manager. Ask them."
        )


def _changed(tx: Transaction, act: Act) -> Iterator[tuple[Record, Sequence[Event]]]:
    for (table, record_id), events in act.by_record.items():
        record = tx.find_by_key(_KINDS[table], record_id) if table in _KINDS else None
        if record is not None:
            yield record, events


def _is_new(events: Sequence[Event]) -> bool:
    """Whether the record was made by the act."""
    return events[0].before is None


def _refuse_after_more(
    tx: Transaction, bundle: Bundle, act: Act, changed: Collection[tuple[Record, Sequence[Event]]]
) -> None:
    """Refuse once anybody has done more than remark on what the migration changed."""
    if not bundle.is_active:
        raise ConflictError(f"“{bundle.title}” is {bundle.status}: its migration cannot be undone any more.")
    weighty = {
        record.record_id
        for record, events in changed
        if _is_new(events) or not acts.fields_before(events).keys() <= _LIGHT
    }
    for event in acts.events_around(tx, act):
        if event.seq > act.last_seq and {event.entity_id, event.task_id} & weighty:
            raise ConflictError(
                f"The migration of “{bundle.title}” cannot be undone any more: {event.actor_name} has done "
                f"more since: {event.summary}. Migrate it anew, or change it by hand."
            )


def _retire(tx: Transaction, record: Any) -> None:
    """Have what the migration made not be owed any more."""
    if isinstance(record, Task):
        if not record.is_terminal:
            moves.move(tx, record, TaskStatus.CANCELLED, MoveRequest(reason=UNDONE, cancelled_as=UNDONE))
        return
    if isinstance(record, Step):
        record.left_out_reason, record.left_out_at = UNDONE, tx.now
        record.left_out_by = tx.actor.user_id or None
    else:
        record.required = False
    tx.save(record)
    task = tx.find_by_key(Task, getattr(record, "task_id", "") or "")
    tx.record(
        Action.CHANGE_UNDONE,
        record,
        "Not owed any more: the migration that asked for it was undone",
        bundle_id=task.bundle_id if task else None,
    )


def _tell(tx: Transaction, bundle: Bundle, record: Record, summary: str, fact: Fact | None) -> None:
    tx.record(Action.CHANGE_UNDONE, record, summary, bundle_id=bundle.bundle_id, fact=fact)


def _wait_again(tx: Transaction, task: Task) -> None:
    """Let an open task wait for what it waited for before, as that stands now."""
    blocker = None if task.is_terminal else dependencies.first_open(tx, task)
    if blocker != task.blocked_by:
        task.blocked_by = blocker
        tx.save(task)
        tx.record(Action.CHANGE_UNDONE, task, f"{task.name} waits as it did before the migration")
