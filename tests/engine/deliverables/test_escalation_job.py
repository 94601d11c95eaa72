"""Approvals that wait too long are escalated by a job, which ends with what it wrote (decision 12)."""

from __future__ import annotations

from contextlib import AbstractContextManager

from engine.access import Actor
from engine.audit.models import Action, Event
from engine.deliverables import jobs
from engine.jobs.claims import Claims
from engine.jobs.embedded import EmbeddedEngine
from engine.jobs.models import JobStatus
from engine.jobs.port import Kinds
from engine.transaction import Transaction
from tests.engine.conftest import Bench
from tests.engine.deliverables.rounds import INTERNAL, ask, with_deliverable


class _Services:
    """The part of a Workbench that the job asks for."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def transaction(self, _: Actor) -> AbstractContextManager[Transaction]:
        return self._bench.writing("mara")


def _run(bench: Bench) -> tuple[JobStatus, str | None]:
    kind = jobs.escalation(_Services(bench), bench.actors["mara"])  # type: ignore[arg-type]
    engine = EmbeddedEngine(bench.database, Kinds([kind]), bench.clock, bench.ids)
    with bench.writing() as tx:
        job_id = engine.enqueue(tx, jobs.ESCALATE.name)
    assert engine.do_one("worker")
    job = Claims(bench.database).find(job_id or "")
    assert job is not None
    return job.status, job.outcome


def _escalations(bench: Bench) -> int:
    with bench.reading() as tx:
        return len([one for one in tx.find(Event) if one.action is Action.APPROVAL_ESCALATED])


def test_the_job_escalates_what_waits_too_long_and_says_how_much(bench: Bench) -> None:
    ask(bench, with_deliverable(bench, INTERNAL, "draft"))
    assert _run(bench) == (JobStatus.DONE, "Nothing waits too long.")
    bench.clock.advance(days=3)
    assert _run(bench) == (JobStatus.DONE, "1 escalated.")
    assert _run(bench) == (JobStatus.DONE, "Nothing waits too long.")
    assert _escalations(bench) == 1


def test_a_worker_that_lost_the_job_escalates_nothing(bench: Bench) -> None:
    ask(bench, with_deliverable(bench, INTERNAL, "draft"))
    bench.clock.advance(days=3)
    kind = jobs.escalation(_Services(bench), bench.actors["mara"])  # type: ignore[arg-type]
    engine = EmbeddedEngine(bench.database, Kinds([kind]), bench.clock, bench.ids)
    with bench.writing() as tx:
        engine.enqueue(tx, jobs.ESCALATE.name)
    lost = engine.claims.begin("lost", [kind.name], now=2**50, lease=-1)
    assert lost is not None
    engine.claims.reap()
    engine._do(kind, lost)
    assert _escalations(bench) == 0
    assert engine.do_one("another")
    assert _escalations(bench) == 1
