"""What becomes of an attempt whose worker, store or journal was lost: known, or asked of a person (D9)."""

from __future__ import annotations

from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from engine.errors import (
    StoreUnavailableError,
)
from engine.executions import orphans, running
from engine.executions.journal import Journal
from engine.jobs.claims import Claims
from engine.jobs.context import Context
from engine.jobs.models import Claim
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
