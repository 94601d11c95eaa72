"""US-005: reject a task with a reason; it is cancelled, says so in exact words, and never runs."""

from __future__ import annotations

import pytest

from engine.app import Workbench
from engine.audit import history
from tests.factories import make_people, make_task
from tests.stories.conftest import Automation


@pytest.fixture
def task(workbench: Workbench):
    people = make_people(workbench)
    return make_task(workbench, actor=people["ana"], requires_human_review=True)


def test_a_rejected_task_says_why_in_exact_words_and_never_runs(task, ask, refused):
    done = ask("task", "review", task.task_id, "--reject", "--reason", "The client has left")
    assert (done["status"], done["status_reason"]) == ("cancelled", "Rejected: The client has left")
    assert (done["cancel_reason"], done["closed_at"]) == ("The client has left", done["human_reviewed_at"])
    for words in (("start",), ("resume",), ("complete",), ("review", "--approve"), ("submit",)):
        error = refused("task", words[0], task.task_id, *words[1:])
        assert error["code"] in ("INVALID_TRANSITION", "CONFLICT")
    assert ask("task", "show", task.task_id) == done


@pytest.mark.parametrize("reason", ["", " ", "x" * 1001])
def test_a_reason_is_needed_and_stays_short(task, ask, refused, reason):
    error = refused("task", "review", task.task_id, "--reject", "--reason", reason)
    assert error["details"][0]["field"] == "reason"
    assert ask("task", "show", task.task_id)["status"] == "pending"


def test_the_history_keeps_the_refusal(workbench: Workbench, task, ask):
    ask("task", "review", task.task_id, "--reject", "--reason", "No budget", "--as", "mara@example.com")
    with workbench.reading(workbench.operator()) as tx:
        moved, reviewed = history.timeline(tx, task_id=task.task_id)[:2]
    assert (moved.after["status"], moved.reason) == ("cancelled", "No budget")
    assert (reviewed.action, reviewed.actor_name) == ("human_review_rejected", "Mara")


def test_what_never_asked_for_a_review_may_be_rejected_before_it_is_worked_on_only(
    workbench: Workbench, task, ask, refused
):
    free, begun = make_task(workbench), make_task(workbench)
    ask("task", "start", begun.task_id)
    assert refused("task", "review", begun.task_id, "--reject", "--reason", "No")["code"] == "CONFLICT"
    assert ask("task", "show", begun.task_id)["status"] == "in_progress"
    done = ask("task", "review", free.task_id, "--reject", "--reason", "No")
    assert (done["status"], done["status_reason"]) == ("cancelled", "Rejected: No")


def test_a_plain_cancellation_keeps_its_own_words(task, ask):
    done = ask("task", "cancel", task.task_id, "--reason", "Too late")
    assert (done["status_reason"], done["cancel_reason"]) == ("Cancelled by user", "Too late")


def test_nothing_runs_a_rejected_task_by_hand_by_review_or_by_its_time(automation: Automation):
    """HRV-20: whatever asks for it, and whatever the task was planned for."""
    planned = {
        "execution_type": "scheduled",
        "scheduled_for": "2020-01-01T09:00:00Z",
        "assigned_to_bot": True,
    }
    task_id, mara = automation.make(requires_human_review=True, **planned), automation.by("mara")
    mara.post(f"/tasks/{task_id}/review", {"verdict": "reject", "reason": "The client has left"})
    assert mara.post(f"/tasks/{task_id}/review", {"verdict": "approve"}).status_code == 409
    assert automation.run(task_id, "mara")[1]["error"]["code"] == "TASK_CANCELLED"
    automation.look()
    automation.work()
    assert (automation.attempts(task_id), automation.program.got) == ([], [])
    assert automation.task(task_id)["status_reason"] == "Rejected: The client has left"
