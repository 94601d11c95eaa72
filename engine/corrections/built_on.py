"""What has built on the closing of a task, so that it cannot be corrected any more (product.md, decision 14).

That is work on what waited for it, a decision, a score, a partner who could see what was delivered, the end
of its bundle, its rework, or a change of the task itself. Tags, facts of other systems, remarks and material
added since are nothing of the kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.accounts.models import User
from engine.audit.models import Action, Event
from engine.bundles.models import Bundle
from engine.corrections import acts, rework
from engine.corrections.acts import Act
from engine.record import Record
from engine.tasks import lost_blockers
from engine.tasks.models import Task
from engine.transaction import Transaction

#: All but remarks.
_TOLD = [action for action in Action if action not in acts.REMARKS]
#: What is a decision, wherever it stands.
DECISIONS = frozenset(
    {
        Action.APPROVAL_DECIDED,
        Action.ARTIFACT_APPROVED,
        Action.HUMAN_REVIEW_APPROVED,
        Action.HUMAN_REVIEW_REJECTED,
    }
)
#: What may happen to a closed task and its parts without anything being built on its being closed.
_HARMLESS = acts.REMARKS | {Action.ARTIFACT_ADDED, Action.QA_ROLLED, Action.TASK_RELEASED}
_HARMLESS_FIELDS = frozenset(
    {
        "tags", "metadata", "blocked_by", "freed_at", "freed_by",
        "qa_flagged", "qa_type", "qa_reasons", "qa_flagged_at", "qa_reviewed_at",
    }
)  # fmt: skip
#: What tells whether a task has moved, or was worked on.
_MOVES = ("status", "first_started_at")
_MOVED = (Action.TASK_STATUS_CHANGED, Action.TASK_CORRECTED, Action.CHANGE_UNDONE)


def reasons(tx: Transaction, task: Task, act: Act, waiting: Sequence[Task]) -> list[str]:
    """Say what has built on the act that closed a task, a sentence for each; ``waiting`` depends on it."""
    return [
        *_in_the_act(tx, task, act),
        *(f"it is reworked as #{one.task_number}" for one in rework.reworks(tx, task)),
        *_of_bundle(tx, task, act),
        *_since(tx, task, act),
        *_dependents(tx, task, act, waiting),
    ]


def read_ahead(tx: Transaction, task: Task) -> None:
    """Read in one statement what is asked about any task that may be corrected."""
    asked: list[tuple[type[Record], Mapping[str, Any]]] = [
        (Event, {"task_id": task.task_id, "action": _TOLD}),
        (Task, {"rework_of": task.task_id}),
    ]
    if task.bundle_id is not None:
        asked.append((Bundle, {"bundle_id": task.bundle_id}))
    tx.find_together(*asked)


def history(tx: Transaction, task: Task) -> list[Event]:
    """Return the events about the task and its parts, remarks left out, in their order."""
    return tx.find(Event, task_id=task.task_id, action=_TOLD, order_by=("seq",))


def changes_since(tx: Transaction, task: Task, act: Act) -> list[Event]:
    """Return those of them that happened after the act."""
    return [event for event in history(tx, task) if event.seq > act.last_seq]


def _in_the_act(tx: Transaction, task: Task, act: Act) -> Iterator[str]:
    if any(event.action in DECISIONS for event in act.events):
        yield "it was closed by a decision, which is final"
    if any(event.action is Action.DELIVERABLE_DELIVERED for event in act.events):
        yield from _seen_by_partner(tx, task)
    closed = [event for event in act.events if _closes(event) and event.entity_id != task.task_id]
    cancelled = any(event.action is Action.BUNDLE_CANCELLED for event in act.events)
    if closed and not cancelled:
        yield "it was closed together with other tasks"


def _closes(event: Event) -> bool:
    status = (event.after or {}).get("status")
    return event.action is Action.TASK_STATUS_CHANGED and status in ("completed", "skipped", "cancelled")


def _seen_by_partner(tx: Transaction, task: Task) -> Iterator[str]:
    """Name what the partner got, where somebody is there to see it."""
    users = tx.find(User) if task.partner_id is not None else []
    if any(user.partner_id == task.partner_id and user.is_active for user in users):
        yield "what it hands over was delivered to the partner, who can see it"


def _of_bundle(tx: Transaction, task: Task, act: Act) -> Iterator[str]:
    bundle = tx.find_by_key(Bundle, task.bundle_id) if task.bundle_id is not None else None
    if any(event.action is Action.BUNDLE_CANCELLED for event in act.events):
        yield "it was cancelled with its bundle"
    elif bundle is not None and not bundle.is_active:
        yield f"its bundle is {bundle.status}"


def _since(tx: Transaction, task: Task, act: Act) -> Iterator[str]:
    later = changes_since(tx, task, act)
    if any(event.action is Action.QA_REVIEWED for event in later):
        yield "it was scored in QA"
    if any(event.action in DECISIONS for event in later):
        yield "something was decided on it since"
    changed = [event for event in later if _changes_more(task, event)]
    if changed:
        yield f"{changed[0].actor_name} has changed it since"


def _changes_more(task: Task, event: Event) -> bool:
    """Whether an event since is more than what may be said and noted of a closed task."""
    if event.action in _HARMLESS or event.action in DECISIONS or event.action is Action.QA_REVIEWED:
        return False
    if event.entity_id != task.task_id:
        return True
    return not {*(event.before or {}), *(event.after or {})} <= _HARMLESS_FIELDS


def _dependents(tx: Transaction, task: Task, act: Act, waiting: Sequence[Task]) -> Iterator[str]:
    """Name the tasks that wait for this one and are not where they were, or were worked on since."""
    ids = [one.task_id for one in waiting]
    found = tx.find(Event, task_id=ids, action=list(_MOVED), order_by=("seq",)) if ids else []
    for one in waiting:
        own = [event for event in found if event.entity_id == one.task_id and event.seq > act.last_seq]
        before = acts.fields_before(own)
        now = one.to_data()
        if any(name in before and before[name] != now[name] for name in _MOVES):
            yield f"{lost_blockers.as_seen_from(task, one)}, which waits for it, has moved since"
