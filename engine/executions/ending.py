"""What became of an attempt, and what follows from it: for the task, and for whoever has to know."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from engine.accounts.models import User
from engine.audit.models import Action
from engine.bundles import service as bundles
from engine.catalog import executors as schemas
from engine.deliverables import approvals, versions
from engine.deliverables.models import Deliverable
from engine.errors import CompletionRefusedError, WorkbenchError
from engine.executions import outputs, policy, service, telling, told
from engine.executions.executors.base import ExecutorError, Result
from engine.executions.models import Execution, ExecutionProgress, ExecutionStatus, Trigger
from engine.executions.outputs import KeptFile
from engine.notifications.models import About, NotificationKind
from engine.notifications.service import notify
from engine.tasks import moves, proof
from engine.tasks.models import Task, TaskStatus
from engine.tasks.moves import MoveRequest
from engine.transaction import Transaction

_APPROVALS = frozenset({"APPROVAL_MISSING", "APPROVAL_STALE"})
_LONGEST_ERROR, _LONGEST_CODE = 2000, 100


def close(
    tx: Transaction,
    one: Execution,
    task: Task,
    status: ExecutionStatus,
    *,
    error: ExecutorError | None = None,
    result: Result | None = None,
    files: Sequence[KeptFile] = (),
) -> None:
    """End an attempt, in the transaction of the end of its job, and let its task go on.

    The files of one that is completed become outputs of the task, whatever became of that meanwhile. A task
    that somebody has taken on, moved or closed stays as it is, and one that was given to somebody is theirs
    to begin; its owner is told of what is in doubt all the same. What was called off is never tried again by
    itself, however it ended; what came to its end all the same is done.
    """
    is_its_own = _is_its_own(one, task)
    status, error, result = _written(tx, one, task, status, error, result)
    one.status, one.completed_at = status, tx.now
    _describe(one, error, result)
    when = _next_time(tx, one, task) if is_its_own else None
    if status is not ExecutionStatus.COMPLETED and when is None:
        one.step_results = [*service.begun_before(tx, one), *one.step_results]
    begun = next((step["name"] for step in one.step_results if step["state"] == "begun"), None)
    one.current_step = begun[:255] if begun else None
    if status is not ExecutionStatus.COMPLETED and policy.doubt(
        one.step_results, is_repeated=when is not None
    ):
        one.status = ExecutionStatus.UNKNOWN
    if one.status is ExecutionStatus.UNKNOWN:
        one.error = what_is_known(one)
        one.error_code = one.error_code or "IN_DOUBT"
    progress = tx.find_by_key(ExecutionProgress, one.execution_id)
    if progress is not None and (progress.steps or progress.logs):
        progress.steps, progress.logs = [], []
        tx.save(progress)
    tx.save(one)
    outputs.write(tx, one, task, files)
    summary = f"Attempt {one.attempt_number} at {task.name} ended: {one.said}"
    tx.record(Action.EXECUTION_ENDED, one, summary, reason=one.error, bundle_id=task.bundle_id)
    if one.status is ExecutionStatus.UNKNOWN:
        _tell(tx, one, task, f"{task.name}: nobody knows whether it happened", [one.error or ""])
    if not is_its_own:
        _leave_to_do(tx, one, task)
        return
    if one.status is ExecutionStatus.COMPLETED:
        _completed(tx, one, task, result or Result(summary="Done."))
    elif one.status is ExecutionStatus.UNKNOWN:
        reason = moves.shortened(one.error or "")  # nothing repeats it (D9)
        moves.move(tx, task, TaskStatus.BLOCKED, MoveRequest(reason=reason))
    elif one.status is ExecutionStatus.CANCELLED or one.cancel_asked_at is not None:
        moves.move(tx, task, TaskStatus.PENDING, MoveRequest(reason="The attempt was cancelled"))
    else:
        _failed(tx, one, task, when)


_Came = tuple[ExecutionStatus, ExecutorError | None, Result | None]


def _written(tx: Transaction, one: Execution, task: Task, *came: *_Came) -> _Came:
    """Write what Workbench tells people; return what became of the attempt by that (``base``, 10)."""
    status, _, result = came
    if status is not ExecutionStatus.COMPLETED or result is None or not result.is_written_here:
        return came
    if one.cancel_asked_at is not None or not _is_its_own(one, task):
        return ExecutionStatus.CANCELLED, None, None
    try:
        return status, None, telling.tell(tx, one, task, result) if result.messages else result
    except ExecutorError as refused:
        return ExecutionStatus.FAILED, refused, None


def _describe(one: Execution, error: ExecutorError | None, result: Result | None) -> None:
    """Write down how far an attempt came, what came out of it, and what it met."""
    one.steps_completed = sum(step["state"] == "done" for step in one.step_results)
    if one.started_at is not None and one.completed_at is not None:
        one.duration = round((one.completed_at - one.started_at).total_seconds(), 3)
    if one.status is ExecutionStatus.COMPLETED:
        one.output = dict(result.outputs) if result is not None else {}
    elif error is not None:
        one.error, one.error_code = error.message[:_LONGEST_ERROR], error.code[:_LONGEST_CODE]


def _next_time(tx: Transaction, one: Execution, task: Task) -> datetime | None:
    """Say when an attempt is tried again by itself; None where it is not."""
    if one.cancel_asked_at is not None or one.status not in policy.TRIED_AGAIN:
        return None
    if any(schemas.faults(one.executor, task.execution_config)):  # they say nothing of another attempt
        return None
    limits, chance = policy.Limits.of(task.execution_config), secrets.randbelow(1000) / 1000
    return policy.next_time(one, limits, task.max_retries, tx.wall_clock, chance)


def _is_its_own(one: Execution, task: Task) -> bool:
    """Whether a task still stands as its attempt left it, and is nobody's who took it over meanwhile."""
    if one.started_at is None:
        return task.status is TaskStatus.QUEUED
    if one.cancel_asked_at is not None and task.assignee_id is not None:
        return False
    # Whoever moves it away and back begins it anew.
    return task.status is TaskStatus.IN_PROGRESS and task.started_at == one.started_at


def _leave_to_do(tx: Transaction, one: Execution, task: Task) -> None:
    """Let whoever was given a task while it ran find it to do, and not as though they had begun it.

    Who took it has begun it. Where it is in doubt what was done, somebody looks before anything is begun.
    """
    stands = task.status is TaskStatus.IN_PROGRESS and task.started_at == one.started_at
    if not stands or task.assignee_id is None or one.status is ExecutionStatus.UNKNOWN:
        return
    giver = tx.find_by_key(User, one.cancel_asked_by) if one.cancel_asked_by else None
    if giver is None or giver.employee_id == task.assignee_id:
        return
    reason = f"It was given away while attempt {one.attempt_number} ran, which ended as {one.said}"
    moves.move(tx, task, TaskStatus.PENDING, MoveRequest(reason=reason))


def close_without_job(tx: Transaction, one: Execution, task: Task) -> None:
    """End an attempt whose job is not there any more: an export, which was brought in since, holds none.

    What waits was not begun; of what ran, nobody knows what it has done since the export was made.
    """
    if one.status is ExecutionStatus.RUNNING:
        close(tx, one, task, ExecutionStatus.UNKNOWN)
        return
    error = ExecutorError("JOB_LOST", "It was not begun, and nothing here runs it any more. Run it again.")
    close(tx, one, task, ExecutionStatus.CANCELLED, error=error)
    _tell(tx, one, task, f"{task.name} waits for somebody to run it again", [error.message])


def close_lost(tx: Transaction, one: Execution, task: Task, effect: str | None) -> None:
    """End an attempt whose worker was lost, by what its journal and its job say was begun.

    ``effect`` is the step that the ledger of jobs has as begun last: another one that the journal has as
    begun had not been, as the journal is written first.
    """
    progress = tx.find_by_key(ExecutionProgress, one.execution_id)
    if progress is None and one.status is ExecutionStatus.RUNNING:
        close(tx, one, task, ExecutionStatus.UNKNOWN)
        return
    if progress is not None:
        one.logs = progress.logs
        one.step_results = [
            {**step, "state": "undone"}
            if step["state"] == "begun" and step["effect"] != "none" and step["name"] != effect
            else step
            for step in progress.steps
        ]
    status = policy.outcome(one.step_results, is_done=False, is_cancelled=False, is_late=False)
    if status is ExecutionStatus.FAILED and one.cancel_asked_at is not None:
        status = ExecutionStatus.CANCELLED
    error = ExecutorError(policy.WORKER_LOST, "Its worker was lost; nothing that it began is in doubt.")
    close(tx, one, task, status, error=error)


def kept_of(tx: Transaction, task: Task) -> dict[str, dict[str, Any]]:
    """Return the steps that attempts at a task have done, by what makes them the same in another attempt."""
    attempts = tx.find(Execution, task_id=task.task_id, order_by=("attempt_number",))
    found: dict[str, dict[str, Any]] = {}
    for one in attempts:
        for step in one.step_results:
            if step["state"] == "done":
                found[step["request_hash"]] = step
    return found


def what_is_known(one: Execution) -> str:
    """Say of an attempt in doubt what was done, what was begun, and what to do."""
    begun = policy.doubt(one.step_results, is_repeated=False)
    done = [step["name"] for step in one.step_results if step["state"] == "done"]
    before = f"Done: {', '.join(done)}. " if done else ""
    known = f"“{begun['name']}” was begun" if begun else "It ran, and what it has done since is not kept"
    return (
        f"{before}{known}, and nobody knows whether it happened. It is not repeated by itself. "
        "Look at the other side, then say here whether it happened."
    )


def _completed(tx: Transaction, one: Execution, task: Task, result: Result) -> None:
    """Hand in what came out, then complete the task if it owes nothing more (EXE-28)."""
    task.result, task.result_summary = dict(result.outputs), result.summary
    tx.save(task)
    tx.record(Action.TASK_UPDATED, task, f"{task.name}: {result.summary}")
    if result.again_at is not None:
        moves.move(tx, task, TaskStatus.PENDING, MoveRequest(reason=moves.shortened(result.summary)))
        moves.move(tx, task, TaskStatus.QUEUED, MoveRequest(reason="It is run again later"))
        whose, when = one.triggered_by_user_id, result.again_at
        service.queue(tx, task, Trigger.SCHEDULED_TIME, not_before=when, set_off_by=whose)
        return
    troubles = list(_hand_in(tx, task, result))
    try:
        if not troubles:
            with tx.attempt():
                moves.move(tx, task, TaskStatus.COMPLETED)
            if task.notify_on_complete:
                _tell(tx, one, task, f"{task.name} was done by itself", [result.summary])
            return
    except CompletionRefusedError as refused:
        codes = {str(detail["code"]) for detail in refused.details}
        if codes <= _APPROVALS:
            try:
                with tx.attempt():
                    approvals.request(tx, task.task_id)
                return
            except WorkbenchError as error:
                troubles.append(error.message)
        troubles += [str(detail["message"]) for detail in refused.details]
    words = f"It ran, and cannot complete the task by itself. {' '.join(troubles)}"
    moves.move(tx, task, TaskStatus.HELP_NEEDED, MoveRequest(comment=moves.shortened(words)))


def _hand_in(tx: Transaction, task: Task, result: Result) -> list[str]:
    """Give proof, links and deliverables; return what could not be given, and why."""
    troubles: list[str] = []
    owed = (
        tx.find(Deliverable, task_id=task.task_id, order_by=("deliverable_id",))
        if result.deliverables
        else []
    )
    rows = {row.ref: row for row in owed}
    acts: list[Callable[[], object]] = [
        *(partial(proof.give, tx, task.task_id, *given) for given in result.proof.items()),
        *(
            partial(versions.edit, tx, rows[ref].deliverable_id, url=url)
            for ref, url in result.deliverables.items()
            if ref in rows
        ),
        *(partial(bundles.fill_link, tx, str(task.bundle_id), *given) for given in result.links.items()),
    ]
    troubles += [f"It owes no deliverable “{ref}”." for ref in result.deliverables if ref not in rows]
    for act in acts:
        try:
            with tx.attempt():
                act()
        except WorkbenchError as error:
            troubles.append(error.message)
    return troubles


def _failed(tx: Transaction, one: Execution, task: Task, when: datetime | None) -> None:
    """Try again at that time, else let it stay failed and tell somebody (EXE-11, AJB-04)."""
    if one.error_code != policy.WORKER_LOST:
        task.error_count += 1
    task.last_error = one.error
    if when is None:
        reason = moves.shortened(f"{one.error_code}: {one.error}")
        moves.move(tx, task, TaskStatus.FAILED, MoveRequest(reason=reason))
        if task.notify_on_failure:
            _tell(tx, one, task, f"{task.name} could not be done by itself", [one.error or ""])
        return
    reason = moves.shortened(f"Attempt {one.attempt_number} {one.said}: {one.error}")
    moves.move(tx, task, TaskStatus.PENDING, MoveRequest(reason=reason))
    moves.move(tx, task, TaskStatus.QUEUED, MoveRequest(reason="It is tried again"))
    service.queue(tx, task, Trigger.RETRY, not_before=when, after=one)


def _tell(tx: Transaction, one: Execution, task: Task, title: str, lines: list[str]) -> None:
    notify(
        tx,
        user_ids=[task.owner_id],
        kind=NotificationKind.AUTOMATION,
        title=title,
        lines=[line for line in lines if line],
        about=About(task_ids=(task.task_id,), bundle_id=task.bundle_id),
        key=told.key_of_end(one),
    )
