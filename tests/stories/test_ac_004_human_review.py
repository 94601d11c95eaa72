"""AC-004: human review. Approval lifts the requirement, rejection cancels with its reason; both say by whom.

What an approval triggers is an execution (HRV-11); what nothing here runs waits in the queue.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.app import Workbench
from tests.factories import make_people, make_task
from tests.stories.conftest import Automation


@pytest.fixture
def crawl(workbench: Workbench):
    """A bot's task that asks for a review before it runs."""
    people = make_people(workbench)
    return make_task(
        workbench, actor=people["ana"], title="Crawl", assigned_to_bot=True, requires_human_review=True
    )


def test_approval_removes_the_requirement_and_queues_with_reviewer_and_time(workbench, crawl, ask):
    waiting = ask("task", "show", crawl.task_id)
    assert (waiting["status"], waiting["requires_human_review"]) == ("pending", True)
    done = ask("task", "review", crawl.task_id, "--approve", "--notes", "Fine", "--as", "mara@example.com")
    mara = workbench.actor_by_email("mara@example.com")
    assert (done["status"], done["requires_human_review"]) == ("queued", False)
    assert (done["human_reviewed_by"], done["status_reason"]) == (mara.user_id, "Fine")
    assert done["human_reviewed_at"] == done["queued_at"] is not None
    assert (done["started_at"], done["result"]) == (None, None)
    assert ask("task", "start", crawl.task_id)["status"] == "in_progress"


def test_rejection_cancels_with_its_reason_reviewer_and_time(workbench, crawl, ask, refused):
    done = ask(
        "task", "review", crawl.task_id, "--reject", "--reason", "Too early", "--as", "mara@example.com"
    )
    assert (done["status"], done["status_reason"]) == ("cancelled", "Rejected: Too early")
    assert done["human_reviewed_by"] == workbench.actor_by_email("mara@example.com").user_id
    assert done["human_reviewed_at"] is not None
    assert refused("task", "start", crawl.task_id)["code"] == "INVALID_TRANSITION"


def test_until_then_nothing_runs_and_nobody_but_a_manager_decides(crawl, ask, refused, cli):
    for words in (("start",), ("complete",), ("help", "--text", "How?"), ("submit",)):
        error = refused("task", words[0], crawl.task_id, *words[1:])
        assert error["code"] == "REVIEW_REQUIRED"
        assert "human review" in error["message"]
    answer = cli("task", "review", crawl.task_id, "--approve", "--as", "ana@example.com", "--json")
    assert (answer.code, answer.json["error"]["code"]) == (4, "FORBIDDEN")
    assert ask("task", "show", crawl.task_id)["status"] == "pending"


BOT = {"assigned_to_bot": True, "execution_type": "automatic", "requires_human_review": True}


def test_approval_runs_what_is_a_programs_to_run(automation: Automation):
    """HRV-11."""
    task_id = automation.make(**BOT)
    assert automation.run(task_id, "mara")[1]["error"]["code"] == "REVIEW_REQUIRED"
    automation.by("mara").post(f"/tasks/{task_id}/review", {"verdict": "approve", "notes": "Fine"})
    (one,) = automation.attempts(task_id)
    assert (one["status"], one["triggered_by"]) == ("queued", "review_approved")
    automation.work()
    done = automation.task(task_id)
    assert (done["status"], done["human_reviewed_by"]) == ("completed", automation.people["mara"].user_id)
    assert len(automation.program.got) == 1


def test_approval_of_what_is_planned_for_later_runs_it_then(automation: Automation):
    """HRV-11, EXE-26."""
    clock = automation.workbench.clock
    later = (clock.now() + timedelta(hours=1)).isoformat()
    planned = {"execution_type": "scheduled", "scheduled_for": later}
    task_id = automation.make(**{**BOT, **planned})
    automation.by("mara").post(f"/tasks/{task_id}/review", {"verdict": "approve"})
    automation.look()
    assert (automation.attempts(task_id), automation.program.got) == ([], [])
    clock.advance(hours=2)
    automation.look()
    assert [one["triggered_by"] for one in automation.attempts(task_id)] == ["scheduled_time"]
    assert automation.task(task_id)["status"] == "completed"


def test_rejection_runs_nothing_then_and_later(automation: Automation):
    """HRV-20."""
    task_id = automation.make(**BOT)
    automation.by("mara").post(f"/tasks/{task_id}/review", {"verdict": "reject", "reason": "Too early"})
    assert automation.run(task_id, "mara")[1]["error"]["code"] == "TASK_CANCELLED"
    automation.work()
    assert (automation.attempts(task_id), automation.program.got) == ([], [])
