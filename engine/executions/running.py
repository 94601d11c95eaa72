"""The job that runs one attempt, and whoever watches over it: it ends in time, or is left behind."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from engine.accounts import actors
from engine.audit.models import Action
from engine.catalog import executors as schemas
from engine.command import Services
from engine.errors import BadRequestError, WorkbenchError
from engine.executions import ending, outputs, policy, secret_use, service
from engine.executions.executors import EXECUTORS
from engine.executions.executors.base import Executor, ExecutorError, Facts, Result, StoppedError
from engine.executions.journal import UNFIT, Journal
from engine.executions.models import Execution, ExecutionProgress, ExecutionStatus
from engine.executions.outputs import KeptFile
from engine.executions.readers import reader_of
from engine.jobs.context import CancelledError, Context
from engine.jobs.port import Kind
from engine.secrets import names
from engine.secrets import service as secrets
from engine.tasks import moves
from engine.tasks.models import Task, TaskStatus
from engine.tasks.moves import MoveRequest
from engine.transaction import Transaction

_log = logging.getLogger(__name__)
#: So many characters are kept of a summary.
_LONGEST_SUMMARY = 1000
#: How often the lease is renewed, and an order to stop is heard of.
_LOOKS_EVERY = timedelta(seconds=2)
#: What was told to stop has so long to do so by itself; then it is left behind, and can write nothing more.
GRACE = timedelta(seconds=5)


@dataclass
class _Came:
    """What came of an executor, as far as it has come to an end."""

    result: Result | None = None
    #: The files of the result, their bytes kept.
    files: Sequence[KeptFile] = ()
    error: ExecutorError | None = None
    stack: str | None = None
    is_over: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, kw_only=True)
class _Ended:
    """How an attempt ended, as whoever watched over it knows."""

    result: Result | None
    #: The files of the result, their bytes kept.
    files: Sequence[KeptFile]
    error: ExecutorError | None
    stack: str | None
    steps: list[dict[str, Any]]
    logs: list[dict[str, Any]]
    task_id: str
    is_cancelled: bool
    is_late: bool


@dataclass(frozen=True)
class _Begun:
    executor: Executor
    journal: Journal
    task_id: str
    #: By the clock of this machine that only goes on.
    ends_at: float


def running(
    services: Services,
    executors: Mapping[str, Executor] = EXECUTORS,
    *,
    looks_every: timedelta = _LOOKS_EVERY,
    grace: timedelta = GRACE,
    only: Collection[str] | None = None,
) -> Kind:
    """Give the job that runs an execution, of those executors ``only`` where some are named.

    What another runs waits for a worker that has it: one of an older release takes nothing up that it would
    have to give back as failed.
    """
    workspace_id = services.workspace.workspace_id
    lanes = None if only is None else frozenset(service.lane_of(workspace_id, name) for name in only)

    def handle(context: Context) -> str:
        begun = _begin(services, context, executors)
        if begun is None:
            return "It is not run any more."
        came, ends_at = _Came(), begun.ends_at
        thread = threading.Thread(target=_do, args=(services, begun, came), name="executor", daemon=True)
        thread.start()
        is_cancelled = False
        try:
            while True:
                left = max(0.0, ends_at - time.monotonic())
                if came.is_over.wait(min(looks_every.total_seconds(), left)):
                    break
                context.hold()
                begun.journal.keep_lines()
                if time.monotonic() >= ends_at:
                    break
        except CancelledError:
            is_cancelled = True
        except WorkbenchError:  # lost, or not to be held any longer
            begun.journal.close()
            raise
        is_late = not is_cancelled and time.monotonic() >= ends_at
        begun.journal.stop()
        came.is_over.wait(grace.total_seconds())
        steps, logs = begun.journal.close()
        ended = _Ended(
            result=came.result,
            files=came.files,
            error=came.error,
            stack=came.stack,
            steps=steps,
            logs=logs,
            task_id=begun.task_id,
            is_cancelled=is_cancelled,
            is_late=is_late,
        )
        return _end(services, context, ended)

    return Kind(name=service.EXECUTE, handle=handle, is_slow=True, lanes=lanes)


def _do(services: Services, begun: _Begun, came: _Came) -> None:
    """Let the executor do it, whatever it meets, and keep the files that it made."""
    try:
        result = Result(**begun.journal.redacted(vars(begun.executor.run(begun.journal))))
        result = replace(result, summary=begun.journal.readable(result.summary)[:_LONGEST_SUMMARY])
        most = services.settings.max_upload_bytes
        came.files = outputs.keep(services.blobs, begun.journal, result.files, most)
        came.result = result
    except ExecutorError as error:
        error.code, error.message = map(begun.journal.readable, (error.code, error.message))
        came.error = error
    except StoppedError:
        pass
    except Exception as error:  # an executor that breaks is an attempt that failed
        _log.warning("the executor %s broke", begun.executor.key, exc_info=error)
        came.error = ExecutorError("EXECUTOR_BROKE", f"The executor broke: {type(error).__name__}.")
        came.stack = "".join(traceback.format_tb(error.__traceback__))[-4000:]
    finally:
        came.is_over.set()


def _begin(services: Services, context: Context, executors: Mapping[str, Executor]) -> _Begun | None:
    """Begin an attempt in one transaction; None where it is over, by now or by that."""
    with services.transaction(actors.system(services.workspace.workspace_id)) as tx:
        context.renew()
        one = tx.find_by_key(Execution, str(context.args["execution_id"]))
        if one is None or not one.is_live:
            context.finish("It is over.")
            return None
        # In one statement: whatever follows looks for the attempts at the task among these.
        tx.find_together((Task, {"task_id": one.task_id}), (Execution, {"task_id": one.task_id}))
        task = tx.get(Task, one.task_id)
        if one.status is ExecutionStatus.RUNNING:  # another worker began it, and was lost
            ending.close_lost(tx, one, task, context.effect_before)
            context.finish("Its worker was lost.")
            return None
        config = task.execution_config
        try:
            with tx.attempt():
                service.require_automated(task)
                one.status, one.started_at = ExecutionStatus.RUNNING, tx.now
                tx.save(one)
                moves.move(tx, task, TaskStatus.IN_PROGRESS)
        except WorkbenchError as refused:
            _refuse(tx, one, task, refused)
            context.finish(refused.message)
            return None
        executor = executors.get(one.executor)
        fault = next(schemas.faults(one.executor, config), None)
        if executor is None or fault is not None:
            why = fault.message if fault else f"There is no executor “{one.executor}” here."
            error = ExecutorError("CONFIG_INVALID" if fault else "NO_EXECUTOR", why)
            ending.close(tx, one, task, ExecutionStatus.FAILED, error=error)
            context.finish(why)
            return None
        plan, limits = executor.plan(config), policy.Limits.of(config)
        one.steps_total = len(plan)
        tx.save(one)
        summary = f"Attempt {one.attempt_number} at {task.name} began"
        tx.record(Action.EXECUTION_STARTED, one, summary, bundle_id=task.bundle_id)
        tx.add(ExecutionProgress(execution_id=one.execution_id, workspace_id=tx.workspace_id))
        ends_at = time.monotonic() + limits.attempt_seconds
        return _Begun(
            executor,
            Journal(
                services,
                context,
                one.execution_id,
                task.task_id,
                config=config,
                facts=_facts(tx, task),
                kept=ending.kept_of(tx, task),
                step_seconds=limits.step_seconds,
                ends_at=ends_at,
                open_secret=_opening(services, task),
                records=_telling(services, one.execution_id, task.task_id),
            ),
            task.task_id,
            ends_at,
        )


def _facts(tx: Transaction, task: Task) -> Facts:
    attempts = tx.find(Execution, task_id=task.task_id, order_by=("-attempt_number",))
    done = next((one for one in attempts if one.status is ExecutionStatus.COMPLETED), None)
    return Facts(
        task_id=task.task_id,
        task_uuid=task.task_uuid,
        now=tx.wall_clock,
        zone=tx.workspace_zone,
        created_at=task.created_at,
        deadline=task.deadline,
        follow_up_at=task.follow_up_at,
        outputs_before=(done.output or {}) if done is not None else {},
    )


def _refuse(tx: Transaction, one: Execution, task: Task, refused: WorkbenchError) -> None:
    """Close an attempt whose task may not be begun any more, and put the task back."""
    one.status, one.completed_at = ExecutionStatus.CANCELLED, tx.now
    one.error, one.error_code = refused.message, refused.code
    tx.save(one)
    summary = f"Attempt {one.attempt_number} at {task.name} was not begun"
    tx.record(Action.EXECUTION_ENDED, one, summary, reason=refused.message, bundle_id=task.bundle_id)
    if task.status is TaskStatus.QUEUED:
        moves.move(tx, task, TaskStatus.PENDING, MoveRequest(reason=moves.shortened(refused.message)))


def _opening(services: Services, task: Task) -> Callable[[str, str], str]:
    """Give what opens the secrets that a task's type lets be sent to some hosts, if it may use any.

    That is asked of the content as it is when a secret is opened: most attempts open none.
    """

    def open_secret(name: str, host: str) -> str:
        kind = services.content().task_types.get(task.task_type)
        if kind is None or host not in kind.secrets.get(name, ()):
            raise ExecutorError(
                "SECRET_FORBIDDEN",
                f"The task type {task.task_type} does not let the secret “{name}” be sent to {host}. "
                "Its `secrets` list which may be sent where.",
            )
        with services.reading(actors.system(services.workspace.workspace_id)) as tx:
            if (why := secret_use.refusal(tx, task)) is not None:
                raise ExecutorError("SECRET_FORBIDDEN", why)
            try:
                value = secrets.open_secret(services, tx, f"{names.TASK}{name}")
            except WorkbenchError as error:
                raise ExecutorError("SECRET_MISSING", error.message) from error
        if value is None:
            raise ExecutorError(
                "SECRET_MISSING",
                f"There is no secret “{name}”. Keep it: workbench secrets set {names.TASK}{name}",
            )
        return value

    return open_secret


def _telling(services: Services, execution_id: str, task_id: str) -> Callable[[str, Mapping[str, str]], Any]:
    """Give what returns the records that a task is about, as whoever the attempt is for may read them."""

    def records(about: str, asked: Mapping[str, str]) -> Any:
        try:
            with services.reading(actors.system(services.workspace.workspace_id)) as tx:
                reader = reader_of(tx, tx.get(Execution, execution_id), tx.get(Task, task_id))
            with services.reading(reader) as tx:
                return tx.wiring.sources[about](tx, tx.get(Task, task_id), asked)
        except WorkbenchError as error:
            raise ExecutorError("NOTHING_TO_TELL", error.message) from error

    return records


def _end(services: Services, context: Context, ended: _Ended) -> str:
    """Write what became of an attempt, with the end of its job; without what the store does not take."""
    try:
        return _write_end(services, context, ended)
    except BadRequestError as refused:
        _log.warning("what came of %s cannot be kept: %s", context.args["execution_id"], refused.message)
        bare = [{**step, "kept": None} for step in ended.steps]
        unfit = ExecutorError("ANSWER_UNFIT", UNFIT)
        return _write_end(
            services,
            context,
            replace(ended, result=None, files=(), error=unfit, stack=None, steps=bare, logs=[]),
        )


def _write_end(services: Services, context: Context, ended: _Ended) -> str:
    status = policy.outcome(
        ended.steps,
        is_done=ended.result is not None,
        is_cancelled=ended.is_cancelled,
        is_late=ended.is_late,
    )
    error = ended.error
    if status is ExecutionStatus.TIMED_OUT and error is None:
        error = ExecutorError("TIMED_OUT", "It took longer than it may (attempt_seconds).")
    with services.transaction(actors.system(services.workspace.workspace_id)) as tx:
        execution_id = str(context.args["execution_id"])
        tx.read_ahead({Execution: [execution_id], Task: [ended.task_id], ExecutionProgress: [execution_id]})
        one, task = tx.get(Execution, execution_id), tx.get(Task, ended.task_id)
        one.step_results, one.logs, one.error_stack = ended.steps, ended.logs, ended.stack
        ending.close(tx, one, task, status, error=error, result=ended.result, files=ended.files)
        context.finish(f"{one.said[0].upper()}{one.said[1:]}.")
    return one.said
