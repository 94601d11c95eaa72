"""AC-004: human review. Approval lifts the requirement, rejection cancels with its reason; both say by whom.

What an approval triggers is an execution; there are none yet, so the task waits in the queue (HRV-11).
"""

from __future__ import annotations

import pytest

from engine.app import Workbench
from tests.factories import make_people, make_task


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
