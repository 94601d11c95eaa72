"""What executions contribute: who sees them, what begins by itself or is called off, what reports tell of."""

from __future__ import annotations

from engine.executions import service, told
from engine.executions.models import Execution, ExecutionStatus, Trigger
from engine.executions.reports import records
from engine.tasks import visibility
from engine.tasks.models import Task, TaskStatus
from engine.tasks.moved import Freed, HandedOn, LeftToPeople, Made, Moved, Permitted, Ranked
from engine.tasks.states import TERMINAL
from engine.transaction import Transaction
from engine.wiring import Wiring


def register(wiring: Wiring) -> None:
    """Add what this area contributes to ``wiring``."""
    wiring.visibility[Execution] = _sees
    wiring.sources["bundle"] = records.of_bundle
    wiring.changed_outside = service.changed_outside
    wiring.on(Moved, call_off_moved)
    wiring.on(Moved, stop_reminding)
    wiring.on(HandedOn, call_off_taken)
    wiring.on(HandedOn, rank)
    wiring.on(LeftToPeople, call_off_left)
    wiring.on(Ranked, rank)
    wiring.on(Made, begin_made)
    wiring.on(Freed, begin_freed)
    wiring.on(Permitted, begin_permitted)


def _sees(tx: Transaction, one: Execution) -> bool:
    """Whoever sees the task sees its attempts; a partner's people see no task."""
    task = tx.find_by_key(Task, one.task_id)
    return task is not None and visibility.sees(tx, task)


def call_off_moved(tx: Transaction, fact: Moved) -> None:
    """Call off what waits or runs where somebody moves its task elsewhere (a reaction)."""
    if not _may_run(fact.task) or (one := service.last_of(tx, fact.task)) is None or not one.is_live:
        return
    expected = TaskStatus.QUEUED if one.status is ExecutionStatus.QUEUED else TaskStatus.IN_PROGRESS
    if fact.task.status is not expected:
        service.call_off(tx, one, fact.task)


def stop_reminding(tx: Transaction, fact: Moved) -> None:
    """Take a reminder out of inboxes where somebody closes its task (RMD-08; a reaction)."""
    task = fact.task
    if tx.actor.user_id and task.status in TERMINAL and service.executor_of(task) == "reminder":
        told.take_back(tx, task)


def call_off_taken(tx: Transaction, fact: HandedOn) -> None:
    """Call off what waits or runs where a person takes the task over (a reaction)."""
    if _may_run(fact.task) and fact.task.assignee_id is not None:
        _call_off(tx, fact.task)


def call_off_left(tx: Transaction, fact: LeftToPeople) -> None:
    """Call off what waits or runs where no program does the task any more, and take back what it told.

    A reminder stands in inboxes until the task is closed by somebody, or nothing reminds of it (a reaction).
    """
    _call_off(tx, fact.task)
    last = service.last_of(tx, fact.task)
    if last is not None and last.executor == "reminder":
        told.take_back(tx, fact.task)


def _call_off(tx: Transaction, task: Task) -> None:
    one = service.last_of(tx, task)
    if one is None or not one.is_live or one.cancel_asked_at == tx.now:  # one act may do both
        return
    if not service.call_off(tx, one, task):
        tx.say("The attempt that runs is told to stop; its end stands on the page.")


def _may_run(task: Task) -> bool:
    """Whether an attempt at a task may wait or run: one that has no settings for it never had any."""
    return task.execution_type is not None or bool(task.execution_config)


def rank(tx: Transaction, fact: HandedOn | Ranked) -> None:
    """Let what waits take the place that its task has by now (a reaction); one act may do both."""
    if fact.task.execution_type is not None:
        service.rank(tx, fact.task)


def begin_made(tx: Transaction, fact: Made) -> None:
    """Begin a new task that is a program's, where nothing holds it back (a reaction)."""
    service.begin(tx, fact.task, Trigger.CREATION)


def begin_freed(tx: Transaction, fact: Freed) -> None:
    """Begin a task whose last dependency was satisfied (a reaction)."""
    service.begin(tx, fact.task, Trigger.DEPENDENCY_RELEASED)


def begin_permitted(tx: Transaction, fact: Permitted) -> None:
    """Begin a task that a human review permitted, unless it is planned for later (HRV-11; a reaction)."""
    service.begin(tx, fact.task, Trigger.REVIEW_APPROVED)
