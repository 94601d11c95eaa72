"""Due dates and deferring of many tasks at once: to a day, by days, by working days (UPD-37, UPD-40)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import commands, inputs
from engine.access import Actor
from engine.app import Workbench
from engine.audit.models import Event
from engine.catalog.calendars import WEEKDAYS
from engine.errors import BadRequestError
from engine.tasks import update
from engine.tasks.bulk_outcome import Bulk
from engine.tasks.models import Task, TaskStatus
from tests.factories import make_bundle, make_people, make_task
from tests.statements import counted


@pytest.fixture
def mara(either_workbench: Workbench) -> Actor:
    return make_people(either_workbench)["mara"]


def changed(workbench: Workbench, actor: Actor, tasks: Sequence[Task], /, **wish: Any) -> Bulk:
    command = commands.get("task bulk")
    asked = {"tasks": [task.task_id for task in tasks], **wish}
    done: Bulk = commands.execute(workbench, actor, command, inputs.read(command.input, asked)).result
    return done


def now(workbench: Workbench, task: Task) -> Task:
    with workbench.reading(workbench.operator()) as tx:
        return tx.get(Task, task.task_id)


def of_new_york(workbench: Workbench, mara: Actor, due: str) -> Task:
    """Return a task of a bundle whose calendar is New York's, due on a day."""
    bundle = make_bundle(workbench, "link_placement", parameters={"target_url": "https://acme.example"})
    with workbench.transaction(mara) as tx:
        task, *_ = tx.find(Task, bundle_id=bundle.bundle_id, order_by=("task_number",))
        return update.update(tx, workbench.content(), task.task_id, {"due_date": due})


def test_all_are_due_on_a_given_day_and_each_row_says_what_it_was(either_workbench: Workbench, mara: Actor):
    dated, bare = make_task(either_workbench, due_date="2026-12-01"), make_task(either_workbench)
    done = changed(either_workbench, mara, [dated, bare], due_date="2026-12-24")
    assert done.summary == "2 tasks due on Thu 24 Dec 2026."
    assert {now(either_workbench, task).due_date for task in (dated, bare)} == {date(2026, 12, 24)}
    deadline = now(either_workbench, dated).deadline
    assert [[(one.field, one.before, one.after) for one in row.changes] for row in done.rows] == [
        [("deadline", dated.deadline, deadline)],
        [("deadline", None, deadline)],
    ]


def test_a_given_day_is_over_at_the_cut_off_of_each_calendar(either_workbench: Workbench, mara: Actor):
    task = of_new_york(either_workbench, mara, "2026-11-25")
    changed(either_workbench, mara, [task], due_date="2026-12-01")
    assert now(either_workbench, task).deadline == datetime(2026, 12, 1, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("due", "days", "becomes"),
    [
        ("2026-11-27", 1, date(2026, 11, 30)),  # Friday to Monday
        ("2026-11-30", -1, date(2026, 11, 27)),
        ("2026-11-28", 1, date(2026, 11, 30)),  # of a Saturday
        ("2026-11-28", 0, date(2026, 11, 30)),
        ("2026-11-25", 1, date(2026, 11, 26)),  # no calendar knows of Thanksgiving
    ],
)
def test_working_days_of_a_task_that_stands_alone_are_monday_to_friday(
    either_workbench: Workbench, mara: Actor, due: str, days: int, becomes: date
):
    task = make_task(either_workbench, due_date=due)
    changed(either_workbench, mara, [task], working_days=days)
    assert now(either_workbench, task).due_date == becomes


def test_working_days_of_a_bundle_are_those_of_its_calendar(either_workbench: Workbench, mara: Actor):
    task = of_new_york(either_workbench, mara, "2026-11-25")
    done = changed(either_workbench, mara, [task], working_days=1)
    assert done.what == "due 1 working day later"
    assert now(either_workbench, task).due_date == date(2026, 11, 27)  # after Thanksgiving
    assert now(either_workbench, task).deadline == datetime(2026, 11, 27, 22, 30, tzinfo=UTC)


def test_a_deadline_of_its_own_keeps_its_time_of_the_day(either_workbench: Workbench, mara: Actor):
    task = make_task(either_workbench, deadline="2026-11-27T15:00:00+00:00")
    changed(either_workbench, mara, [task], working_days=2)
    assert now(either_workbench, task).deadline == datetime(2026, 12, 1, 15, tzinfo=UTC)


@given(day=st.dates(date(2020, 1, 1), date(2040, 1, 1)), days=st.integers(-40, 40))
def test_working_days_are_counted_as_one_counts_them_on_a_wall_calendar(day: date, days: int):
    walked = [day + timedelta(days=step) for step in range(-80, 81)]
    working = [one for one in walked if one.isoweekday() <= 5]
    if days > 0:
        expected = [one for one in working if one > day][days - 1]
    elif days < 0:
        expected = [one for one in working if one < day][days]
    else:
        expected = next(one for one in working if one >= day)
    assert WEEKDAYS.add_business_days(day, days) == expected


@pytest.mark.parametrize(
    ("wish", "until"),
    [({"deferred_until": "2026-12-24"}, date(2026, 12, 24)), ({"deferred_days": 5}, date(2026, 11, 26))],
    ids=["until a day", "by days from today"],
)
def test_many_are_put_off_until_a_day_or_by_days(
    either_workbench: Workbench, mara: Actor, wish: dict[str, Any], until: date
):
    tasks = [make_task(either_workbench) for _ in range(3)]
    done = changed(either_workbench, mara, tasks, status="deferred", **wish)
    assert done.summary == f"3 tasks put off until {until:%a} {until.day} {until:%b} 2026."
    found = [now(either_workbench, task) for task in tasks]
    assert {(task.status, task.deferred_until) for task in found} == {(TaskStatus.DEFERRED, until)}
    undo = commands.get("act undo")
    with either_workbench.reading(mara) as tx:
        [last] = tx.find(Event, order_by=("-seq",), limit=1)
    commands.execute(either_workbench, mara, undo, inputs.read(undo.input, {"act_id": last.act_id}))
    assert {now(either_workbench, task).status for task in tasks} == {TaskStatus.PENDING}


@pytest.mark.parametrize(
    ("wish", "field", "fault"),
    [
        ({"due_date": "2026-12-24", "days": 3}, "days", "Say when they are due in one way"),
        ({"days": 3, "working_days": 3}, "working_days", "Say when they are due in one way"),
        ({"status": "deferred"}, "deferred_until", "Say until which day they are put off."),
        (
            {"status": "deferred", "deferred_until": "2026-12-24", "deferred_days": 3},
            "deferred_days",
            "Say a day or a number of days, not both.",
        ),
        (
            {"status": "deferred", "deferred_until": "2026-11-20"},
            "deferred_until",
            "Fri 20 Nov 2026 is past. Choose today or a later day.",
        ),
        ({"status": "blocked"}, "reason", "Say what blocks them."),
        ({"status": "waiting"}, "waiting_for", "Say whom or what they wait for."),
        ({"status": "skipped"}, "reason", "Say why they are skipped"),
    ],
)
def test_what_all_of_them_need_to_be_told_is_asked_once_and_at_its_field(
    either_workbench: Workbench, mara: Actor, wish: dict[str, Any], field: str, fault: str
):
    task = make_task(either_workbench)
    with pytest.raises(BadRequestError) as refused:
        changed(either_workbench, mara, [task], **wish)
    [detail] = refused.value.details
    assert (detail["field"], detail["message"].startswith(fault)) == (field, True)
    assert now(either_workbench, task) == task


@pytest.mark.parametrize(
    "wish",
    [
        {"due_date": "2026-12-24"},
        {"days": 3},
        {"working_days": 3},
        {"status": "deferred", "deferred_days": 3},
    ],
    ids=lambda wish: next(reversed(wish)),
)
def test_tasks_of_many_bundles_take_no_more_statements_than_of_two(
    either_workbench: Workbench, mara: Actor, wish: dict[str, Any]
):
    taken = set()
    for size in (2, 9):
        tasks = [of_new_york(either_workbench, mara, "2026-11-25") for _ in range(size)]
        with counted() as statements:
            assert len(changed(either_workbench, mara, tasks, **wish).done) == size
        taken.add(len(statements))
    assert len(taken) == 1
