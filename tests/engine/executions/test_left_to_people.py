"""A task that its settings leave to people is done by no program from then on, whatever waited or ran."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from engine.executions import wiring
from engine.executions.service import executor_of
from tests.engine.executions.conftest import Office, told
from tests.engine.executions.test_taken_over import POST
from tests.receiver import broken, says

KEYED = {**POST, "idempotency_header": "Idempotency-Key"}


@pytest.mark.parametrize("more", [{}, {"assignee_id": "ana"}, {"priority": "high"}])
def test_what_waits_is_called_off_and_the_task_is_to_do(office: Office, more: dict[str, str]):
    """US-011."""
    task = office.make()
    office.execute(task)
    office.do("task update", task_id=task.task_id, execution_type=None, **more)
    assert (office.last(task).status, office.task(task).status) == ("cancelled", "pending")
    office.work()
    assert office.program.got == []


@pytest.mark.parametrize(
    ("config", "ended", "stands"), [({}, "cancelled", "pending"), (KEYED, "unknown", "blocked")]
)
def test_what_waits_to_be_tried_again_neither_does_nor_fails_what_a_person_has_by_then(
    office: Office, config: dict[str, Any], ended: str, stands: str
):
    """D9: what was begun before, and is repeated no more, is in doubt."""
    task = office.make(config=config, max_retries=3)
    office.program.answers = [broken, says({})]
    office.execute(task)
    office.engine.do_one("worker")
    office.do("task update", task_id=task.task_id, execution_type=None)
    office.do("task assign", "mara", task_id=task.task_id, assignee="ben")
    office.workbench.clock.advance(minutes=10)
    office.look()
    office.work()
    assert len(office.program.got) == 1
    assert (office.last(task).status, office.task(task).status) == (ended, stands)


def test_what_runs_is_told_to_stop_and_leaves_the_task_to_whom_it_is_given(office: Office):
    task = office.make(config=POST)
    slow = replace(office, looks=timedelta(seconds=5))

    def meanwhile(handler: BaseHTTPRequestHandler) -> None:
        office.do("task update", task_id=task.task_id, execution_type=None)
        assert office.last(task).cancel_asked_at is not None
        office.do("task assign", "mara", task_id=task.task_id, assignee="ben")
        says({})(handler)

    office.program.answers = [meanwhile]
    office.execute(task)
    slow.engine.do_one("worker")
    assert (office.last(task).status, office.task(task).status) == ("completed", "pending")


def test_a_reminder_comes_no_more_and_leaves_the_inboxes(office: Office):
    """RMD-08."""
    recipients = [{"email": "mara@example.com"}]
    config = {"executor": "reminder", "message": "Do it", "recipients": recipients, "max_times": 3}
    task = office.make(config={**config, "repeat_every_hours": 1})
    office.execute(task)
    office.work()
    office.do("task update", task_id=task.task_id, execution_type=None)
    assert [one.over_at is None for one in told(office)] == [False]
    office.workbench.clock.advance(hours=2)
    office.work()
    assert [one.over_at is None for one in told(office)] == [False]
    assert (office.last(task).status, office.task(task).status) == ("cancelled", "pending")


def test_an_attempt_that_nobody_called_off_is_not_begun_either(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    """A release before this one took the settings away and left it waiting."""
    monkeypatch.setattr(wiring, "_call_off", lambda *_: None)
    task = office.make()
    office.execute(task)
    office.do("task update", task_id=task.task_id, execution_type=None)
    assert (office.last(task).status, executor_of(office.task(task))) == ("queued", "api_call")
    office.work()
    one = office.last(task)
    assert (one.status, one.error_code, office.task(task).status) == ("cancelled", "NOT_AUTOMATED", "pending")
    assert office.program.got == []
