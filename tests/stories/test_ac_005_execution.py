"""AC-005: execution. Only eligible tasks; nobody waits; the service runs; the start is confirmed."""

from __future__ import annotations

import pytest

from tests.receiver import broken, says
from tests.stories.conftest import Automation

POST = {"method": "POST", "body": {"title": "A card"}}


def test_the_start_is_confirmed_with_the_task_before_anything_was_sent(automation: Automation):
    task_id = automation.make(config=POST)
    status, told = automation.run(task_id)
    assert (status, told["task_id"], told["status"]) == (200, task_id, "queued")
    assert told["done"]["message"] == "It is queued: a worker runs it."
    assert automation.program.got == []
    assert [one["status"] for one in automation.attempts(task_id)] == ["queued"]


def test_what_is_asked_for_twice_is_run_once(automation: Automation):
    task_id = automation.make(config=POST)
    assert automation.run(task_id)[0] == 200
    status, told = automation.run(task_id)
    assert (status, told["error"]["code"]) == (409, "TASK_IN_PROGRESS")
    automation.work()
    assert len(automation.program.got) == 1


def test_a_run_that_fails_is_tried_again_as_often_as_is_said_and_then_told(automation: Automation):
    """EXE-11, EXE-12."""
    automation.program.usual = 503
    task_id = automation.make(max_retries=1)
    automation.run(task_id)
    automation.work()
    waits = automation.task(task_id)
    assert (waits["status"], waits["error_count"]) == ("queued", 1)
    automation.workbench.clock.advance(minutes=1)
    automation.work()
    failed = automation.task(task_id)
    assert (failed["status"], failed["error_count"]) == ("failed", 2)
    assert "503" in failed["last_error"]
    triggers = [(one["attempt_number"], one["triggered_by"]) for one in automation.attempts(task_id)]
    assert triggers == [(2, "retry"), (1, "manual")]


def test_what_nobody_knows_about_is_not_repeated_until_a_person_has_said_what_they_found(
    automation: Automation,
):
    """D9: the other side took the call and broke off its answer."""
    automation.program.answers = [broken(500)]
    task_id = automation.make(config=POST)
    automation.run(task_id)
    automation.work()
    (one,) = automation.attempts(task_id)
    assert one["status"] == "unknown"
    assert one["current_step"] in one["error"]
    assert automation.task(task_id)["status"] == "blocked"
    assert automation.run(task_id)[1]["error"]["code"] == "TASK_IN_DOUBT"
    automation.work()
    assert len(automation.program.got) == 1
    found = {"settlement": "did_not_happen", "comment": "There is no card on their board."}
    settled = automation.by("ana").post(f"/executions/{one['execution_id']}/settle", found)
    assert settled.status_code == 200
    automation.work()
    assert automation.task(task_id)["status"] == "completed"
    assert len(automation.program.got) == 2


@pytest.mark.parametrize("verdict", ["approve", "reject"])
def test_what_a_human_review_must_permit_runs_once_it_is_permitted_and_never_else(
    automation: Automation, verdict: str
):
    """HRV-11, HRV-12, HRV-20."""
    automation.program.usual = says({})
    task_id = automation.make(
        config=POST, assigned_to_bot=True, execution_type="automatic", requires_human_review=True
    )
    automation.work()
    assert automation.attempts(task_id) == []
    words = {"verdict": verdict, **({"reason": "Too early"} if verdict == "reject" else {})}
    assert automation.by("mara").post(f"/tasks/{task_id}/review", words).status_code == 200
    automation.work()
    ended = ("completed", 1) if verdict == "approve" else ("cancelled", 0)
    assert (automation.task(task_id)["status"], len(automation.program.got)) == ended
    assert automation.run(task_id, "mara")[0] == 409
