"""Admins are told when something that is done by itself has failed."""

from __future__ import annotations

from collections.abc import Callable, Collection

from engine.accounts import actors
from engine.accounts.models import User
from engine.command import Services
from engine.jobs.claims import Claims
from engine.jobs.models import JobStatus
from engine.notifications.models import NotificationKind
from engine.notifications.service import JOBS, notify

_HAPPENED = {JobStatus.FAILED: "failed", JobStatus.UNKNOWN: "ended, and nobody knows how"}


def telling(services: Services, regular: Collection[str]) -> Callable[[str], None]:
    """Give what tells the admins that a job failed: in their inbox, and by the ways that they chose.

    Of each of the ``regular`` kinds they are told once in a day of the workspace, however often it fails.
    Of a message that could not be sent only the inbox tells: the next would fail, too.
    """

    def tell(job_id: str) -> None:
        with services.transaction(actors.system(services.workspace.workspace_id)) as tx:
            job = Claims(tx.database).find(job_id)
            if job is None or job.status not in _HAPPENED:
                return
            # What is done every few minutes goes on failing until somebody sees to it.
            which = f"{job.kind}:{tx.workspace_today}" if job.kind in regular else f"{job_id}:{job.ended_at}"
            admins = [user.user_id for user in tx.find(User) if actors.administers(user)]
            notify(
                tx,
                user_ids=admins,
                kind=NotificationKind.JOB_FAILED,
                title=f"{job.kind.replace('_', ' ').capitalize()} {_HAPPENED[job.status]}",
                lines=[job.outcome] if job.outcome else [],
                key=f"job:{which}",
                goes_out=job.kind not in JOBS.values(),
            )

    return tell
