"""US-004: approve a task for execution, in one click and with a note; without it nothing runs."""

from __future__ import annotations

import pytest

from engine.app import Workbench
from engine.audit import history
from engine.tasks import human_review
from tests.factories import make_people, make_task
from tests.stories.conftest import Automation


@pytest.fixture
def people(workbench: Workbench):
    return make_people(workbench)


def test_a_manager_finds_what_waits_approves_it_and_the_list_is_empty(workbench: Workbench, people, ask):
    tasks = [
        make_task(workbench, actor=people["ana"], title=title, requires_human_review=True)
        for title in ("First", "Second")
    ]
    with workbench.reading(people["mara"]) as tx:
        assert [task.title for task in human_review.awaiting(tx)] == ["First", "Second"]
    for task in tasks:
        assert ask("task", "review", task.task_id, "--approve")["status"] == "queued"
    with workbench.reading(people["mara"]) as tx:
        assert human_review.awaiting(tx) == []


def test_the_history_says_who_permitted_it_when_and_why(workbench: Workbench, people, ask):
    task = make_task(workbench, actor=people["ana"], requires_human_review=True)
    ask("task", "review", task.task_id, "--approve", "--notes", "Agreed", "--as", "mara@example.com")
    with workbench.reading(people["mara"]) as tx:
        moved, reviewed = history.timeline(tx, task_id=task.task_id)[:2]
    assert (moved.action, moved.after["status"]) == ("task_status_changed", "queued")
    assert (reviewed.action, reviewed.reason) == ("human_review_approved", "Agreed")
    assert (reviewed.actor_name, reviewed.actor_id) == ("Mara", people["mara"].user_id)
    assert reviewed.before["requires_human_review"] is True


def test_what_asks_for_no_review_cannot_be_approved(workbench: Workbench, people, refused, ask):
    task = make_task(workbench, actor=people["ana"])
    error = refused("task", "review", task.task_id, "--approve")
    assert error["code"] == "CONFLICT"
    assert "asks for no human review" in error["message"]
    assert ask("task", "show", task.task_id)["status"] == "pending"


def test_notes_of_more_than_a_thousand_characters_are_refused(workbench: Workbench, people, refused, ask):
    task = make_task(workbench, actor=people["ana"], requires_human_review=True)
    error = refused("task", "review", task.task_id, "--approve", "--notes", "x" * 1001)
    assert error["details"][0]["field"] == "notes"
    assert ask("task", "review", task.task_id, "--approve", "--notes", "x" * 1000)["status"] == "queued"


def test_one_click_lets_the_program_run_exactly_what_was_looked_at(automation: Automation):
    """S28: what is changed after that is looked at again."""
    bots = {"assigned_to_bot": True, "execution_type": "manual_trigger", "requires_human_review": True}
    task_id, mara = automation.make(**bots), automation.by("mara")
    assert mara.post(f"/tasks/{task_id}/review", {"verdict": "approve"}).status_code == 200
    changed = {**automation.task(task_id)["execution_config"], "method": "POST"}
    automation.by("ana").patch(f"/tasks/{task_id}", {"execution_config": changed})
    assert automation.run(task_id)[1]["error"]["code"] == "REVIEW_REQUIRED"
    automation.work()
    assert automation.program.got == []
    mara.post(f"/tasks/{task_id}/review", {"verdict": "approve"})
    if automation.task(task_id)["status"] == "pending":
        automation.run(task_id)
    automation.work()
    assert automation.task(task_id)["status"] == "completed"
    assert len(automation.program.got) == 1
