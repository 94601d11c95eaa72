"""US-006: execute a task by hand. It is queued at once and done by a worker, or refused in words."""

from __future__ import annotations

import pytest

from tests.receiver import says
from tests.stories.conftest import Automation


def test_whoever_asks_hears_at_once_that_it_is_queued_and_a_worker_does_it(automation: Automation):
    """EXE-06 to EXE-08, EXE-10."""
    automation.program.usual = says({"id": "c-7"})
    task_id = automation.make(config={"outputs": {"card_id": "/id"}})
    status, told = automation.run(task_id)
    assert (status, told["task_id"], told["status"]) == (200, task_id, "queued")
    assert automation.program.got == [], "nobody waits for the other side"
    automation.work()
    done = automation.task(task_id)
    assert (done["status"], done["result"]) == ("completed", {"card_id": "c-7"})
    (one,) = automation.attempts(task_id)
    assert (one["status"], one["triggered_by"]) == ("completed", "manual")
    assert one["triggered_by_user_id"] == automation.people["ana"].user_id


@pytest.mark.parametrize("verb", ["wait", "block", "help", "defer"])
def test_what_rests_is_put_back_before_it_is_run_and_what_was_put_off_is_run(
    automation: Automation, verb: str
):
    """EXE-32."""
    words = {
        "wait": {"waiting_for": "the printer", "follow_up_at": "2027-01-10"},
        "block": {"reason": "No paper"},
        "help": {"question": "How?"},
        "defer": {"until": "2027-01-10"},
    }
    task_id = automation.make()
    ana = automation.by("ana")
    if verb == "help":
        ana.post(f"/tasks/{task_id}/start")
    assert ana.post(f"/tasks/{task_id}/{verb}", words[verb]).status_code == 200
    status, told = automation.run(task_id)
    if verb == "defer":
        assert (status, told["status"]) == (200, "queued")
    else:
        assert (status, told["error"]["code"]) == (409, "TASK_RESTS")
        assert automation.attempts(task_id) == []


def test_every_refusal_has_a_code_of_its_own_and_runs_nothing(automation: Automation):
    """EXE-03, EXE-04, EXE-09, EXE-29, EXE-32, HRV-12."""
    first, mara = automation.make(), automation.by("mara")
    running, done, cancelled = automation.make(), automation.make(), automation.make()
    mara.post(f"/tasks/{running}/start")
    mara.post(f"/tasks/{done}/complete")
    mara.post(f"/tasks/{cancelled}/cancel", {"reason": "Too late"})
    refused = {
        running: "TASK_IN_PROGRESS",
        done: "TASK_COMPLETED",
        cancelled: "TASK_CANCELLED",
        automation.make(depends_on=[first]): "DEPENDENCY_UNMET",
        automation.make(requires_human_review=True): "REVIEW_REQUIRED",
        automation.make(execution_config={"executor": "robot"}): "NO_EXECUTOR",
        automation.make(execution_type=None, execution_config={}): "NOT_AUTOMATED",
        automation.make(execution_type="scheduled", scheduled_for="2099-01-01T09:00:00Z"): "TASK_SCHEDULED",
    }
    for task_id, code in refused.items():
        status, told = automation.run(task_id, "mara")
        assert (status, told["error"]["code"]) == (409, code)
        assert automation.attempts(task_id) == []
    automation.work()
    assert automation.program.got == []


def test_only_whoever_may_work_on_it_runs_it(automation: Automation):
    """EXE-02: what is not theirs to see is not there for them."""
    task_id = automation.make()
    status, told = automation.run(task_id, "ben")
    assert (status, told["error"]["code"]) == (404, "NOT_FOUND")
    assert automation.attempts(task_id) == []
