"""Telling of blockers that are lost: failed or cancelled tasks that others wait for (DEP-06, OPQ-30)."""

from __future__ import annotations

from collections.abc import Sequence

from engine.accounts import judging
from engine.audit.models import Action, Event
from engine.tasks import mentions
from engine.tasks.models import NoteKind, Task, TaskStatus
from engine.tasks.moved import Moved
from engine.tasks.notes import write_note
from engine.tasks.queries.dependents import blocked_by_any, open_dependents
from engine.transaction import Transaction

#: What a blocker comes to that releases nobody.
LOST = {TaskStatus.FAILED: "has failed", TaskStatus.CANCELLED: "was cancelled"}


def tell_dependents(tx: Transaction, fact: Moved) -> None:
    """Tell whoever does the tasks that wait for one that failed or was cancelled (DEP-06, OPQ-30).

    The dependents stay blocked: people decide how to go on.
    """
    if fact.after in LOST:
        for task_id in open_dependents(tx, fact.task):
            dependent = tx.find_by_key(Task, task_id)
            if dependent is not None and fact.task.task_id in dependent.depends_on:
                _tell(tx, dependent, fact.task)


def tell_others(tx: Transaction, lost: Sequence[Task]) -> None:
    """Tell of tasks that were lost together, with their whole bundle: whoever waits for one stands elsewhere.

    One read for all of them, where ``tell_dependents`` would take one for each.
    """
    by_id = {task.task_id: task for task in lost}
    for task_id, blocker_id in blocked_by_any(tx, list(by_id)):
        dependent = tx.find_by_key(Task, task_id)
        if dependent is not None and blocker_id in dependent.depends_on:
            _tell(tx, dependent, by_id[blocker_id])


def tell_once(tx: Transaction, dependent: Task, blocker: Task) -> None:
    """Tell of a blocker that was lost before the dependent came to wait for it, unless that was told then."""
    is_open = not dependent.is_terminal
    if is_open and blocker.status in LOST and not _was_told(tx, dependent, blocker):
        _tell(tx, dependent, blocker)


def is_lost_by_actor(tx: Transaction, task: Task) -> bool:
    """Whether a task failed or was cancelled by the actor, under this account or another of theirs."""
    if task.status not in LOST:
        return False
    moves = tx.find(
        Event, task_id=task.task_id, action=Action.TASK_STATUS_CHANGED, order_by=("-seq",), limit=1
    )
    return judging.relation(tx, [move.actor_id for move in moves if move.actor_id], None).is_own_work


def as_seen_from(task: Task, other: Task) -> str:
    """Return another task's name for the readers of ``task``: who sees one of a bundle sees all of it."""
    is_seen = task.bundle_id is not None and task.bundle_id == other.bundle_id
    return other.name if is_seen else f"#{other.task_number}"


def _tell(tx: Transaction, dependent: Task, lost: Task) -> None:
    name = as_seen_from(dependent, lost)
    text = f"{name}, which this task waits for, {LOST[lost.status]}."
    again = " If it is tried again, just wait." if lost.status is TaskStatus.FAILED else ""
    way_on = " Take it out of the dependencies, skip this task, or cancel it."
    write_note(tx, dependent, f"{text}{again}{way_on}", NoteKind.SYSTEM, telling=_responsible(tx, dependent))
    after = {"lost_task_id": lost.task_id, "lost_task_number": lost.task_number, "lost_status": lost.status}
    tx.record(
        Action.TASK_BLOCKER_LOST,
        dependent,
        f"{dependent.name} stays blocked: {name} {LOST[lost.status]}",
        after=after,
    )


def _was_told(tx: Transaction, dependent: Task, lost: Task) -> bool:
    """Whether the loss was told when it happened, to all tasks of its bundle at once."""
    told = tx.find(Event, task_id=dependent.task_id, action=Action.TASK_BLOCKER_LOST)
    return any((event.after or {}).get("lost_task_id") == lost.task_id for event in told)


def _responsible(tx: Transaction, task: Task) -> list[str]:
    """Return who is to be told: the assignee, else the owner, employee or not (R21)."""
    return [task.assignee_id] if task.assignee_id is not None else mentions.of_user(tx, task.owner_id)
