"""The commands of jobs: calling one off, and saying how one ended of which nobody knew."""

from __future__ import annotations

from engine.access import Permission
from engine.command import AnyCommand, command
from engine.errors import ConflictError, NotFoundError
from engine.jobs import inputs
from engine.jobs.claims import Claims
from engine.jobs.models import Job, JobStatus
from engine.transaction import Transaction

_ENDS = {inputs.Ending.DONE: JobStatus.DONE, inputs.Ending.AGAIN: JobStatus.READY}
_SAID = {
    JobStatus.CANCELLED: "Cancelled.",
    JobStatus.RUNNING: "It is running: its worker is told, and leaves it before it begins anything outside.",
    JobStatus.DONE: "It is done.",
    JobStatus.READY: "It is tried once more.",
}


def _cancel(tx: Transaction, request: inputs.OnJob) -> JobStatus:
    job = _find(tx, request.job_id)
    status = Claims(tx.database).cancel(tx.connection, job.job_id)
    if status is None:
        raise ConflictError(f"{job.job_id} is {job.status}: there is nothing to cancel.")
    return status


def _resolve(tx: Transaction, request: inputs.Resolve) -> JobStatus:
    job, status = _find(tx, request.job_id), _ENDS[request.ending]
    told = f"{tx.actor.name}: {request.comment}"
    if not Claims(tx.database).resolve(tx.connection, job.job_id, status, told):
        raise ConflictError(f"{job.job_id} is {job.status}: nobody has to say how it ended.")
    return status


def _retry(tx: Transaction, request: inputs.OnJob) -> JobStatus:
    job = _find(tx, request.job_id)
    if not Claims(tx.database).try_again(tx.connection, job.job_id):
        hint = " Say first how it ended." if job.status is JobStatus.UNKNOWN else ""
        raise ConflictError(f"{job.job_id} is {job.status}: there is nothing to try again.{hint}")
    return JobStatus.READY


def _find(tx: Transaction, job_id: str) -> Job:
    job = Claims(tx.database).find(job_id)
    if job is None:
        raise NotFoundError(f"There is no job {job_id}. `workbench job list` shows them.")
    return job


COMMANDS: tuple[AnyCommand, ...] = (
    command(
        "job cancel",
        "Call a job off: at once while it waits, else before it begins anything outside.",
        input=inputs.OnJob,
        permission=Permission.ADMINISTER,
        run=_cancel,
        message=_SAID.__getitem__,
    ),
    command(
        "job retry",
        "Try once more what failed or was called off.",
        input=inputs.OnJob,
        permission=Permission.ADMINISTER,
        run=_retry,
        message=_SAID.__getitem__,
    ),
    command(
        "job resolve",
        "Say how a job ended whose worker was lost in the middle of it.",
        input=inputs.Resolve,
        permission=Permission.ADMINISTER,
        run=_resolve,
        message=_SAID.__getitem__,
    ),
)
