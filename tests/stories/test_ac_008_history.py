"""AC-008: history. The attempts at a task, newest first, paged, checked for access, with every field."""

from __future__ import annotations

import pytest

from engine.executions.models import Execution
from tests.stories.conftest import Automation


@pytest.fixture
def tried(automation: Automation) -> str:
    """A task that was tried three times: it failed twice, then came through."""
    task_id = automation.make(max_retries=0)
    automation.program.answers = [404, 503, 200]
    for _ in range(3):
        assert automation.run(task_id)[0] == 200
        automation.work()
        automation.workbench.clock.advance(minutes=1)
    return task_id


def test_every_field_is_told(automation: Automation, tried: str):
    """EXE-13 to EXE-18, EXE-23."""
    for one in automation.attempts(tried):
        assert Execution.model_fields.keys() <= one.keys()
        assert one["duration"] is not None
        assert one["steps_completed"] == sum(step["state"] == "done" for step in one["step_results"])


def test_the_list_comes_in_pages_that_hold_each_once(automation: Automation, tried: str):
    """EXE-20, EXE-21, by cursors."""
    ana, found, cursor = automation.by("ana"), [], ""
    while True:
        page = ana.get(f"/tasks/{tried}/executions?limit=1{cursor}").json
        found += [one["attempt_number"] for one in page["executions"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert found == [3, 2, 1]
    for limit in (0, 101):
        refused = ana.get(f"/tasks/{tried}/executions?limit={limit}")
        assert (refused.status_code, refused.json["error"]["code"]) == (400, "BAD_REQUEST")


def test_who_does_not_see_the_task_does_not_learn_that_it_was_tried(automation: Automation, tried: str):
    """EXE-19."""
    assert automation.by("ben").get(f"/tasks/{tried}/executions").status_code == 404
    one = automation.attempts(tried)[0]["execution_id"]
    assert automation.by("ben").get(f"/executions/{one}").status_code == 404
    assert automation.by("sam").get(f"/tasks/{tried}/executions").status_code == 200
