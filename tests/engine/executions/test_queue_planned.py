"""The queue says what begins by itself later, and when; what waits for its moment is not moved up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.audit.models import Event
from engine.errors import ConflictError, TaskScheduledError
from engine.executions import queue, service
from engine.executions.models import Trigger
from engine.executions.queue import Which
from engine.jobs.workers import Workers
from engine.tasks.models import Task
from tests.engine.executions.conftest import Office
from tests.engine.executions.test_queue import WORKER, make, read, titles, why
from tests.receiver import broken, says


@pytest.fixture(autouse=True)
def working(office: Office) -> None:
    """A worker is there."""
    Workers(office.workbench.database).enter(WORKER, "token", release="0.4.0", threads=2, does=[])


def _at(office: Office, **ahead: int) -> str:
    return (office.workbench.clock.now() + timedelta(**ahead)).isoformat()


def listed(office: Office) -> list[tuple[str, str | None]]:
    """The tasks that are listed as they are written down, and why each waits."""
    with office.workbench.reading(office.people["mara"]) as tx:
        lines, _ = queue.listed(tx, Which.ALL, limit=9, offset=0)
    return [(line.task.title, line.why) for line in lines]


def test_only_what_begins_by_itself_is_listed_as_planned(office: Office):
    """EXE-26: the other waits for somebody, also after that moment."""
    task = office.make(title="by hand", scheduled_for=_at(office, hours=1))
    assert titles(office) == []
    assert listed(office) == [("by hand", "It is planned for then, and somebody begins it")]
    with pytest.raises(TaskScheduledError, match=r"is planned for a later moment\. To run it now"):
        office.execute(task)
    planned = office.make(title="scheduled", execution_type="scheduled", scheduled_for=_at(office, hours=1))
    for title, given in {
        "unknown": {"execution_config": {"executor": "browser_automation"}},
        "of a person": {"assignee": "ana"},
    }.items():
        office.make(title=title, execution_type="scheduled", scheduled_for=_at(office, hours=1), **given)
    assert titles(office) == ["scheduled"]
    assert read(office).counts[Which.SCHEDULED] == 1
    with pytest.raises(TaskScheduledError, match="later moment, and begins then"):
        office.execute(planned)
    office.workbench.clock.advance(hours=2)
    assert office.look() == "1 begun, 0 closed."
    assert office.last(planned).triggered_by == "scheduled_time"


def test_what_was_tried_and_is_planned_anew_begins_then(office: Office):
    office.program.answers = [broken(400), says({})]
    first = _at(office, minutes=1)
    task = office.make(title="card", by="mara", execution_type="scheduled", scheduled_for=first)
    office.workbench.clock.advance(minutes=2)
    office.look()
    office.work()
    given = {"scheduled_for": _at(office, hours=1), "status": "pending"}
    office.do("task update", "mara", task_id=task.task_id, **given)
    assert titles(office, Which.SCHEDULED) == ["card"]
    assert office.look() == "Nothing is due."
    office.workbench.clock.advance(hours=2)
    assert office.look() == "1 begun, 0 closed."
    assert titles(office, Which.SCHEDULED) == []
    office.work()
    assert (office.task(task).status, office.look()) == ("completed", "Nothing is due.")


def test_what_was_tried_and_is_planned_anew_is_not_begun_sooner_by_its_human_review(office: Office):
    """HRV-11."""
    task = office.make(title="card", by="mara", assigned_to_bot=True, execution_type="automatic")
    office.program.answers = [broken(400)]
    office.work()
    later = _at(office, hours=1)
    office.do("task update", "mara", task_id=task.task_id, scheduled_for=later, status="pending")
    with office.workbench.transaction(office.workbench.system_actor()) as tx:
        service.begin(tx, tx.get(Task, task.task_id), Trigger.REVIEW_APPROVED)
    assert len(office.attempts(task)) == 1


def test_what_waits_and_is_planned_for_later_since_is_listed_once_as_what_it_is(office: Office):
    task = make(office, "card")
    office.do("task update", task_id=task.task_id, scheduled_for=_at(office, hours=3))
    said = "It is the next of its executor"
    assert [(line.state, line.why) for line in read(office).lines] == [("pending", said)]
    assert listed(office) == [("card", said)]
    assert read(office).counts == {Which.RUNNING: 0, Which.PENDING: 1, Which.SCHEDULED: 0}


def test_what_waits_for_its_moment_cannot_be_moved_up_and_says_when_it_begins(office: Office):
    office.program.answers = [broken]
    task = make(office, "card")
    office.work()
    with pytest.raises(ConflictError, match=r"begins at \d\d:\d\d:\d\d on \d{4}-\d\d-\d\d, and no sooner"):
        office.do("queue advance", "mara", task_id=task.task_id)


def test_a_reminder_that_waits_for_its_first_moment_is_not_said_to_be_tried_again(office: Office):
    recipients = [{"email": "ana@example.com"}]
    config = {"executor": "reminder", "message": "Do it", "recipients": recipients, "at": _at(office, days=3)}
    task = make(office, "remind", config=config)
    office.work()
    [line] = read(office).lines
    assert line.why is not None
    assert line.why.startswith("It begins at ")
    assert why(office, task) == line.why
    assert dict(listed(office)) == {"remind": line.why}


def test_what_waits_takes_its_place_before_again_where_its_change_is_undone(office: Office):
    make(office, "first")
    second = make(office, "second")
    office.do("task update", task_id=second.task_id, priority="critical")
    assert titles(office) == ["second", "first"]
    with office.workbench.reading(office.people["ana"]) as tx:
        [last] = tx.find(Event, entity_id=second.task_id, order_by=("-seq",), limit=1)
    office.do("act undo", act_id=last.act_id)
    assert titles(office) == ["first", "second"]
