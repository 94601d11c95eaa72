"""The commands of the queue: pausing executors, limits, draining workers, moving a task up."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from engine.access import Permission
from engine.command import AnyCommand, command
from engine.executions import control
from engine.inputs import FilledText, Input, lines
from engine.transaction import Transaction

_LONGEST_WHY = 500
_MOST = 1_000_000
_Why = Annotated[FilledText, Field(title="Why?", max_length=_LONGEST_WHY, json_schema_extra=lines(2))]


class OnExecutor(Input):
    """Which executor is meant."""

    #: What runs tasks, as `execution_config` calls it: `api_call`.
    executor: str = Field(title="Executor", min_length=1)


class Pause(OnExecutor):
    """An executor that is to begin nothing more for now."""

    #: For whoever finds their task waiting; it is shown there.
    why: _Why


class Stop(Input):
    """Why no automated work is to be begun."""

    #: For whoever finds their task waiting; it is shown there.
    why: _Why


class Start(Input):
    """All automated work that is not paused by itself."""


class Limit(OnExecutor):
    """How much of an executor is begun at most; what is left out is not limited any more."""

    #: How many run at the same time; left out, four.
    seats: int | None = Field(default=None, title="At the same time", ge=1, le=1000)
    #: How many are begun within any minute.
    per_minute: int | None = Field(default=None, title="In a minute", ge=1, le=_MOST)
    #: How many are begun within any 24 hours: the budget of what costs money.
    per_day: int | None = Field(default=None, title="In 24 hours", ge=1, le=_MOST)


class Advance(Input):
    """Which task is to be begun next."""

    #: Its number, id or UUID.
    task_id: str = Field(title="Task", min_length=1)


class OnWorker(Input):
    """Which worker is meant."""

    #: Its name, as the queue lists it.
    worker: str = Field(title="Worker", min_length=1)


def _pause(tx: Transaction, request: Pause) -> str:
    control.pause(tx, request.executor, request.why)
    return _said(request.executor)


def _resume(tx: Transaction, request: OnExecutor) -> str:
    control.resume(tx, request.executor)
    return _said(request.executor)


def _drain(tx: Transaction, request: OnWorker) -> str:
    control.drain(tx, request.worker)
    return f"The worker {request.worker}"


def _undrain(tx: Transaction, request: OnWorker) -> str:
    control.undrain(tx, request.worker)
    return f"The worker {request.worker}"


def _said(executor: str) -> str:
    """Return an executor, or the one of a lane, in people's words."""
    return executor.rpartition(":")[2].replace("_", " ")


COMMANDS: tuple[AnyCommand, ...] = (
    command(
        "queue pause",
        "Let an executor begin nothing more; what it runs goes on.",
        input=Pause,
        permission=Permission.WORK_ALL,
        run=_pause,
        message=lambda executor: f"{executor} begins nothing more until it is resumed.",
    ),
    command(
        "queue resume",
        "Let an executor begin what waits again.",
        input=OnExecutor,
        permission=Permission.WORK_ALL,
        run=_resume,
        message=lambda executor: f"{executor} goes on.",
    ),
    command(
        "queue stop",
        "Let no automated work be begun any more; what runs goes on.",
        input=Stop,
        permission=Permission.WORK_ALL,
        run=lambda tx, request: control.stop(tx, request.why),
        message="Nothing automated is begun until it is started again.",
    ),
    command(
        "queue start",
        "Let automated work be begun again after a stop.",
        input=Start,
        permission=Permission.WORK_ALL,
        run=lambda tx, _: control.start(tx),
        message="Automated work goes on.",
    ),
    command(
        "queue limit",
        "Say how many tasks of an executor run at a time, and are begun in a minute or in 24 hours.",
        input=Limit,
        permission=Permission.WORK_ALL,
        run=lambda tx, request: control.limit(
            tx,
            request.executor,
            seats=request.seats,
            per_minute=request.per_minute,
            per_day=request.per_day,
        ),
        message=lambda rule: f"Now of {_said(rule.name)}: {control.in_words(rule)}.",
    ),
    command(
        "queue advance",
        "Let a task that waits be the next that its executor begins.",
        input=Advance,
        permission=Permission.WORK_ALL,
        run=lambda tx, request: control.advance(tx, request.task_id),
        message=lambda one: f"It is the next that {_said(one.executor)} begins.",
    ),
    command(
        "queue drain",
        "Let a worker begin nothing more; it ends what it does.",
        input=OnWorker,
        permission=Permission.WORK_ALL,
        run=_drain,
        message=lambda worker: f"{worker} begins nothing more, and can be ended once it runs nothing.",
    ),
    command(
        "queue undrain",
        "Let a worker begin jobs again.",
        input=OnWorker,
        permission=Permission.WORK_ALL,
        run=_undrain,
        message=lambda worker: f"{worker} goes on.",
    ),
)
