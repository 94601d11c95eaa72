"""Holding automated work back, and how much of it is begun at a time: executors, workers, all of it.

What is said here is obeyed by the ledger of jobs from the commit on; what runs goes on to its end. Each act
is an event of the workspace. The rules themselves are ledger state (``engine.jobs.lanes``).
"""

from __future__ import annotations

from typing import Any

from engine.accounts.models import Workspace
from engine.audit.models import Action
from engine.catalog import executors
from engine.clock import in_zone
from engine.errors import ConflictError, NotFoundError, bad_field
from engine.executions import service
from engine.executions.models import Execution, ExecutionStatus
from engine.jobs.claims import MOVED_UP, Claims
from engine.jobs.lanes import Lanes, Rule
from engine.jobs.putting import milliseconds
from engine.jobs.workers import Workers
from engine.tasks import lookup
from engine.transaction import Transaction


def pause(tx: Transaction, executor: str, why: str) -> None:
    """Let an executor begin nothing more in the workspace; what it runs goes on.

    Raises:
        BadRequestError: there is no such executor.
        ConflictError: it is paused.
    """
    if not _hold(tx, executor, is_held=True, why=why):
        raise ConflictError(
            f"{executor} is paused already. To let it go on: workbench queue resume {executor}"
        )
    _record(tx, Action.EXECUTOR_PAUSED, f"{executor} begins nothing more", {"executor": executor}, why)


def resume(tx: Transaction, executor: str) -> None:
    """Let an executor begin what waits.

    Raises:
        BadRequestError: there is no such executor.
        ConflictError: it is not paused.
    """
    if not _hold(tx, executor, is_held=False, why=None):
        raise ConflictError(f"{executor} is not paused: there is nothing to resume.")
    _record(tx, Action.EXECUTOR_RESUMED, f"{executor} goes on", {"executor": executor})


def stop(tx: Transaction, why: str) -> None:
    """Let no executor of the workspace begin anything more; what runs goes on.

    Raises:
        ConflictError: all is stopped.
    """
    if not _hold_all(tx, is_held=True, why=why):
        raise ConflictError("All automated work is stopped already. To let it go on: workbench queue start")
    _record(tx, Action.AUTOMATION_STOPPED, "No automated work is begun any more", {}, why)


def start(tx: Transaction) -> None:
    """Let the executors begin what waits again, but for those that are paused by themselves.

    Raises:
        ConflictError: nothing was stopped.
    """
    if not _hold_all(tx, is_held=False, why=None):
        raise ConflictError("Automated work is not stopped: there is nothing to start.")
    _record(tx, Action.AUTOMATION_STARTED, "Automated work goes on", {})


def limit(
    tx: Transaction, executor: str, *, seats: int | None, per_minute: int | None, per_day: int | None
) -> Rule:
    """Say how much of an executor is begun at most in the workspace; None takes a limit away.

    Without ``seats`` so many run at the same time as ``service.SEATS`` says. ``per_day`` is the budget of
    what costs money with each call: attempts within any 24 hours, as the ledger of jobs has begun them.

    Raises:
        BadRequestError: there is no such executor.
    """
    lane, lanes = lane_of(tx, executor), Lanes(tx.database)
    lanes.limit(tx.connection, lane, seats=seats, per_minute=per_minute, per_day=per_day)
    after = {"executor": executor, "seats": seats, "per_minute": per_minute, "per_day": per_day}
    _record(tx, Action.EXECUTOR_LIMITED, f"{executor}: {in_words(lanes.find(lane))}", after)
    return lanes.find(lane)


def in_words(rule: Rule) -> str:
    """Say what a rule allows of an executor."""
    seats = service.SEATS if rule.seats is None else rule.seats
    limits = [f"{seats} at a time"]
    limits += [f"{rule.per_minute} begun in a minute"] if rule.per_minute is not None else []
    limits += [f"{rule.per_day} begun in 24 hours"] if rule.per_day is not None else []
    return ", ".join(limits)


def advance(tx: Transaction, task_id: str) -> Execution:
    """Let the attempt at a task that waits be the next that its executor begins.

    Raises:
        NotFoundError: there is no such task that the actor may see.
        ConflictError: no attempt at it waits for a worker, or it waits for its moment.
    """
    task = lookup.find(tx, task_id)
    one = service.last_of(tx, task)
    if one is not None and one.status is ExecutionStatus.QUEUED and one.not_before > tx.wall_clock:
        when = in_zone(one.not_before, tx.timezone)
        raise ConflictError(
            f"Attempt {one.attempt_number} at task {task.name} begins at {when:%H:%M:%S on %Y-%m-%d}, and no "
            "sooner: only what waits for a worker can be moved up."
        )
    priority, ordinal = MOVED_UP, -milliseconds(tx.now)  # what was moved up last comes first
    if (
        one is None
        or one.status is not ExecutionStatus.QUEUED
        or one.job is None
        or not Claims(tx.database).place(tx.connection, one.job, priority, ordinal)
    ):
        raise ConflictError(
            f"No attempt at task {task.name} waits for a worker: only what waits can be moved up."
        )
    summary = f"Attempt {one.attempt_number} at {task.name} is begun next"
    tx.record(Action.EXECUTION_MOVED_UP, one, summary, bundle_id=task.bundle_id)
    return one


def drain(tx: Transaction, worker: str) -> None:
    """Let a worker begin nothing more; it ends what it does, and stays.

    Raises:
        NotFoundError: no such worker is listed.
        ConflictError: it is drained.
    """
    _drain(tx, worker, is_draining=True)
    _record(tx, Action.WORKER_DRAINED, f"The worker {worker} begins nothing more", {"worker": worker})


def undrain(tx: Transaction, worker: str) -> None:
    """Let a worker begin jobs again.

    Raises:
        NotFoundError: no such worker is listed.
        ConflictError: it is not drained.
    """
    _drain(tx, worker, is_draining=False)
    _record(tx, Action.WORKER_UNDRAINED, f"The worker {worker} goes on", {"worker": worker})


def _drain(tx: Transaction, worker: str, *, is_draining: bool) -> None:
    workers = Workers(tx.database)
    if worker not in {one.name for one in workers.listed()}:
        raise NotFoundError(f"There is no worker {worker}. `workbench queue` lists them.")
    if not workers.drain(tx.connection, worker, is_draining=is_draining):
        raise ConflictError(
            f"The worker {worker} {'begins nothing more already' if is_draining else 'is not drained'}."
        )


def _hold(tx: Transaction, executor: str, *, is_held: bool, why: str | None) -> bool:
    lane, by = lane_of(tx, executor), tx.actor.name
    return Lanes(tx.database).hold(tx.connection, lane, is_held=is_held, by=by, why=why)


def _hold_all(tx: Transaction, *, is_held: bool, why: str | None) -> bool:
    lanes, by = service.lanes_of(tx.workspace_id), tx.actor.name
    return Lanes(tx.database).hold(tx.connection, lanes, is_held=is_held, by=by, why=why, is_prefix=True)


def lane_of(tx: Transaction, executor: str) -> str:
    """Return the lane of an executor in the workspace.

    Raises:
        BadRequestError: there is no such executor.
    """
    if executor not in executors.SCHEMAS:
        known = ", ".join(sorted(executors.SCHEMAS))
        raise bad_field("executor", f"There is no executor “{executor}”. This release has {known}.")
    return service.lane_of(tx.workspace_id, executor)


def _record(
    tx: Transaction, action: Action, summary: str, after: dict[str, Any], reason: str | None = None
) -> None:
    tx.record(action, tx.get(Workspace, tx.workspace_id), summary, after=after, reason=reason)
