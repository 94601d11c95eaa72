"""Undo: who has just made a slip takes it back, and everything is as it was before (D5).

What can be undone is told from the events of the act, so every verb whose act consists of nothing else offers
it: assigning and claiming, changes of fields and days, waiting, putting off, blocking, putting back, a
bundle's stage, watching and muting. Starts, completions, decisions, scores, submissions and uploads are none
of these.

An act that was undone is as if it had not been: the act before it is the last again, and can be undone next.

It is no move of the status table: each record gets the fields back that the act changed, with one event that
says so. Nothing may have happened to them since, nor on their tasks, but remarks; so what is given back was
right a moment ago. Only what others may have changed meanwhile is looked at again: who may have the task
(S3, S18), and what it waits for. Notes that were written along with the act stay, as all notes do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from engine.audit.models import Action, Event
from engine.corrections import acts
from engine.corrections.acts import Act
from engine.errors import ConflictError
from engine.reference.models import Employee
from engine.tasks import dependencies, judges, lost_blockers, moved
from engine.tasks.models import Proof, Task, TaskStatus
from engine.transaction import Transaction
from engine.watching import service as watching
from engine.watching.models import Watch, WatchMode

#: How long after the act it can be undone, by the store's clock. Pages offer it for ten seconds.
TIME_TO_UNDO = timedelta(minutes=1)
#: What a change that can be undone consists of, beside moves to where work rests.
_GIVEN_BACK = frozenset(
    {
        Action.TASK_ASSIGNED,
        Action.TASK_UPDATED,
        Action.HUMAN_REVIEW_VOIDED,
        Action.BUNDLE_REANCHORED,
        Action.BUNDLE_UPDATED,
        Action.BUNDLE_STAGE_CHANGED,
        Action.WATCH_CHANGED,
    }
)
#: Where work rests: a move to there is undone, one that begins or ends work is not.
RESTING = frozenset({TaskStatus.PENDING, TaskStatus.WAITING, TaskStatus.BLOCKED, TaskStatus.DEFERRED})


@dataclass(frozen=True)
class Undone:
    """An act that was taken back."""

    act: Act
    #: The act of the same person that is the last again on what this one changed, where it can be undone as
    #: well; None where there is none.
    act_before: str | None = None

    @property
    def message(self) -> str:
        """What is said about it."""
        return f"Undone: {self.act.summary}."


def is_offered(events: Sequence[Event]) -> bool:
    """Whether the act of these events can be undone; remarks along with it stay."""
    changes = [event for event in events if event.action not in acts.REMARKS]
    return bool(changes) and all(map(_is_given_back, changes))


def _is_given_back(event: Event) -> bool:
    if event.action is Action.TASK_STATUS_CHANGED:
        return (event.after or {}).get("status") in RESTING
    return event.action in _GIVEN_BACK


def undo(tx: Transaction, act_id: str) -> Undone:
    """Give everything that an act changed back, as it was before.

    Raises:
        NotFoundError: there is no such act, or somebody else did it.
        ConflictError: it has no undo, is too long ago, was undone already, or something has happened since to
            what it changed.
        OwnWorkError: who would get a task back has permitted that it runs, or accepted what proves it.
        DependencyCycleError: the tasks would wait for each other in a circle now.
    """
    act = acts.find(tx, act_id)
    _refuse_others(act)
    if tx.now - act.occurred_at > TIME_TO_UNDO:
        raise ConflictError(
            f"“{act.summary}” is more than a minute ago: it cannot be undone any more. Change it anew."
        )
    around = acts.events_around(tx, act)
    _refuse_after_more(act, around)
    tx.find_ahead("task_id", _given_back_to(tx, act), Proof)
    for record, events in act.changed(tx):
        before = acts.fields_before(events)
        if isinstance(record, Watch) and not before:  # nothing was said before the act
            before = {"mode": WatchMode.NORMAL}
        if isinstance(record, Task) and "assignee_id" in before:
            _refuse_assignee(tx, record, before["assignee_id"])
        acts.put(record, before)
        if isinstance(record, Task) and "depends_on" in before:
            _wait_again(tx, record)
        tx.save(record)
        concerning = watching.concerned(record) if isinstance(record, Watch) else ()
        fact = moved.of_changes(record, before.keys()) if isinstance(record, Task) else None
        summary = f"Undone: {events[0].summary}"
        tx.record(Action.CHANGE_UNDONE, record, summary, concerning=concerning, fact=fact)
        if isinstance(record, Task) and "depends_on" in before:
            _tell_of_loss(tx, record)
    return Undone(act, _act_before(tx, act, around))


def _given_back_to(tx: Transaction, act: Act) -> set[str]:
    """Return the tasks that change hands by the undo of an act."""
    return {
        record.task_id
        for record, events in act.changed(tx)
        if isinstance(record, Task) and acts.fields_before(events).get("assignee_id") is not None
    }


def _act_before(tx: Transaction, act: Act, around: Sequence[Event]) -> str | None:
    """Return the act that is the last again once this one is undone, where the actor may undo it now."""
    earlier = acts.standing(event for event in around if event.seq < act.events[0].seq)
    if not earlier:
        return None
    last, own = earlier[-1][0], (tx.actor.kind, tx.actor.user_id or None)
    is_own = (last.actor_kind, last.actor_id) == own and last.act_id is not None
    if not is_own or tx.now - last.occurred_at > TIME_TO_UNDO or not is_offered(earlier[-1]):
        return None
    before = acts.find(tx, str(last.act_id))
    return str(last.act_id) if is_offered(before.events) else None


def _refuse_others(act: Act) -> None:
    if any(event.action is Action.CHANGE_UNDONE for event in act.events):
        raise ConflictError("An undo cannot be undone. Make the change again.")
    if not is_offered(act.events):
        raise ConflictError(
            f"“{act.summary}” cannot be undone. What was closed by mistake can be corrected on its page."
        )


def _refuse_after_more(act: Act, around: Sequence[Event]) -> None:
    since = acts.standing(event for event in around if event.seq > act.last_seq)
    if not since:
        return
    if any(acts.is_undo_of(later, act) for later in since):
        raise ConflictError(f"“{act.summary}” was undone already.")
    raise ConflictError(
        f"“{act.summary}” cannot be undone any more: {since[0][0].actor_name} has changed more since. "
        "Change it anew."
    )


def _refuse_assignee(tx: Transaction, task: Task, employee_id: str | None) -> None:
    """Refuse to give a task back to who may not have it any more."""
    person = tx.find_by_key(Employee, employee_id) if employee_id is not None else None
    if person is not None and not person.is_active:
        raise ConflictError(
            f"{person.name} is not active any more, so {task.name} cannot go back to them. Assign it to "
            "somebody else."
        )
    judges.refuse_assignee(tx, task, employee_id)


def _wait_again(tx: Transaction, task: Task) -> None:
    """Let a task wait for what it waited for before, as that stands now."""
    dependencies.check_acyclic(tx, task.task_id, task.depends_on)
    task.blocked_by = dependencies.first_open(tx, task)


def _tell_of_loss(tx: Transaction, task: Task) -> None:
    """Tell whoever does a task where what it waits for again was lost meanwhile (DEP-06)."""
    blocker = tx.find_by_key(Task, task.blocked_by) if task.blocked_by is not None else None
    if blocker is not None:
        lost_blockers.tell_once(tx, task, blocker)
