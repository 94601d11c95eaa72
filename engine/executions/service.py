"""Running a task: the one way in, calling an attempt off, and saying how one ended of which nobody knew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from engine.access import is_agent
from engine.audit.models import Action
from engine.catalog import executors
from engine.errors import (
    CompletionRefusedError,
    ConflictError,
    DependencyUnmetError,
    ExecutionRefusedError,
    ForbiddenError,
    NoExecutorError,
    NotAutomatedError,
    NotFoundError,
    TaskCancelledError,
    TaskCompletedError,
    TaskInDoubtError,
    TaskInProgressError,
    TaskRestsError,
    TaskScheduledError,
    TaskSkippedError,
    bad_field,
)
from engine.executions import told
from engine.executions.models import Execution, ExecutionStatus, Settlement, Trigger
from engine.inputs import strip_or_none
from engine.jobs import putting
from engine.jobs.claims import Claims
from engine.jobs.models import JobStatus, Lane
from engine.tasks import dependencies, lifecycle, moves
from engine.tasks.models import Task, TaskStatus, Urgency
from engine.tasks.moves import MoveRequest
from engine.tasks.states import walk_to
from engine.tasks.visibility import get_workable, refuse_others, sees
from engine.transaction import Transaction

#: The kind of job that runs an execution.
EXECUTE = "execute"
#: So many of one executor run at the same time, however many workers there are, unless a rule of its lane
#: says otherwise (EXE-25, ``control.limit``).
SEATS = 4
#: The job is taken up again where its worker is lost; the execution counts that, and ends it.
_BEGUN_AT_MOST = 100
_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
_S = TaskStatus
_FROM = frozenset({_S.PENDING, _S.QUEUED, _S.DEFERRED, _S.FAILED})
_CLOSED: dict[TaskStatus, type[ExecutionRefusedError]] = {
    _S.COMPLETED: TaskCompletedError,
    _S.CANCELLED: TaskCancelledError,
    _S.SKIPPED: TaskSkippedError,
}


def execute_task(
    tx: Transaction, task_id: str, trigger: Trigger = Trigger.MANUAL, *, revision: int | None = None
) -> Execution:
    """Queue an attempt at a task; it is the only way that one begins (EXE-06, CNF-31).

    Whoever asks for it by hand must be able to work on the task; every other trigger follows from an act that
    was permitted.

    Raises:
        NotFoundError, ForbiddenError: the task is not the actor's to work on (EXE-02).
        ExecutionRefusedError: one of its subclasses says why not (EXE-03, EXE-04, EXE-09, EXE-29, EXE-32).
        ReviewRequiredError: a human review must permit it first (EXE-05, S28).
    """
    if trigger in (Trigger.MANUAL, Trigger.SETTLED):
        task = get_workable(tx, task_id, revision)
    else:
        found = tx.find_by_key(Task, task_id)  # whoever set it off need not see it
        if found is None:
            raise NotFoundError(f"There is no task {task_id}.")
        task = found
    check(tx, task)
    if task.status is not _S.QUEUED:
        through = frozenset({_S.PENDING})
        for status in walk_to(f"Task {task.name}", task.status, _S.QUEUED, through=through):
            moves.move(tx, task, status)
    return queue(tx, task, trigger, not_before=tx.wall_clock)


def check(tx: Transaction, task: Task) -> None:
    """Refuse to run a task that may not be run now; raises as ``execute_task`` does."""
    if task.status in _CLOSED:
        raise _CLOSED[task.status](f"Task {task.name} is {task.status.said}: it is not run any more.")
    last = last_of(tx, task)
    if last is not None and last.is_in_doubt:
        raise TaskInDoubtError(
            f"Nobody knows how attempt {last.attempt_number} at task {task.name} ended. Say first whether it "
            f"happened: workbench execution settle {last.execution_id} happened --comment TEXT, or "
            "did_not_happen."
        )
    if task.status is _S.IN_PROGRESS or (last is not None and last.is_live):
        raise TaskInProgressError(
            f"Task {task.name} is being worked on"
            + (f": attempt {last.attempt_number} is {last.said}." if last and last.is_live else ".")
        )
    if task.status not in _FROM:
        raise TaskRestsError(
            f"Task {task.name} is {task.status.said}. Put it back to {_S.PENDING.said} first, then run it."
        )
    require_automated(task)
    executor = executor_of(task)
    if executor not in executors.SCHEMAS:
        known = ", ".join(sorted(executors.SCHEMAS))
        raise NoExecutorError(
            f"Nothing here can run task {task.name}: its executor is “{executor}”, and this release has "
            f"{known}. Do it by hand, or change its execution_config."
        )
    moves.check(tx, task, _S.QUEUED)
    if open_ones := dependencies.open_ones(tx, task):
        count = len(open_ones)
        raise DependencyUnmetError(
            f"Task {task.name} comes after {count} task{'s' if count > 1 else ''} still to be done: "
            "its page shows which."
        )
    if task.started_at is None and task.scheduled_for is not None and task.scheduled_for > tx.wall_clock:
        follows = ", and begins then" if begins_by_itself(task) else ""
        raise TaskScheduledError(
            f"Task {task.name} is planned for a later moment{follows}. To run it now, change scheduled_for "
            "or take it away."
        )


def require_automated(task: Task) -> None:
    """Refuse a task that people do.

    Raises:
        NotAutomatedError: no program does it.
    """
    if task.execution_type is None:
        raise NotAutomatedError(f"People do task {task.name}: its settings name nothing that runs it.")


def executor_of(task: Task) -> str:
    """Return what the task's settings call its executor; `human` where they name none."""
    return str(task.execution_config.get("executor") or "human")


def begins_by_itself(task: Task) -> bool:
    """Whether a task is a program's to begin, and this release has what runs it."""
    is_bots = task.assigned_to_bot or (task.execution_type is not None and task.execution_type == "scheduled")
    return is_bots and task.assignee_id is None and executor_of(task) in executors.SCHEMAS


def begin(tx: Transaction, task: Task, trigger: Trigger) -> None:
    """Queue a task that begins by itself; what may not be run yet waits for its next occasion."""
    is_planned = task.execution_type is not None and task.execution_type.value == "scheduled"
    if not begins_by_itself(task) or (is_planned and task.scheduled_for is None):
        return
    if task.scheduled_for is not None and task.scheduled_for > tx.wall_clock:  # also where it began before
        return
    try:
        check(tx, task)
    except ConflictError:
        return
    execute_task(tx, task.task_id, trigger)


def queue(
    tx: Transaction,
    task: Task,
    trigger: Trigger,
    *,
    not_before: datetime,
    after: Execution | None = None,
    set_off_by: str | None = None,
) -> Execution:
    """Add the next attempt at a task that is queued, with its job; ``after`` is the one that it repeats.

    Where it is nobody's act, it is set off by whoever set off the one that it repeats, or else by
    ``set_off_by``.
    """
    set_off_by = tx.actor.user_id or (after.triggered_by_user_id if after else set_off_by) or None
    executor, last = executor_of(task), last_of(tx, task)
    execution_id, is_lost = tx.new_id(Execution), after is not None and after.error_code == "WORKER_LOST"
    job_id = tx.new_id_with(putting.PREFIX)
    retries = task.max_retries if after is None else after.retries_left - (not is_lost)
    priority, ordinal = place_of(task)
    one = Execution(
        execution_id=execution_id,
        workspace_id=tx.workspace_id,
        task_id=task.task_id,
        template_id=task.template_id,
        execution_uuid=str(uuid5(NAMESPACE_URL, execution_id)),
        attempt_number=1 if last is None else last.attempt_number + 1,
        executor=executor,
        triggered_by=trigger,
        triggered_by_user_id=set_off_by,
        not_before=not_before,
        run_began_at=tx.now if after is None else after.run_began_at,
        retries_left=max(0, retries),
        lost_before=after.lost_before + 1 if after is not None and is_lost else 0,
        job=job_id,
        created_at=tx.now,
        updated_at=tx.now,
    )
    tx.add(one)
    putting.put_as(
        tx,
        job_id,
        EXECUTE,
        args={"execution_id": execution_id},
        key=key_of(execution_id),
        # What may begin at once does so by a clock that was set back meanwhile, too.
        not_before=not_before if not_before > tx.wall_clock else _AT_ONCE,
        lane=Lane(name=lane_of(tx.workspace_id, executor), seats=SEATS),
        max_attempts=_BEGUN_AT_MOST,
        priority=priority,
        ordinal=ordinal,
    )
    after_words = {"attempt_number": one.attempt_number, "executor": executor, "triggered_by": trigger.value}
    summary = f"Attempt {one.attempt_number} at {task.name} is queued"
    tx.record(Action.EXECUTION_QUEUED, one, summary, after=after_words, bundle_id=task.bundle_id)
    return one


def key_of(execution_id: str) -> str:
    """Return the key of the job that runs an attempt."""
    return f"execution:{execution_id}"


def lanes_of(workspace_id: str) -> str:
    """Return how the lanes of all executors of a workspace begin."""
    return f"executor:{workspace_id}:"


def lane_of(workspace_id: str, executor: str) -> str:
    """Return the lane of the ledger of jobs in which what an executor runs waits."""
    return f"{lanes_of(workspace_id)}{executor}"


def place_of(task: Task) -> tuple[int, int]:
    """Return priority and ordinal of a task's job: what matters more, is more urgent, is older (CNF-21)."""
    urgency = list(Urgency).index(task.urgency)
    return task.priority.rank * len(Urgency) + urgency, putting.milliseconds(task.created_at)


def rank(tx: Transaction, task: Task) -> None:
    """Give the attempt that waits the place that its task has now."""
    one = last_of(tx, task)
    if one is not None and one.status is ExecutionStatus.QUEUED and one.job is not None:
        Claims(tx.database).place(tx.connection, one.job, *place_of(task))


def of_task(tx: Transaction, task: Task, limit: int = 20, offset: int = 0) -> list[Execution]:
    """Return the attempts at a task, the newest first (EXE-19 to EXE-23)."""
    most = limit + offset
    return tx.find(Execution, task_id=task.task_id, order_by=("-attempt_number",), limit=most)[offset:]


def last_of(tx: Transaction, task: Task) -> Execution | None:
    """Return the last attempt at a task; None where there was none."""
    found = of_task(tx, task, limit=1)
    return found[0] if found else None


def changed_outside(tx: Transaction, task_ids: Sequence[str]) -> frozenset[str]:
    """Return which of some tasks have an attempt that did, or began, what changes something outside.

    Of one whose end nobody knows, and which has no steps any more, it is not known that it did not.
    """
    return frozenset(
        one.task_id
        for one in tx.find(Execution, task_id=list(task_ids))
        if any(step["effect"] != "none" and step["state"] != "undone" for step in one.step_results)
        or (one.status is ExecutionStatus.UNKNOWN and one.settlement is not Settlement.DID_NOT_HAPPEN)
    )


def cancel(tx: Transaction, execution_id: str) -> Execution:
    """Call an attempt off: at once while it is queued, else before it begins anything more.

    Raises:
        NotFoundError, ForbiddenError: its task is not the actor's to work on.
        ConflictError: it has ended.
    """
    one, task = _workable(tx, execution_id)
    if not one.is_live:
        raise ConflictError(f"{_named(one, task)} is over, as {one.said}: there is nothing to cancel.")
    call_off(tx, one, task)
    return one


def call_off(tx: Transaction, one: Execution, task: Task) -> bool:
    """Call an attempt off that waits or runs; return whether it is over with that.

    A task that was queued for it is to do again. What waits to repeat a step that is in doubt without that is
    over when the regular look ends it (``ending.close``).
    """
    one.cancel_asked_at, one.cancel_asked_by = tx.now, tx.actor.user_id or None
    status = Claims(tx.database).cancel(tx.connection, one.job) if one.job else None
    is_waiting = one.status is ExecutionStatus.QUEUED and status is not JobStatus.RUNNING
    is_over = is_waiting and not begun_before(tx, one)
    if is_over:
        one.status, one.completed_at = ExecutionStatus.CANCELLED, tx.now
    tx.save(one)
    action = Action.EXECUTION_ENDED if is_over else Action.EXECUTION_CANCEL_ASKED
    said = "was cancelled before it began" if is_over else "is being called off"
    tx.record(action, one, f"{_named(one, task)} {said}", bundle_id=task.bundle_id)
    if is_over and task.status is _S.QUEUED:
        moves.move(tx, task, _S.PENDING, MoveRequest(reason=f"Called off by {tx.actor.name}"))
    return is_over


def begun_before(tx: Transaction, one: Execution) -> list[dict[str, Any]]:
    """Return the steps that the attempts before one, of the same run, began with a key, and none has done."""
    attempts = tx.find(Execution, task_id=one.task_id, order_by=("attempt_number",))
    run = [
        other
        for other in attempts
        if other.run_began_at == one.run_began_at and other.attempt_number < one.attempt_number
    ]
    steps = [step for other in run for step in other.step_results]
    done = {step["request_hash"] for step in [*steps, *one.step_results] if step["state"] == "done"}
    begun = [step for step in steps if step["state"] == "begun" and step["effect"] == "keyed"]
    return list({step["request_hash"]: step for step in begun if step["request_hash"] not in done}.values())


def retry(tx: Transaction, execution_id: str) -> Execution:
    """Run the task of an attempt again that failed, took too long or was cancelled.

    Raises:
        ConflictError: it is not the last one, or did not end so.
        Others as ``execute_task``.
    """
    one, task = _workable(tx, execution_id)
    last = last_of(tx, task)
    repeatable = {ExecutionStatus.FAILED, ExecutionStatus.TIMED_OUT, ExecutionStatus.CANCELLED}
    if last is not None and last.execution_id != one.execution_id:
        raise ConflictError(f"{_named(one, task)} is not the last: attempt {last.attempt_number} is.")
    if one.status not in repeatable and not one.is_in_doubt and not one.is_live:
        raise ConflictError(f"{_named(one, task)} is {one.said}: there is nothing to try again.")
    return execute_task(tx, task.task_id)


def settle(tx: Transaction, execution_id: str, settlement: Settlement, comment: str) -> Execution:
    """Say whether what was in doubt happened, and tell the actor what follows from that.

    Where it did, the task goes on as the actor's, who completes it as soon as it owes nothing more. Where it
    did not, the task is run again. A task that somebody has gone on with by hand stays as it is.

    Raises:
        NotFoundError, ForbiddenError: its task is not the actor's to work on, or the actor is no person (D9).
        ConflictError: it is known how it ended.
        BadRequestError: nothing says how the actor knows.
        Others as ``execute_task``, where it is run again.
    """
    one, task = _workable(tx, execution_id)
    if is_agent(tx.actor):
        raise ForbiddenError(
            f"{_named(one, task)} is in doubt: a person looks whether it happened, and says so here. Ask one."
        )
    words = strip_or_none(comment)
    if words is None:
        raise bad_field("comment", "say how you know, for whoever asks later")
    if not one.is_in_doubt:
        raise ConflictError(f"{_named(one, task)} is {one.said}: nobody has to say how it ended.")
    one.settlement, one.settled_as = settlement, words
    one.settled_by, one.settled_at = tx.actor.user_id or None, tx.now
    did_happen = settlement is Settlement.HAPPENED
    state = "done" if did_happen else "undone"
    one.step_results = [
        {**step, "state": state} if step["state"] == "begun" else step for step in one.step_results
    ]
    tx.save(one)
    said = "happened" if did_happen else "did not happen"
    summary = f"{tx.actor.name} found that attempt {one.attempt_number} at {task.name} {said}"
    tx.record(Action.EXECUTION_SETTLED, one, summary, reason=words, bundle_id=task.bundle_id)
    told.take_back_doubt(tx, one, task)
    if task.is_terminal or task.status is not _S.BLOCKED:
        tx.say(f"Task {task.name} is {task.status.said}, and stays so: nothing is run by this.")
        return one
    if did_happen:
        moves.move(tx, task, _S.IN_PROGRESS, MoveRequest(reason=words))
        try:
            with tx.attempt():
                lifecycle.complete(tx, task.task_id)
            tx.say("The task is completed as yours.")
        except CompletionRefusedError as refused:
            tx.say(f"The task goes on as yours: {refused.message}")
        return one
    moves.move(tx, task, _S.PENDING, MoveRequest(reason=words))
    execute_task(tx, task.task_id, Trigger.SETTLED)
    tx.say("The task is run again.")
    return one


def _workable(tx: Transaction, execution_id: str) -> tuple[Execution, Task]:
    """Return an attempt, with the task, that the actor may change.

    Raises:
        NotFoundError, ForbiddenError: it is not.
    """
    one = tx.find_by_key(Execution, execution_id)
    task = tx.find_by_key(Task, one.task_id) if one is not None else None
    if one is None or task is None or not sees(tx, task):
        raise NotFoundError(f"There is no execution {execution_id} that you may see. Check the id.")
    refuse_others(tx, task)
    return one, task


def _named(one: Execution, task: Task) -> str:
    return f"Attempt {one.attempt_number} at task {task.name}"
