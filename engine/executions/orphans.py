"""The regular look: attempts whose job has no worker any more are closed, and what is planned begins."""

from __future__ import annotations

import logging
from collections.abc import Callable

from engine.accounts import actors
from engine.command import Services
from engine.errors import WorkbenchError
from engine.executions import ending, queries, service
from engine.executions.models import Execution, ExecutionStatus, Trigger
from engine.jobs.claims import Claims
from engine.jobs.context import Context
from engine.jobs.models import Job, JobStatus
from engine.jobs.port import Kind
from engine.jobs.regular import Regular
from engine.tasks.models import Task
from engine.transaction import Transaction

_log = logging.getLogger(__name__)
LOOK = Regular(
    name="look_at_executions",
    when="* * * * *",
    purpose="begins automated tasks whose time has come, and closes attempts that lost their worker",
)


def looking(services: Services) -> Kind:
    """Give the job that looks after executions (EXE-24, EXE-26)."""

    def look(context: Context) -> str:
        system = actors.system(services.workspace.workspace_id)
        with services.reading(system) as tx:
            lost = [
                one.execution_id
                for one in tx.find(Execution, is_live=True)
                if not _is_held(one, _job_of(tx, one))
            ]
            due = queries.due(tx)
        closed = begun = 0
        for execution_id in lost:
            context.renew()
            try:
                with services.transaction(system) as tx:
                    closed += close(tx, execution_id)
            except Exception:  # the others are looked at all the same, and this one again the next time
                _log.exception("%s cannot be closed", execution_id)
        for task_id in due:
            context.renew()
            try:
                with services.transaction(system) as tx:
                    service.execute_task(tx, task_id, Trigger.SCHEDULED_TIME)
                    begun += 1
            except WorkbenchError as refused:
                _log.info("%s does not begin: %s", task_id, refused.message)
        return f"{begun} begun, {closed} closed." if begun or closed else "Nothing is due."

    return Kind(name=LOOK.name, handle=look)


def close(tx: Transaction, execution_id: str) -> bool:
    """Close an attempt whose job is held by nobody; return whether it was one."""
    one = tx.find_by_key(Execution, execution_id)
    if one is None or not one.is_live or _is_held(one, job := _job_of(tx, one)):
        return False
    task = tx.get(Task, one.task_id)
    if job is None:
        ending.close_without_job(tx, one, task)
        return True
    if job.status is JobStatus.CANCELLED and one.status is ExecutionStatus.QUEUED:
        ending.close(tx, one, task, ExecutionStatus.CANCELLED)
        return True
    if job.status is JobStatus.READY and not Claims(tx.database).end_waiting(
        tx.connection, job.job_id, "its worker was lost"
    ):
        return False  # a worker has taken it up since, and closes it
    ending.close_lost(tx, one, task, job.effect)
    if job.status is JobStatus.UNKNOWN:
        in_doubt = one.status is ExecutionStatus.UNKNOWN
        said = "the execution says what is known" if in_doubt else "what it began is known"
        Claims(tx.database).resolve(tx.connection, job.job_id, JobStatus.DONE, said)
    return True


def _job_of(tx: Transaction, one: Execution) -> Job | None:
    return Claims(tx.database).find(one.job) if one.job else None


def _is_held(one: Execution, job: Job | None) -> bool:
    """Whether a worker has the job, or one takes it up that begins the attempt by that.

    The job of what was begun waits for another worker where the one that began it was lost. That closes the
    attempt as well, but may take it up long after: what is held back, or used up, takes up nothing.
    """
    if job is None:
        return False
    is_waiting = job.status is JobStatus.READY and one.status is ExecutionStatus.QUEUED
    return is_waiting or job.status is JobStatus.RUNNING


def telling(services: Services, otherwise: Callable[[str], None]) -> Callable[[str], None]:
    """Give what closes the attempt of a job that failed for good, and tells others of all ``otherwise``."""

    def tell(job_id: str) -> None:
        with services.transaction(actors.system(services.workspace.workspace_id)) as tx:
            job = Claims(tx.database).find(job_id)
            if job is not None and job.kind == service.EXECUTE:
                for one in tx.find(Execution, is_live=True):
                    if one.job == job_id:
                        close(tx, one.execution_id)
                return
        otherwise(job_id)

    return tell
