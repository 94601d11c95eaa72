"""Asking for an export: a job writes it into the folder that those of the nights go to."""

from __future__ import annotations

from engine.access import Permission
from engine.command import AnyCommand, command
from engine.errors import ConflictError
from engine.inputs import Input
from engine.jobs import putting
from engine.jobs.claims import Claims
from engine.jobs.models import Job, JobStatus, Lane
from engine.transaction import Transaction

#: The kind of job that writes it; the id of the job is that of the export.
KIND = "export_asked"
_ONE_AT_A_TIME = Lane(name=KIND)
_UNDER_WAY = (JobStatus.READY, JobStatus.RUNNING)
_MOST_ATTEMPTS = 3


class MakeExport(Input):
    """All that the workspace holds when it is written."""


def latest(tx: Transaction) -> Job | None:
    """Return the export that was asked for last, as its job stands; None where none was, lately."""
    return next(iter(Claims(tx.database).last_of([KIND])), None)


def asked(tx: Transaction, export_id: str) -> Job | None:
    """Return the job of an export that was asked for; None where that is unknown by now."""
    found = Claims(tx.database).find(export_id)
    return found if found is not None and found.kind == KIND else None


def ask(tx: Transaction) -> Job:
    """Have a job write an export of everything.

    Raises:
        ConflictError: there is no folder for it, or one is under way.
    """
    if not tx.settings.export_folder:
        raise ConflictError(
            "Exports are kept nowhere: `export_folder` is not set. Ask the operator to name a folder."
        )
    before = latest(tx)
    if before is not None and before.status in _UNDER_WAY:
        raise ConflictError(f"An export is under way already, {before.job_id}. Wait for that one.")
    putting.put(
        tx, KIND, args={}, key=None, not_before=tx.now, lane=_ONE_AT_A_TIME, max_attempts=_MOST_ATTEMPTS
    )
    put = latest(tx)
    if put is None:
        raise RuntimeError("a job that was just put is not there")
    return put


COMMANDS: tuple[AnyCommand, ...] = (
    command(
        "export make",
        "Have an export of everything written into the folder of the exports.",
        input=MakeExport,
        permission=Permission.EXPORT,
        run=lambda tx, _: ask(tx),
        message=lambda job: f"The export {job.job_id} is written as soon as a worker is free.",
    ),
)
