"""Waiting for a recipe that was started: until it is over, nobody waits any more, or the time is."""

from __future__ import annotations

import time
from threading import Thread

from engine.recipes import waiting
from engine.tasks.models import TaskStatus
from tests.engine.executions.conftest import Office
from tests.engine.recipes.conftest import VALUES
from tests.receiver import says

RATES = says({"date": "2026-11-20", "rates": {"EUR": 0.95}})


def started(desk: Office) -> str:
    bundle_id: str = desk.do("recipe start", recipe="exchange_rate", parameters=VALUES).bundle.bundle_id
    return bundle_id


def test_whoever_waits_is_told_as_soon_as_it_is_over(desk: Office) -> None:
    desk.program.usual = RATES
    bundle_id, worker = started(desk), Thread(target=desk.work)
    began = time.monotonic()
    worker.start()
    found = waiting.wait(desk.workbench, desk.people["ana"], bundle_id, seconds=60)
    assert time.monotonic() - began < 50, "the end of it ends the wait, not the time"
    worker.join()
    assert found.ticket is not None
    assert (found.ticket.status, found.is_unsuccessful) == (TaskStatus.COMPLETED, False)
    assert found.ticket.result == {"rate": 0.95, "rate_of": "2026-11-20"}


def test_what_failed_for_good_is_over_and_says_why(desk: Office) -> None:
    desk.program.usual = 404
    bundle_id = started(desk)
    desk.work()
    found = waiting.wait(desk.workbench, desk.people["ana"], bundle_id, seconds=60)
    assert found.execution is not None
    assert (found.is_unsuccessful, found.execution.error_code) == (True, "HTTP_REFUSED")


def test_what_is_tried_again_is_not_over(desk: Office) -> None:
    desk.program.usual = 500
    bundle_id = started(desk)
    desk.work()
    found = waiting.wait(desk.workbench, desk.people["ana"], bundle_id, seconds=0)
    assert (found.is_under_way, found.execution and found.execution.attempt_number) == (True, 2)


def test_the_time_ends_the_wait_with_what_is_known(desk: Office) -> None:
    found = waiting.wait(desk.workbench, desk.people["ana"], started(desk), seconds=0)
    assert found.ticket is not None
    assert (found.ticket.status, found.is_under_way) == (TaskStatus.QUEUED, True)


def test_nothing_is_waited_for_where_nobody_waits_any_more(desk: Office) -> None:
    found = waiting.wait(desk.workbench, desk.people["ana"], started(desk), lambda: False, seconds=60)
    assert found.is_under_way
