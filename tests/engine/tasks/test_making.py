"""Making a task and giving it its dates: defaults, bad fields, idempotency, deadlines and calendars."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.audit.models import Action
from engine.catalog.calendars import Calendar
from engine.deliverables.models import Deliverable
from engine.errors import (
    BadRequestError,
    ForbiddenError,
    IdempotencyKeyReusedError,
    UnknownFieldError,
)
from engine.tasks import clone, create, dates, lifecycle, wiring
from engine.tasks.models import ExecutionType, SourceType, TaskStatus
from engine.wiring import Wiring
from tests.engine.conftest import NOW, Bench, change

S = TaskStatus


def test_a_new_task_has_the_defaults_of_the_specification(bench: Bench):
    task = bench.task(bench.make())
    assert task.status is S.PENDING
    assert (task.priority, task.urgency, task.category) == ("medium", "normal", "general")
    assert (task.source_type, task.assigned_to_bot, task.requires_human_review) == (
        SourceType.MANUAL,
        False,
        False,
    )
    assert (task.owner_id, task.task_number, task.max_retries) == (bench.actors["mara"].user_id, 1, 3)
    assert (task.created_at, task.updated_at, task.revision) == (NOW, NOW, 1)
    assert bench.events(task.task_id)[0].action is Action.TASK_CREATED
    assert bench.task(bench.make(assigned_to_bot=True)).execution_type is ExecutionType.AUTOMATIC
    assert bench.task(bench.make()).task_number == 3


def test_a_new_task_owes_what_its_type_requires(bench: Bench):
    task_id = bench.make(task_type="article", config={"word_target": 300})
    with bench.reading() as tx:
        rows = tx.find(Deliverable, task_id=task_id)
    assert [(row.ref, row.type, row.version_number, row.deliverable_url) for row in rows] == [
        ("draft", "article_draft", 1, None)
    ]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "  "}, "title"),
        ({"title": "x" * 501}, "title"),
        ({"description": "x" * 5001}, "description"),
        ({"category": "x" * 101}, "category"),
        ({"task_type": "unknown"}, "task_type"),
        ({"task_type": "old_type"}, "task_type"),
        ({"task_type": "article", "config": {"word_target": 3}}, "config.word_target"),
        ({"priority": "urgent"}, "priority"),
        ({"urgency": "high"}, "urgency"),
        ({"execution_type": "sometimes"}, "execution_type"),
        ({"execution_type": "scheduled"}, "input"),
        ({"assigned_to_bot": True, "assignee": "ana"}, "input"),
        ({"tags": ["a|b"]}, "tags"),
        ({"tags": [""]}, "tags"),
        ({"due_date": "2026-02-30"}, "due_date"),
        ({"deadline": "soon"}, "deadline"),
        ({"scheduled_for": "soon"}, "scheduled_for"),
        ({"depends_on": [0]}, "depends_on.0"),
        ({"depends_on": [True]}, "depends_on.0"),
        ({"metadata": []}, "metadata"),
        ({"campaign": "none_such"}, "campaign"),
        ({"planned_minutes": -1}, "planned_minutes"),
        ({"max_retries": 101}, "max_retries"),
        ({"max_retries": -1}, "max_retries"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_bad_field_of_a_new_task_is_refused_by_name(bench: Bench, fields, field: str):
    state = bench.state()
    with pytest.raises(BadRequestError) as caught:
        bench.make(**fields)
    assert [detail["field"] for detail in caught.value.details] == [field]
    assert bench.state() == state
    assert isinstance(caught.value, UnknownFieldError) == (field == "colour")


def test_tasks_are_made_repeated_and_completed_where_no_later_area_contributes(bench: Bench):
    bench.wiring = Wiring()
    wiring.register(bench.wiring)
    task_id = bench.make(task_type="article")
    with bench.writing() as tx:
        again = clone.clone(tx, bench.content, task_id).task_id
        assert tx.find(Deliverable, task_id=[task_id, again]) == []
        assert lifecycle.complete(tx, again).status is S.COMPLETED


def test_the_longest_title_and_a_schedule_in_the_past_are_accepted(bench: Bench):
    task = bench.task(
        bench.make(title="x" * 500, execution_type="scheduled", scheduled_for="2020-01-01T00:00:00Z")
    )
    assert task.scheduled_for == datetime(2020, 1, 1, tzinfo=UTC)


def test_partners_make_no_tasks(bench: Bench):
    with pytest.raises(ForbiddenError):
        bench.make("pat")


def test_the_same_key_and_request_give_the_first_task_again(bench: Bench):
    def make(key: str | None, title: str = "Call") -> str:
        new = create.NewTask.parse({"title": title, "task_type": "untyped"})
        with bench.writing() as tx:
            return create.create(tx, bench.content, new, idempotency_key=key).task_id

    first = make("k1")
    state = bench.state()
    assert make("k1") == first
    assert bench.state() == state
    with pytest.raises(IdempotencyKeyReusedError) as caught:
        make("k1", "Another")
    assert caught.value.code == "IDEMPOTENCY_KEY_REUSED"
    for key in ("", "  ", "x" * 201):
        with pytest.raises(BadRequestError):
            make(key)
    assert bench.state() == state
    assert len({first, make("k2"), make(None), make(None)}) == 4


# -- dates ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "deadline"),
    [("UTC", "2026-12-01T23:59:59+00:00"), ("Europe/Berlin", "2026-12-01T22:59:59+00:00")],
)
def test_a_due_day_is_over_at_its_last_second_in_the_workspaces_zone(zone: str, deadline: str):
    bench = Bench("sqlite://", timezone=zone)
    task = bench.task(bench.make(due_date="2026-12-01"))
    assert task.deadline == datetime.fromisoformat(deadline)
    other = bench.task(bench.make(deadline=deadline))
    assert other.due_date == date(2026, 12, 1)
    bench.database.close()


@given(
    day=st.dates(min_value=date(1970, 1, 2), max_value=date(9999, 12, 30)),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Asia/Kolkata"]),
    cut_off=st.sampled_from([None, "17:00", "00:00"]),
)
def test_the_day_of_a_deadline_is_the_due_day(day: date, zone: str, cut_off: str | None):
    calendar = Calendar(key="c", name="C", timezone="Europe/Berlin", cut_off=cut_off) if cut_off else None
    assert dates.due_of(dates.deadline_of(day, calendar, zone), calendar, zone) == day


def test_a_day_at_the_edge_of_time_is_refused():
    with pytest.raises(BadRequestError):
        dates.deadline_of(date(9999, 12, 31), None, "America/New_York")
    with pytest.raises(BadRequestError):
        dates.due_of(datetime(9999, 12, 31, 23, 0, tzinfo=UTC), None, "Asia/Tokyo")


def test_changing_one_date_derives_the_other_by_the_bundles_calendar(bench: Bench):
    office = Calendar(key="office", name="Office", timezone="Europe/Berlin", cut_off="17:00")
    bench.wiring.calendar_of = lambda _tx, _task: office
    task_id = bench.make()
    bench.change(task_id, bundle_id="bnd_1")
    task = change(bench, task_id, {"due_date": "2026-12-01"})
    assert task.deadline == datetime(2026, 12, 1, 16, 0, tzinfo=UTC)
    task = change(bench, task_id, {"deadline": "2026-12-03T23:30:00Z"})
    assert task.due_date == date(2026, 12, 4)
    task = change(bench, task_id, {"due_date": "2026-12-05", "deadline": "2026-12-06T10:00:00Z"})
    assert (task.due_date, task.deadline) == (date(2026, 12, 5), datetime(2026, 12, 6, 10, tzinfo=UTC))
    task = change(bench, task_id, {"due_date": None})
    assert (task.due_date, task.deadline) == (None, None)
