"""What makes an automated task begin by itself, and what does not."""

from __future__ import annotations

from datetime import timedelta

from engine.executions import service
from engine.tasks.models import Task
from tests.engine.executions.conftest import Office
from tests.factories import make_task

BOT = {"assigned_to_bot": True, "execution_type": "automatic"}


def _triggers(office: Office, task: Task) -> list[str]:
    return [one.triggered_by for one in office.attempts(task)]


def test_a_bots_task_begins_as_it_is_made(office: Office):
    """CNF-31, AC-001: auto-execution when its conditions hold."""
    task = office.make(**BOT)
    assert (_triggers(office, task), task.status) == (["creation"], "queued")
    office.work()
    assert office.task(task).status == "completed"


def test_what_waits_for_a_click_does_not_begin_by_itself(office: Office):
    task = office.make()
    assert (_triggers(office, task), task.status) == ([], "pending")


def test_what_nothing_here_can_run_waits_as_before(office: Office):
    """EXE-29: it neither fails nor hangs; it can be done by hand."""
    task = office.make(**BOT, execution_config={"executor": "browser_automation"})
    assert (_triggers(office, task), task.status) == ([], "pending")


def test_a_bots_task_begins_once_the_last_that_it_comes_after_is_done(office: Office):
    """DEP-04, US-009."""
    first, second = (make_task(office.workbench, actor=office.people["ana"]) for _ in range(2))
    task = office.make(**BOT, depends_on=[first.task_id, second.task_id])
    assert _triggers(office, task) == []
    office.do("task complete", task_id=first.task_id)
    assert _triggers(office, task) == []
    office.do("task complete", task_id=second.task_id)
    assert _triggers(office, task) == ["dependency_released"]


def test_a_human_review_begins_what_it_permits_and_what_is_changed_asks_for_it_again(office: Office):
    """HRV-11, AC-004, S28."""
    task = office.make(**BOT, requires_human_review=True)
    assert _triggers(office, task) == []
    office.do("task review", "mara", task_id=task.task_id, verdict="approve")
    assert _triggers(office, task) == ["review_approved"]
    config = {"executor": "api_call", "url": f"{office.url}/other"}
    office.do("task update", task_id=task.task_id, execution_config=config)
    after = office.task(task)
    assert (after.status, after.requires_human_review) == ("pending", True)
    assert office.last(task).status == "cancelled"
    office.work()
    assert office.program.got == []
    office.do("task review", "mara", task_id=task.task_id, verdict="approve")
    office.work()
    assert [got.path for got in office.program.got] == ["/cards/other"]


def test_what_is_planned_begins_at_its_time_and_not_before(office: Office):
    """EXE-26, HRV-11."""
    at = office.workbench.clock.now() + timedelta(hours=2)
    planned = {"execution_type": "scheduled", "scheduled_for": at.isoformat()}
    task = office.make(**planned)
    reviewed = office.make(**planned, requires_human_review=True)
    office.do("task review", "mara", task_id=reviewed.task_id, verdict="approve")
    office.workbench.clock.advance(hours=1, minutes=59)
    office.look()
    assert [_triggers(office, one) for one in (task, reviewed)] == [[], []]
    office.workbench.clock.advance(minutes=1)
    office.look()
    office.look()
    assert [_triggers(office, one) for one in (task, reviewed)] == [["scheduled_time"]] * 2
    office.work()
    assert office.task(task).status == "completed"


def test_a_person_who_takes_it_over_calls_off_what_the_bot_began(office: Office):
    task = office.make(**BOT)
    office.do("task assign", "mara", task_id=task.task_id, assignee="ben")
    office.work()
    assert office.last(task).status == "cancelled"
    assert office.program.got == []
    with office.workbench.reading(office.people["mara"]) as tx:
        assert not service.begins_by_itself(tx.get(Task, task.task_id))
