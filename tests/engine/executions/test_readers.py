"""A report tells what whoever began it may read, and what begins by itself what its owner may."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from engine.accounts import service as accounts
from engine.errors import NotFoundError
from engine.executions import readers
from engine.executions.models import Trigger
from engine.executions.reports import records
from engine.tasks import lifecycle
from engine.tasks.models import Task
from engine.worklogs import service as worklogs
from tests.engine.executions.conftest import Office
from tests.factories import make_bundle, make_task

WEEK = date(2026, 11, 18)
BOT = {"assigned_to_bot": True, "execution_type": "automatic"}


@pytest.fixture
def drafted(office: Office) -> Office:
    """The office, with the draft of a worklog that was not sent."""
    task = make_task(office.workbench, actor=office.people["mara"], title="Write it", campaign="acme_spring")
    with office.workbench.transaction(office.people["mara"]) as tx:
        lifecycle.complete(tx, task.task_id)
    office.workbench.clock.advance(days=7)
    content = office.workbench.content()
    with office.workbench.transaction(office.people["mara"]) as tx:
        worklogs.make(tx, content, campaign="acme_spring", week=WEEK)
    return office


def report(office: Office, by: str, **fields: Any) -> Task:
    config = {"executor": "report_generation", "title": "Week", "about": "worklog", "week": WEEK.isoformat()}
    return office.make(by, config=config, campaign="acme_spring", **fields)


def ended(office: Office, task: Task) -> tuple[str, str | None]:
    office.work()
    last = office.last(task)
    return str(last.status), last.error


REFUSED = ("failed", "You may not read worklogs; ask a manager to start this.")


def test_who_may_not_read_worklogs_reads_none_through_a_report(drafted: Office):
    task = report(drafted, "ana")
    drafted.execute(task)
    assert ended(drafted, task) == REFUSED


def test_what_begins_by_itself_reads_what_its_owner_may(drafted: Office):
    assert ended(drafted, report(drafted, "ana", **BOT)) == REFUSED
    assert ended(drafted, report(drafted, "mara", **BOT)) == ("completed", None)


def test_who_sets_off_what_begins_by_itself_lends_it_nothing(drafted: Office):
    """A manager permits it, or completes what it waited for, and it still reads as its owner."""
    permitted = report(drafted, "ana", **BOT, requires_human_review=True)
    drafted.do("task review", "mara", task_id=permitted.task_id, verdict="approve")
    assert ended(drafted, permitted) == REFUSED
    before = make_task(drafted.workbench, actor=drafted.people["mara"], assignee="ana")
    freed = report(drafted, "ana", **BOT, depends_on=[before.task_id])
    drafted.do("task complete", "mara", task_id=before.task_id)
    assert ended(drafted, freed) == REFUSED


def test_whoever_tries_it_again_is_told_what_they_may_read(drafted: Office):
    task = report(drafted, "ana")
    drafted.execute(task)
    assert ended(drafted, task) == REFUSED
    drafted.do("execution retry", "mara", execution_id=drafted.last(task).execution_id)
    assert ended(drafted, task) == ("completed", None)
    other = report(drafted, "mara", assignee="ana")
    begun = drafted.execute(other, "mara")
    drafted.do("execution cancel", "mara", execution_id=begun.execution_id)
    drafted.do("execution retry", "ana", execution_id=begun.execution_id)
    assert ended(drafted, other) == REFUSED


@pytest.mark.parametrize("trigger", [Trigger.MANUAL, Trigger.RETRY])
def test_what_is_repeated_by_itself_reads_as_the_attempt_before(office: Office, trigger: Trigger):
    task = office.make("mara", assignee="ana")
    first = office.execute(task, "ana")
    with office.workbench.reading(office.workbench.system_actor()) as tx:
        told = {"attempt_number": 2, "triggered_by": trigger, "triggered_by_user_id": None}
        again = first.model_copy(update=told)
        reader = readers.reader_of(tx, again, tx.get(Task, task.task_id))
    assert reader.user_id == (office.people["ana"].user_id if trigger is Trigger.RETRY else "")


def test_a_report_of_a_bundle_is_for_who_sees_it(office: Office):
    bundle = make_bundle(
        office.workbench, "blog_post", actor=office.people["mara"], parameters={"topic": "Tents"}
    )
    with office.workbench.reading(office.people["ben"]) as tx:
        [task, *_] = tx.find(Task, bundle_id=bundle.bundle_id)
        with pytest.raises(NotFoundError):
            records.of_bundle(tx, task, {})


def test_what_is_done_for_somebody_who_left_reads_nothing(drafted: Office):
    task = report(drafted, "mara")
    drafted.execute(task, "mara")
    mara = drafted.people["mara"].user_id
    with drafted.workbench.transaction(drafted.workbench.operator()) as tx:
        accounts.change_user(tx, mara, is_active=False)
    said = "Whoever this is done for cannot sign in any more. Start it yourself."
    assert ended(drafted, task) == ("failed", said)
