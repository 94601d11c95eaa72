"""What is done by itself: when each kind of it was last and is next, what failed, and all of it by pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from engine.access import Permission, require
from engine.app import Workbench
from engine.jobs.claims import Claims
from engine.jobs.models import Job, JobStatus
from engine.jobs.regular import Regular
from engine.transaction import Transaction
from web.pagination import Pages
from web.serving import background

#: Jobs on one page of the list, and failed ones that are shown above it.
MOST = 50
_MOST_FAILED = 20
#: Word, tone and mark of how a job stands.
_CHIPS = {
    JobStatus.READY: ("waits", "quiet", "○"),
    JobStatus.RUNNING: ("runs", "info", "▷"),
    JobStatus.DONE: ("done", "good", "✓"),
    JobStatus.FAILED: ("failed", "bad", "!"),
    JobStatus.CANCELLED: ("cancelled", "quiet", "×"),
    JobStatus.UNKNOWN: ("unknown", "bad", "?"),
}


@dataclass(frozen=True)
class Line:
    """One job as it is shown."""

    job: Job

    @property
    def name(self) -> str:
        """What it does, in words."""
        return self.job.kind.replace("_", " ").capitalize()

    @property
    def chip(self) -> tuple[str, str, str]:
        """How it stands: word, tone and mark."""
        return _CHIPS[self.job.status]

    @property
    def moment(self) -> datetime:
        """When it ended, was begun, or was put."""
        return _moment(self.job.ended_at or self.job.begun_at or self.job.put_at)

    @property
    def next_attempt(self) -> datetime | None:
        """When it is tried, or tried again; None where it waits for no moment."""
        is_later = self.job.status is JobStatus.READY and self.job.not_before
        return _moment(self.job.not_before) if is_later else None


@dataclass(frozen=True)
class RegularLine:
    """Something that is done again and again."""

    regular: Regular
    next: datetime
    #: The last time that it was put; None where it never was, or that is forgotten.
    last: Line | None

    @property
    def name(self) -> str:
        """What it does, in words."""
        return self.regular.name.replace("_", " ").capitalize()


@dataclass(frozen=True, kw_only=True)
class JobsPage:
    """Everything that is done by itself."""

    regular: Sequence[RegularLine]
    #: What failed, or of which nobody knows how it ended: the newest.
    failed: Sequence[Line]
    jobs: Sequence[Line]
    pages: Pages
    status: str
    zone: str


def load(tx: Transaction, workbench: Workbench, status: str, offset: int) -> JobsPage:
    """Return the page; with ``status`` the list holds those that stand so alone.

    Raises:
        ForbiddenError: the actor is no admin.
    """
    require(tx.actor, Permission.ADMINISTER, "see what is done by itself")
    claims, zone = Claims(tx.database), workbench.workspace.timezone
    asked = [JobStatus(status)] if status in set(JobStatus) else list(JobStatus)
    work = [regular for regular, _ in background.regular_work(workbench)]
    last = {job.kind: Line(job) for job in claims.last_of([one.name for one in work])}
    now = workbench.clock.now()
    return JobsPage(
        regular=[RegularLine(one, one.next(now, zone), last.get(one.name)) for one in work],
        failed=_lines(claims.list_jobs([JobStatus.FAILED, JobStatus.UNKNOWN], _MOST_FAILED)),
        jobs=_lines(claims.list_jobs(asked, MOST, offset)),
        pages=Pages(claims.count_jobs(asked), MOST, offset),
        status=status if len(asked) == 1 else "",
        zone=zone,
    )


def _lines(jobs: Sequence[Job]) -> list[Line]:
    return [Line(job) for job in jobs]


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
