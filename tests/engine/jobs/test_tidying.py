"""What has ended is forgotten after a while, and what nobody knows of never is."""

from __future__ import annotations

from datetime import timedelta

from engine.app import Workbench
from engine.clock import FixedClock
from engine.jobs.claims import Claims
from engine.jobs.context import Context
from engine.jobs.embedded import EmbeddedEngine
from engine.jobs.models import JobStatus, NewJob
from engine.jobs.port import Kinds
from engine.jobs.tidying import FORGET, forgetting


def test_what_ended_is_forgotten_when_it_is_old_and_what_is_open_or_unknown_stays(
    either_workbench: Workbench, clock: FixedClock
):
    workbench, claims = either_workbench, Claims(either_workbench.database)

    def put(job_id: str, kind: str = "x") -> None:
        with workbench.database.write() as connection:
            claims.put(connection, NewJob(job_id=job_id, kind=kind, args={}, max_attempts=1))

    def begun(job_id: str, lease: int = 60_000):
        put(job_id)
        return claims.begin("w", ["x"], now=1, lease=lease)

    claims.finish(begun("job_done"))
    claims.retry(begun("job_failed"), "No.", not_before=0, is_nothing_done=True)
    claims.finish(begun("job_cancelled"), JobStatus.CANCELLED)
    claims.mark_effect(begun("job_unknown", lease=-1), "mail")
    claims.reap()
    begun("job_running")
    put("job_ready")
    before = {job.job_id for job in claims.list_jobs(list(JobStatus), 100)}
    for days, gone in ((1, set()), (-1, {"job_done", "job_failed", "job_cancelled"})):
        put(f"job_forget_{days}", FORGET.name)
        engine = EmbeddedEngine(workbench.database, Kinds([forgetting(claims, days)]), clock, workbench.ids)
        assert engine.do_one("w")
        left = {job.job_id for job in claims.list_jobs(list(JobStatus), 100)}
        assert before - left == gone
    assert claims.find("job_forget_-1").outcome == "4 forgotten."


def test_it_says_so_where_nothing_is_old_enough(workbench: Workbench):
    claims = Claims(workbench.database)
    with workbench.database.write() as connection:
        claims.put(connection, NewJob(job_id="job_1", kind=FORGET.name, args={}))
    claim = claims.begin("w", [FORGET.name], now=1, lease=60_000)
    kind = forgetting(claims, 30)

    assert kind.handle(Context(claims, claim, timedelta(minutes=1))) == "Nothing is old enough."
