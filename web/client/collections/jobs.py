"""The calls of jobs; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from typing import Literal

from .. import models
from ..answers import Answer, Listing
from ..collection import Collection
from ..given import in_path
from .ids import JobId


class Jobs(Collection):
    """The calls of jobs."""

    def list(
        self,
        *,
        status: Literal["ready", "running", "done", "failed", "cancelled", "unknown"] | None = None,
        limit: int | None = None,
    ) -> Listing[models.Job]:
        """List: What is done by itself, what was put last first; for admins.

        Args:
            status: Those that stand so alone.
            limit: How many are given at most, else all.
        """
        return self._list(models.Job, "jobs", "/api/jobs", {"status": status}, limit)

    def get(self, job_id: JobId) -> models.Job:
        """Get one: What is done by itself, what was put last first; for admins.

        Args:
            job_id: Its id, in any of its forms.
        """
        return self._get(models.Job, f"/api/jobs/{in_path(job_id, 'job_id')}", {})

    def cancel(self, job_id: JobId, *, idempotency_key: str | None = None) -> Answer[models.JobStatus]:
        """Call a job off: at once while it waits, else before it begins anything outside.

        Args:
            job_id: Its id, as `job list` shows it.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.JobStatus, "POST", f"/api/jobs/{in_path(job_id, 'job_id')}/cancel", {}, key=idempotency_key
        )

    def resolve(
        self,
        job_id: JobId,
        *,
        comment: str,
        ending: Literal["done", "again"],
        idempotency_key: str | None = None,
    ) -> Answer[models.JobStatus]:
        """Say how a job ended whose worker was lost in the middle of it.

        Args:
            job_id: Its id, as `job list` shows it.
            comment: How you know; it is kept with the job.
            ending: `done`, or `again` where nothing was done.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.JobStatus,
            "POST",
            f"/api/jobs/{in_path(job_id, 'job_id')}/resolve",
            {"comment": comment, "ending": ending},
            key=idempotency_key,
        )

    def retry(self, job_id: JobId, *, idempotency_key: str | None = None) -> Answer[models.JobStatus]:
        """Try once more what failed or was called off.

        Args:
            job_id: Its id, as `job list` shows it.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.JobStatus, "POST", f"/api/jobs/{in_path(job_id, 'job_id')}/retry", {}, key=idempotency_key
        )
