"""US-010: the executions of a task tell how often it was tried, and what came of each attempt."""

from __future__ import annotations

import pytest

from tests.receiver import broken, says
from tests.stories.conftest import Automation


@pytest.fixture
def tried(automation: Automation) -> str:
    """A task that was tried three times: it failed twice, then came through."""
    task_id = automation.make(max_retries=0, config={"outputs": {"card_id": "/id"}})
    automation.program.answers = [404, 503, says({"id": "c-7"})]
    for _ in range(3):
        assert automation.run(task_id)[0] == 200
        automation.work()
        automation.workbench.clock.advance(minutes=1)
    return task_id


def test_the_newest_comes_first_and_each_says_how_it_ended(automation: Automation, tried: str):
    """EXE-22."""
    listed = automation.attempts(tried)
    assert [(one["attempt_number"], one["status"], one["error_code"]) for one in listed] == [
        (3, "completed", None),
        (2, "failed", "HTTP_BUSY"),
        (1, "failed", "HTTP_REFUSED"),
    ]
    began = [one["started_at"] for one in listed]
    assert began == sorted(began, reverse=True)
    assert listed[0]["output"] == {"card_id": "c-7"}


def test_each_says_step_by_step_what_it_did_and_when(automation: Automation, tried: str):
    for one in automation.attempts(tried):
        (step,) = one["step_results"]
        assert one["started_at"] <= step["began_at"] <= one["completed_at"]
        assert (step["state"] == "done") == (one["status"] == "completed")
        assert one["logs"] == [] or {"at", "text"} == one["logs"][0].keys()


def test_what_is_in_doubt_says_which_step_and_who_settled_it_how(automation: Automation):
    automation.program.answers = [broken(500)]
    task_id = automation.make(config={"method": "POST", "body": {}})
    automation.run(task_id)
    automation.work()
    (one,) = automation.attempts(task_id)
    assert [step["state"] for step in one["step_results"]] == ["begun"]
    assert f"“{one['step_results'][0]['name']}” was begun" in one["error"]
    words = {"settlement": "happened", "comment": "The card is on their board."}
    automation.by("ana").post(f"/executions/{one['execution_id']}/settle", words)
    (after,) = automation.attempts(task_id)
    assert (after["settlement"], after["settled_as"]) == ("happened", "The card is on their board.")
    assert after["settled_by"] == automation.people["ana"].user_id
    assert automation.task(task_id)["status"] == "completed"
