"""The commands of executions: running a task, and what people do about an attempt."""

from __future__ import annotations

from engine.access import Permission
from engine.command import AnyCommand, command
from engine.executions import inputs, service
from engine.executions.models import Execution, ExecutionStatus, Settlement
from engine.tasks import lookup
from engine.tasks.inputs import OnTask
from engine.tasks.models import Task
from engine.transaction import Transaction


def _execute(tx: Transaction, request: OnTask) -> Task:
    one = service.execute_task(tx, request.task_id, revision=request.revision)
    return lookup.find(tx, one.task_id)


def _cancelled(one: Execution) -> str:
    if one.status is ExecutionStatus.CANCELLED:
        return "Cancelled."
    return "It is told to stop, and begins nothing more; its end stands on the page."


def _settled(one: Execution) -> str:
    if one.settlement is Settlement.HAPPENED:
        return "It is kept that it happened."
    return "It is kept that it did not happen."


COMMANDS: tuple[AnyCommand, ...] = (
    command(
        "task execute",
        "Run an automated task: it is queued, and a worker does it.",
        input=OnTask,
        permission=Permission.WORK_OWN,
        run=_execute,
        message="It is queued: a worker runs it.",
    ),
    command(
        "execution cancel",
        "Call off an attempt at an automated task.",
        input=inputs.OnExecution,
        permission=Permission.WORK_OWN,
        run=lambda tx, request: service.cancel(tx, request.execution_id),
        message=_cancelled,
    ),
    command(
        "execution retry",
        "Run the task of an attempt again that failed or was called off.",
        input=inputs.OnExecution,
        permission=Permission.WORK_OWN,
        run=lambda tx, request: service.retry(tx, request.execution_id),
        message="It is queued: a worker runs it once more.",
    ),
    command(
        "execution settle",
        "Say whether what an attempt began on the other side happened, where nobody knows.",
        input=inputs.Settle,
        permission=Permission.WORK_OWN,
        run=lambda tx, request: service.settle(tx, request.execution_id, request.settlement, request.comment),
        message=_settled,
    ),
)
