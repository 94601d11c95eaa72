"""What becomes of an attempt whose worker, store or journal was lost: known, or asked of a person (D9)."""

from __future__ import annotations

from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from engine.errors import (
    StoreUnavailableError,
)
from engine.executions import orphans, queue, running
from engine.executions.journal import Journal
from engine.executions.models import Execution
from engine.executions.queue import Which
from engine.jobs.claims import Claims
from engine.jobs.context import Context
from engine.jobs.models import Claim, Job, JobStatus
from engine.transaction import Transaction
from tests.engine.executions.conftest import Office
from tests.engine.executions.test_running import POST, told
from tests.receiver import hang, says


def test_what_a_lost_worker_began_without_effect_is_begun_again(office: Office):
    task = office.make()
    office.execute(task)
    _lose(office, effect=None)
    office.work()
    attempts = office.attempts(task)
    assert [one.status for one in attempts] == ["failed", "completed"]
    assert attempts[0].error_code == "WORKER_LOST"
    assert office.task(task).error_count == 0


def test_what_a_lost_worker_may_have_done_is_unknown(office: Office):
    task = office.make(config=POST)
    office.execute(task)
    _lose(office, effect=f"POST {office.url}")
    office.engine.claims.reap()
    office.look()
    assert (office.last(task).status, office.task(task).status) == ("unknown", "blocked")
    office.work()
    assert office.program.got == []


def test_what_a_lost_worker_was_about_to_begin_is_begun_by_another(office: Office):
    """Its journal names the step, and its job does not yet: nothing was sent."""
    task = office.make(config=POST)
    office.execute(task)
    _lose(office, effect=f"POST {office.url}", is_marked=False)
    office.work()
    assert [one.status for one in office.attempts(task)] == ["failed", "completed"]
    assert len(office.program.got) == 1


def test_what_happened_is_known_though_the_store_could_not_be_asked_meanwhile(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    """D9: one renewal that fails gives up no attempt whose lease is still good."""

    def slowly(handler: BaseHTTPRequestHandler) -> None:
        hang(0.2)(handler)
        says({})(handler)

    office.program.answers = [slowly]
    renew, faults = office.engine.claims.renew, [StoreUnavailableError("It is away.")]

    def fails_once(claim: Claim, lease: int) -> bool:
        if office.program.got and faults:
            raise faults.pop()
        return renew(claim, lease)

    monkeypatch.setattr(office.engine.claims, "renew", fails_once)
    task = office.make(config=POST)
    office.execute(task)
    office.work()
    assert faults == []
    assert [one.status for one in office.attempts(task)] == ["completed"]
    assert office.task(task).status == "completed"


@pytest.mark.parametrize(("where", "what"), [(Journal, "_hold"), (Claims, "mark_effect")])
def test_a_step_before_which_the_store_is_away_was_not_begun_and_is_begun_again(
    office: Office, monkeypatch: pytest.MonkeyPatch, where: type, what: str
):
    """D9: what was not sent is in doubt for nobody."""
    does, faults = getattr(where, what), iter([StoreUnavailableError("It is away.")])

    def fails_once(*given: Any, **more: Any) -> Any:
        for fault in faults:
            raise fault
        return does(*given, **more)

    monkeypatch.setattr(where, what, fails_once)
    task = office.make(config=POST)
    office.execute(task)
    office.work()
    first = office.attempts(task)[0]
    assert (first.status, [step["state"] for step in first.step_results]) == ("failed", ["undone"])
    assert office.program.got == []
    office.workbench.clock.advance(minutes=1)
    office.work()
    assert office.last(task).status == "completed"
    assert len(office.program.got) == 1


@pytest.mark.parametrize("tables", [("jobs", "execution_progress"), ("jobs",), ("execution_progress",)])
def test_what_ran_when_an_export_was_made_is_unknown_where_that_is_brought_in(office: Office, tables):
    """D9: an export holds no jobs and no journal, so nobody knows what was done since."""
    task = office.make(config=POST)
    office.execute(task)
    _lose(office, effect=f"POST {office.url}", is_marked=False)
    _forget(office, *tables)
    office.look()
    office.work()
    assert [one.status for one in office.attempts(task)] == ["unknown"]
    assert office.task(task).status == "blocked"
    assert told(office) == [f"{task.name}: nobody knows whether it happened"]
    assert office.program.got == []


def test_what_waited_when_an_export_was_made_is_to_do_again_where_that_is_brought_in(office: Office):
    task = office.make(config=POST)
    office.execute(task)
    _forget(office, "jobs")
    office.look()
    one = office.last(task)
    assert (one.status, one.error_code, office.task(task).status) == ("cancelled", "JOB_LOST", "pending")
    assert told(office) == [f"{task.name} waits for somebody to run it again"]


def test_an_attempt_that_cannot_be_closed_keeps_no_other_from_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    """What a worker has, or may take up, is not written at all."""
    first, second = office.make(config=POST), office.make(config=POST)
    for task in (first, second):
        office.execute(task)
    _forget(office, "jobs")
    held = office.make(config=POST)
    office.execute(held)
    closing, asked = orphans.close, list[str]()

    def close(tx: Transaction, execution_id: str) -> bool:
        asked.append(execution_id)
        if execution_id == office.last(first).execution_id:
            raise LookupError
        return closing(tx, execution_id)

    monkeypatch.setattr(orphans, "close", close)
    assert office.look() == "0 begun, 1 closed."
    assert office.last(held).execution_id not in asked
    monkeypatch.undo()
    assert office.look() == "0 begun, 1 closed."
    assert [office.task(one).status for one in (first, second, held)] == ["pending", "pending", "queued"]


@pytest.mark.parametrize("held_back", ["paused", "used up", "no worker has it"])
def test_what_a_lost_worker_began_is_closed_though_nothing_of_its_executor_is_begun_now(
    office: Office, held_back: str
):
    """EXE-24: it is closed by the regular look, and the attempt after it is what waits."""
    task = office.make()
    office.execute(task)
    _lose(office, effect=None)
    if held_back == "paused":
        office.do("queue pause", "mara", executor="api_call", why="Costs.")
    elif held_back == "used up":
        office.do("queue limit", "mara", executor="api_call", per_day=1)
    if held_back != "no worker has it":
        office.work()
    assert _lost_line(office) == _LOST
    assert office.look() == "0 begun, 1 closed."
    assert [one.status for one in office.attempts(task)] == ["failed", "queued"]
    assert office.attempts(task)[0].error_code == "WORKER_LOST"
    assert (office.task(task).status, office.look()) == ("queued", "Nothing is due.")
    assert _lost_line(office) != _LOST
    job = office.claims().find(str(office.attempts(task)[0].job))
    assert job is not None
    assert (job.status, job.outcome) == ("done", "its worker was lost")
    assert office.program.got == []


def test_what_another_worker_takes_up_while_it_is_closed_is_left_to_that(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    task = office.make()
    office.execute(task)
    _lose(office, effect=None)
    find = orphans._job_of

    def find_late(tx: Transaction, one: Execution) -> Job | None:
        """As the job was before a worker took it up."""
        job = find(tx, one)
        return job._replace(status=JobStatus.READY) if job is not None else None

    monkeypatch.setattr(orphans, "_job_of", find_late)
    assert office.claims().begin("another", ["execute"], now=2**50, lease=60_000)
    assert office.look() == "Nothing is due."
    assert [one.status for one in office.attempts(task)] == ["running"]


_LOST = "Its worker was lost: what became of it is written down within a minute"


def _lost_line(office: Office) -> str | None:
    """Why the only attempt waits: its page says so, and both orders of the queue."""
    with office.workbench.reading(office.people["mara"]) as tx:
        [line], ([listed], _) = queue.read(tx).lines, queue.listed(tx, Which.ALL, limit=9, offset=0)
        assert line.execution is not None
        assert queue.why_waiting(tx, line.execution) == listed.why == line.why
        assert (listed.worker, line.worker) == (None, None)
    return line.why


def _forget(office: Office, *tables: str) -> None:
    """Take from the store what no export holds."""
    with office.workbench.database.write() as connection:
        for table in tables:
            connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 - one of two names


def _lose(office: Office, effect: str | None, *, is_marked: bool = True) -> None:
    """Begin the only attempt as a worker does that is lost then, perhaps in the middle of a step."""
    claims = office.engine.claims
    claim = claims.begin("lost", ["execute"], now=2**50, lease=1)
    assert claim is not None
    context = Context(claims, claim, timedelta(minutes=1))
    begun = running._begin(office.workbench, context, running.EXECUTORS)
    assert begun is not None
    if effect is not None:
        step = begun.executor.plan(begun.journal.config)[0]
        assert step.name == effect

        class LostError(BaseException):
            """The end of the worker."""

        def die(*_: object, **__: object) -> None:
            raise LostError

        if not is_marked:
            context.effect = die  # type: ignore[method-assign]

        with pytest.raises(LostError):
            begun.journal.step(step, die)
    claims.renew(claim, -1000)
    claims.reap()
