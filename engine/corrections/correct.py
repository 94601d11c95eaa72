"""Correction: a task that was closed by mistake is open again, with all that its closing had set in motion.

Closed stays closed (CNF-34); a slip is corrected (product.md, decision 14). Whoever closed the task may do so
for a quarter of an hour, a manager at any time; nobody once something has built on it (``built_on.py``). One
event per record says it. ``plan`` tells beforehand what ``correct`` does: the page shows the one, and the
other does no more and no less.

============================================  ======================================================
What the closing had set in motion            What the correction does
============================================  ======================================================
the task's own fields, on the whole walk      as before the first move; who worked on it stays known
QA: chosen for a second look                  out of the queue; what the die or a person chose holds
                                              for the next completion
a link of the bundle, filled or waived        as before, unless somebody changed it since
the stage of the bundle                       as before, unless it was moved since
due dates that count from it                  as before, unless moved or their task closed since
what waits for it                             waits again: ``blocked_by`` is computed anew
a delivery that nobody of the partner sees    taken back
a request for approval that a cancel ended    open again, with its delivery
notes, and whom they told of a lost blocker   stay; another note says that it was corrected
============================================  ======================================================

What is not as the closing left it any more stays as it is, and is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from engine.access import Permission, may
from engine.audit.models import Action, Event
from engine.bundles.models import Bundle, BundleLink
from engine.corrections import acts, built_on, rework
from engine.corrections.acts import Act
from engine.deliverables.models import Approval, Deliverable
from engine.errors import ConflictError, ForbiddenError
from engine.inputs import strip_or_none
from engine.record import Record
from engine.tasks import dependencies, lookup, lost_blockers, mentions
from engine.tasks.models import NoteKind, QaReason, Task, TaskStatus
from engine.tasks.notes import write_note
from engine.tasks.queries.dependents import dependents
from engine.transaction import Transaction

#: How long whoever closed a task may correct that; later it takes a manager.
TIME_TO_CORRECT = timedelta(minutes=15)
#: What the task is told to be chosen for again, once it is completed anew: the rest is found anew.
_CHOSEN_ALREADY = frozenset({QaReason.RANDOM, QaReason.COMPLAINT, QaReason.MANUAL})
_OF_QA = frozenset({"qa_flagged", "qa_type", "qa_reasons", "qa_flagged_at", "qa_reviewed_at"})
_DATES = frozenset({"due_date", "deadline", "first_deadline"})
_CLOSED = {
    TaskStatus.COMPLETED: "completed",
    TaskStatus.SKIPPED: "skipped",
    TaskStatus.CANCELLED: "cancelled",
}


@dataclass
class Return:
    """One record, with the fields that it gets back."""

    record: Record
    fields: dict[str, Any]
    #: What that means, a sentence for each.
    words: list[str]


@dataclass
class Plan:
    """What a correction of a task takes back, what stays as it is, and what speaks against it."""

    task: Task
    #: Why the actor may not.
    forbidden: str | None = None
    #: What has built on it, or why there is nothing to correct.
    refusals: list[str] = field(default_factory=list)
    returns: dict[str, Return] = field(default_factory=dict)
    #: What its closing had set in motion and stays, because it was changed since.
    stays: list[str] = field(default_factory=list)
    #: Tasks whose people were told that they wait in vain.
    told: list[Task] = field(default_factory=list)

    @property
    def is_possible(self) -> bool:
        """Whether nothing speaks against it."""
        return self.forbidden is None and not self.refusals

    @property
    def lines(self) -> list[str]:
        """What is taken back, the task itself first."""
        return [words for one in self.returns.values() for words in one.words]

    def give(self, record: Record, fields: Mapping[str, Any], words: str) -> None:
        """Add fields that a record gets back."""
        found = self.returns.setdefault(record.record_id, Return(record, {}, []))
        found.fields |= fields
        found.words.append(words)


def plan(tx: Transaction, task_id: str, *, revision: int | None = None) -> Plan:
    """Say what a correction of a task would do, or what speaks against it; changes nothing.

    Raises:
        NotFoundError: no such task, or the actor may not see it.
        StaleWriteError: ``revision`` is given and the task has moved on.
    """
    task = lookup.find(tx, task_id, revision=revision)
    found = Plan(task)
    if not task.is_terminal:
        found.refusals.append(f"{task.name} is {task.status.said}: there is nothing to correct")
        return found
    built_on.read_ahead(tx, task)
    closing = _closing(built_on.history(tx, task))
    found.forbidden = _why_forbidden(tx, task, closing)
    first = tx.find_by_key(Event, closing.act_id) if closing is not None and closing.act_id else None
    if first is None:
        found.refusals.append(f"{task.name} was closed before release 0.4.0, which is not kept as one act")
        return found
    act = acts.beginning_with(tx, first)
    waiting = [one for one in dependents(tx, task) if one.task_id != task.task_id]
    found.refusals += built_on.reasons(tx, task, act, waiting)
    if found.refusals:
        return found
    _own_fields(tx, found, act)
    _what_was_set_in_motion(tx, found, act)
    _what_waits_again(tx, found, waiting)
    return found


def is_offered(tx: Transaction, task: Task, newest: Sequence[Event]) -> bool:
    """Whether a closed task's page offers its correction, as far as that page knows; newest events first.

    Whose slip it may be, a decision, a score, its bundle and its rework: what has built on it elsewhere, the
    correction's own page says.
    """
    if not task.is_terminal or task.qa_reviewed_at is not None or rework.reworks(tx, task):
        return False
    bundle = tx.find_by_key(Bundle, task.bundle_id) if task.bundle_id is not None else None
    if bundle is not None and not bundle.is_active:
        return False
    closing = _closing(newest[::-1])
    if _why_forbidden(tx, task, closing) is not None:
        return False
    act_id = closing.act_id if closing is not None else None
    return not any(event.act_id == act_id and event.action in built_on.DECISIONS for event in newest)


def correct(tx: Transaction, task_id: str, reason: str, *, revision: int | None = None) -> Plan:
    """Open a task again that was closed by mistake, with all that its closing had set in motion taken back.

    Raises:
        NotFoundError: no such task, or the actor may not see it.
        ForbiddenError: somebody else closed it, or it is too long ago, and the actor is no manager.
        ConflictError: it is open, or something has built on it; one detail for each.
    """
    found = plan(tx, task_id, revision=revision)
    task, words = found.task, strip_or_none(reason)
    if found.forbidden is not None:
        raise ForbiddenError(found.forbidden)
    if found.refusals:
        details = [{"code": "BUILT_ON", "message": one} for one in found.refusals]
        told, advice = "; ".join(found.refusals), " Rework it instead." if task.is_terminal else ""
        raise ConflictError(f"{task.name} cannot be corrected: {told}.{advice}", details=details)
    was = _CLOSED[task.status]
    for one in found.returns.values():
        acts.put(one.record, one.fields)
        tx.save(one.record)
    own = f"{task.name} is {task.status.said} again: it was {was} by mistake"
    for one in found.returns.values():
        summary = own if one.record is task else one.words[0].rstrip(".")
        bundle_id = task.bundle_id if isinstance(one.record, (Deliverable, Approval)) else None
        tx.record(Action.TASK_CORRECTED, one.record, summary, reason=words, bundle_id=bundle_id)
    for dependent in found.told:
        name = lost_blockers.as_seen_from(dependent, task)
        text = (
            f"{name}, which this task waits for, was {was} by mistake. It is {task.status.said} again: wait."
        )
        telling = mentions.responsible(tx, dependent)
        write_note(tx, dependent, text, NoteKind.SYSTEM, telling=telling)
    return found


def _closing(events: Sequence[Event]) -> Event | None:
    """Return the last move of a closed task, which closed it, from events in their order."""
    moves = (event for event in reversed(events) if event.action is Action.TASK_STATUS_CHANGED)
    return next(moves, None)


def _why_forbidden(tx: Transaction, task: Task, closing: Event | None) -> str | None:
    if may(tx.actor, Permission.DECIDE):
        return None
    is_own = closing is not None and closing.actor_id is not None and closing.actor_id == tx.actor.user_id
    if closing is None or not is_own:
        return f"Somebody else closed {task.name}: they, or a manager, may correct that."
    if tx.now - closing.occurred_at > TIME_TO_CORRECT:
        return f"You closed {task.name} more than 15 minutes ago: only a manager may correct that now."
    return None


def _own_fields(tx: Transaction, found: Plan, act: Act) -> None:
    """Take the task itself back to before the first move; whose work it was is never forgotten (S3)."""
    task = found.task
    own = [event for event in act.events if event.entity_id == task.task_id]
    since = [event for event in built_on.changes_since(tx, task, act) if event.entity_id == task.task_id]
    before = acts.fields_before(own)
    before.pop("worked_by", None)
    was_chosen = acts.fields_before([*own, *since])
    before |= {name: value for name, value in was_chosen.items() if name in _OF_QA}
    before["blocked_by"] = dependencies.first_open(tx, task)
    if "qa_reasons" in before:
        kept = [reason for reason in task.qa_reasons if reason in _CHOSEN_ALREADY]
        before["qa_reasons"] = list(dict.fromkeys([*before["qa_reasons"], *kept]))
    found.give(task, before, f"{task.name} is {TaskStatus(before['status']).said} again.")
    if task.qa_flagged and not before.get("qa_flagged", task.qa_flagged):
        found.returns[task.task_id].words.append("It leaves the QA queue.")


def _what_was_set_in_motion(tx: Transaction, found: Plan, act: Act) -> None:
    for record, events in act.changed(tx):
        if record is found.task:
            continue
        before, after = acts.fields_before(events), acts.fields_after(events)
        if isinstance(record, Task):
            if any(event.action is Action.TASK_BLOCKER_LOST for event in events):
                found.told.append(record)
            before = {name: value for name, value in before.items() if name in _DATES}
        if not before:
            continue
        now = record.to_data()
        is_closed = isinstance(record, Task) and record.is_terminal
        if not is_closed and all(now[name] == after[name] for name in before):
            found.give(record, before, _returned(tx, record, before))
        else:
            found.stays.append(_kept(record))


def _what_waits_again(tx: Transaction, found: Plan, waiting: Sequence[Task]) -> None:
    """Let what depends on the task wait for it again, each for the first of what it waits for."""
    tx.read_ahead({Task: dependencies.named_by(waiting)})
    for one in waiting:
        held_by = _first_open(tx, one, found.task)
        if one.blocked_by != held_by:
            name = lost_blockers.as_seen_from(found.task, one)
            blocker = lost_blockers.as_seen_from(one, found.task)
            waits = {"blocked_by": held_by, "freed_at": None, "freed_by": None}
            found.give(one, waits, f"{name} waits for {blocker} again.")


def _first_open(tx: Transaction, waiting: Task, reopened: Task) -> str | None:
    """Return the first of what a task waits for, as it stands once another is open again."""
    open_ones = {other.task_id for other in dependencies.open_among_known(tx, waiting)} | {reopened.task_id}
    return next((task_id for task_id in waiting.depends_on if task_id in open_ones), None)


def _returned(tx: Transaction, record: Record, before: Mapping[str, Any]) -> str:
    return " ".join(_words(tx, record, before))


def _words(tx: Transaction, record: Record, before: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(record, BundleLink):
        state, url = before.get("state", record.state), before.get("url", record.url)
        yield f"The link “{record.name}” is {state} again{f' with {url}' if url else ''}."
    elif isinstance(record, Bundle):
        yield f"The stage is {before['stage'].replace('_', ' ')} again."
    elif isinstance(record, Task):
        day = before.get("due_date")
        when = f"is due on {date.fromisoformat(day):%a %d %b %Y}" if day else "has no due date"
        yield f"{record.name} {when} again."
    elif isinstance(record, Deliverable):
        is_back = before.get("delivered_at") is not None
        yield f"{record.name} {'is with the partner again' if is_back else 'is not delivered any more'}."
    elif isinstance(record, Approval):
        row = tx.find_by_key(Deliverable, record.deliverable_id)
        yield f"The request to decide on {row.name if row else 'a version'} is open again."


def _kept(record: Record) -> str:
    if isinstance(record, BundleLink):
        return f"The link “{record.name}” stays as it is: somebody changed it since."
    if isinstance(record, Bundle):
        return f"The stage stays {record.stage.replace('_', ' ')}: the bundle was moved there since."
    if isinstance(record, Task):
        return f"The due date of {record.name} stays: it was moved, or the task closed, since."
    return "What was handed over stays as it is: it was changed since."
