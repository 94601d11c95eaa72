"""A desk with an engine of jobs, for tests of what every engine promises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from engine.app import Workbench
from engine.clock import FixedClock
from engine.jobs.context import Context
from engine.jobs.doing import LedgerEngine
from engine.jobs.models import Claim, Job, JobStatus
from engine.jobs.port import Kind, Kinds
from tests.engine.jobs import ways

MINUTE = 60_000


@dataclass
class Desk:
    """An engine, what its handler does, and what it did."""

    workbench: Workbench
    clock: FixedClock
    #: What the handler does for each job, by the name that the job was put with.
    doing: dict[str, Callable[[Context], str | None]] = field(default_factory=dict)
    #: The names of the jobs that were begun, in this order.
    begun: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        kinds = Kinds([Kind(name="try", handle=self._handle), Kind(name="other", handle=self._handle)])
        self.engine = self.make(kinds)
        self.claims = self.engine.claims

    def make(self, kinds: Kinds, lease: timedelta = timedelta(minutes=1)) -> LedgerEngine:
        """Make an engine on the same store."""
        often = timedelta(milliseconds=10)
        return ways.engine_of(self.workbench.settings.jobs)(
            self.workbench.database,
            kinds,
            self.clock,
            self.workbench.ids,
            lease=lease,
            looks_every=often,
            reaps_every=often,
        )

    def _handle(self, context: Context) -> str | None:
        name = context.args["name"]
        self.begun.append(name)
        return self.doing.get(name, lambda _: "said")(context)

    def put(self, name: str, kind: str = "try", **how: Any) -> str:
        with self.workbench.transaction(self.workbench.operator()) as tx:
            job_id = self.engine.enqueue(tx, kind, name=name, **how)
        assert job_id is not None
        return job_id

    def work_off(self) -> None:
        """Do whatever can be done now."""
        ways.work_off(self.engine)

    def begin(self, lease: int = MINUTE) -> Claim:
        """Begin a job as a worker that is left to the test."""
        claim = self.claims.begin("somebody", ["try"], now=self.now(), lease=lease)
        assert claim is not None
        return claim

    def now(self) -> int:
        return int(self.clock.now().timestamp() * 1000)

    def job(self, job_id: str) -> Job:
        found = self.claims.find(job_id)
        assert found is not None
        return found

    def told(self, job_id: str) -> tuple[JobStatus, int, str | None, str | None]:
        """Where a job stands, in which attempt, what it had begun outside, and what is said of it."""
        job = self.job(job_id)
        return job.status, job.attempt, job.effect, job.outcome

    def resolve(self, job_id: str, status: JobStatus, outcome: str) -> bool:
        with self.workbench.transaction(self.workbench.operator()) as tx:
            return self.claims.resolve(tx.connection, job_id, status, outcome)

    def status(self, job_id: str) -> JobStatus:
        return self.job(job_id).status

    def cancel(self, job_id: str) -> JobStatus | None:
        with self.workbench.transaction(self.workbench.operator()) as tx:
            return self.engine.cancel(tx, job_id)


def steps_of(desk: Desk, act: Callable[[], object]) -> int:
    """Count the steps that SQLite takes for something, in tens."""
    count = 0

    def one_more() -> int:
        nonlocal count
        count += 1
        return 0

    def watch(handler: Callable[[], int] | None) -> None:
        for block in (desk.workbench.database.read, desk.workbench.database.write):
            with block() as connection:
                connection.connection.driver_connection.set_progress_handler(handler, 10)

    watch(one_more)
    try:
        act()
    finally:
        watch(None)
    return count


def fails(error: Exception) -> Callable[[Context], str | None]:
    def act(_: Context) -> str | None:
        raise error

    return act


class OnTheWayError(Exception):
    """Something that a handler did not foresee."""
