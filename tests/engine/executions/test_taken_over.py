"""What was called off or taken over is not begun, not tried again, and not completed for a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest

from tests.engine.executions.conftest import Office
from tests.receiver import says

POST = {"method": "POST", "body": {"title": "A card"}}
_GOES_ON = {
    "cancel": lambda office, task: office.do("execution cancel", execution_id=office.last(task).execution_id),
    "assign": lambda office, task: office.do("task assign", "mara", task_id=task.task_id, assignee="ben"),
    "update": lambda office, task: office.do("task update", "mara", task_id=task.task_id, assignee_id="ben"),
    "take": lambda office, task: office.do("task assign", task_id=task.task_id, assignee="ana"),
    "start": lambda office, task: (
        office.do("task put-back", task_id=task.task_id),
        office.workbench.clock.advance(seconds=1),
        office.do("task start", task_id=task.task_id),
    ),
}


def test_what_waits_is_cancelled_at_once_and_its_task_is_to_do_again(office: Office):
    """US-011."""
    task = office.make()
    one = office.execute(task)
    office.do("execution cancel", execution_id=one.execution_id)
    office.work()
    assert (office.last(task).status, office.task(task).status) == ("cancelled", "pending")
    assert office.program.got == []


@pytest.mark.parametrize("act", ["cancel", "assign", "update"])
@pytest.mark.parametrize("is_claimed", [False, True])
def test_no_task_stays_queued_where_nothing_runs_it(office: Office, act: str, is_claimed: bool):
    """It is called off while it waits, or after a worker took it and before that has begun it."""
    task = office.make(config=POST)
    office.execute(task)
    claim = office.engine.claims.begin("worker", ["execute"], now=2**50, lease=60_000) if is_claimed else None
    _GOES_ON[act](office, task)
    if claim is not None:
        office.engine._do(office.engine._kinds.get("execute"), claim)
        office.look()
    office.work()
    assert [one.status for one in office.attempts(task)] == ["cancelled"]
    assert office.task(task).status == "pending"
    assert office.program.got == []


@pytest.mark.parametrize("act", ["cancel", "complete", "assign", "update", "take and move"])
def test_who_goes_on_by_hand_calls_off_what_waits(office: Office, act: str):
    task = office.make()
    office.execute(task)
    given = {
        "assign": {"assignee": "ana"},
        "update": {"assignee_id": "ana"},
        "take and move": {"assignee_id": "ana", "due_date": "2026-12-24"},
    }.get(act, {})
    verb = "update" if act == "take and move" else act
    office.do(f"task {verb}", task_id=task.task_id, **given)
    assert office.last(task).status == "cancelled"
    office.work()
    assert office.program.got == []


@pytest.mark.parametrize(
    ("act", "answer", "ended", "stands"),
    [
        ("cancel", 429, "failed", "pending"),
        ("cancel", 200, "completed", "completed"),
        ("assign", 429, "failed", "pending"),
        ("assign", 200, "completed", "pending"),
        ("update", 200, "completed", "pending"),
        ("take", 429, "failed", "in_progress"),
        ("take", 200, "completed", "in_progress"),
        ("take", 500, "unknown", "in_progress"),
        ("assign", 500, "unknown", "in_progress"),
        ("start", 429, "failed", "in_progress"),
        ("start", 200, "completed", "in_progress"),
    ],
)
def test_what_was_called_off_or_taken_over_is_not_tried_again_and_a_persons_work_not_completed(
    office: Office, act: str, answer: int, ended: str, stands: str
):
    """US-011: its end comes before the worker hears that it was called off.

    Who was given it has not begun it, and who took it has.
    """
    slow = replace(office, looks=timedelta(seconds=5))
    task = office.make(config=POST)

    def meanwhile(handler: BaseHTTPRequestHandler) -> None:
        _GOES_ON[act](office, task)
        says({}, answer)(handler)

    office.program.answers = [meanwhile]
    office.execute(task)
    slow.engine.do_one("worker")
    after = office.task(task)
    assert [one.status for one in office.attempts(task)] == [ended]
    assert (after.status, after.error_count) == (stands, 0)
