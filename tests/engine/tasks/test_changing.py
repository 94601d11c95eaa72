"""Changing a task: only what is given, one date from the other, refusals that change nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import commands
from engine.audit.models import Action
from engine.errors import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    StaleWriteError,
    UnknownFieldError,
)
from engine.tasks import (
    lifecycle,
)
from engine.tasks.models import Priority, TaskStatus
from tests.engine.conftest import NOW, Bench, change

S = TaskStatus


def test_only_what_is_given_changes_and_the_event_says_from_what_to_what(bench: Bench):
    task_id = bench.make(description="Old", tags=["a"])
    bench.clock.advance(hours=1)
    task = change(bench, task_id, {"description": None, "priority": "high", "title": "Call the printer"})
    assert (task.description, task.priority, task.tags) == (None, Priority.HIGH, ["a"])
    assert (task.updated_at, task.revision) == (NOW + timedelta(hours=1), 2)
    event = bench.events(task_id)[-1]
    assert event.action is Action.TASK_UPDATED
    assert event.before == {"description": "Old", "priority": "medium"}
    assert event.after == {"description": None, "priority": "high"}


def test_a_change_that_changes_nothing_writes_nothing(bench: Bench):
    task_id = bench.make(title="Same", tags=["a"])
    state = bench.state()
    change(bench, task_id, {"title": "Same", "tags": ["a"]})
    change(bench, task_id, {})
    assert bench.state() == state


@pytest.mark.parametrize(
    "field", ["task_id", "owner_id", "completed_at", "colour", "revision", "assignee_role"]
)
def test_a_field_that_may_not_be_set_is_refused_by_name(bench: Bench, field: str):
    task_id = bench.make()
    with pytest.raises(UnknownFieldError) as caught:
        change(bench, task_id, {field: "x", "title": "New"})
    assert caught.value.details[0]["field"] == field
    assert bench.task(task_id).title == "Call the printer"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"title": None}, BadRequestError),
        ({"title": ""}, BadRequestError),
        ({"title": "New", "status": "completed"}, ConflictError),
        ({"title": "New", "status": "nonsense"}, BadRequestError),
        ({"waiting_for": "Ana"}, BadRequestError),
        ({"status": "waiting"}, BadRequestError),
        ({"assigned_to_bot": True, "assignee_id": "ana"}, BadRequestError),
        ({"execution_type": "scheduled"}, BadRequestError),
        ({"depends_on": ["tsk_none"]}, NotFoundError),
        ({"deadline": "2026-12-01"}, BadRequestError),
        ({"deadline": 1764576000}, BadRequestError),
        ({"due_date": 20260101}, BadRequestError),
        ({"due_date": "2026-12-01T00:00:00"}, BadRequestError),
        ({"due_date": "9999-12-31", "deadline": None, "planned_minutes": -5}, BadRequestError),
    ],
)
def test_a_bad_change_changes_nothing_at_all(bench: Bench, fields, error):
    task_id = bench.make()
    state = bench.state()
    with pytest.raises(error):
        change(bench, task_id, fields)
    assert bench.state() == state


def test_a_status_among_the_changes_makes_one_move_after_the_fields(bench: Bench):
    task_id = bench.make()
    task = change(
        bench,
        task_id,
        {"priority": "low", "status": "waiting_input", "waiting_for": "Ana", "follow_up_at": ""},
    )
    assert (task.priority, task.status, task.waiting_for) == ("low", S.WAITING, "Ana")
    assert [event.action for event in bench.events(task_id)][1:] == [
        Action.TASK_UPDATED,
        Action.TASK_STATUS_CHANGED,
    ]


def test_a_stale_change_is_refused(bench: Bench):
    task_id = bench.make()
    change(bench, task_id, {"title": "New"}, revision=1)
    with pytest.raises(StaleWriteError):
        change(bench, task_id, {"title": "Newer"}, revision=1)
    assert bench.task(task_id).title == "New"


def test_the_bot_and_a_person_exclude_each_other(bench: Bench):
    task_id = bench.make(assignee="ana")
    with pytest.raises(BadRequestError, match="never both"):
        change(bench, task_id, {"assigned_to_bot": True})
    task = change(bench, task_id, {"assigned_to_bot": True, "assignee_id": None})
    assert (task.assigned_to_bot, task.assignee_id) == (True, None)
    with pytest.raises(BadRequestError, match="never both"):
        change(bench, task_id, {"assignee_id": "ben"})


def test_a_review_is_lifted_only_by_a_manager_and_recorded_as_one(bench: Bench):
    task_id = bench.make("ana")
    change(bench, task_id, {"requires_human_review": True}, by="ana")
    with pytest.raises(ForbiddenError):
        change(bench, task_id, {"requires_human_review": False}, by="ana")
    assert bench.task(task_id).awaits_review
    task = change(bench, task_id, {"requires_human_review": False})
    assert (task.human_reviewed_by, task.human_reviewed_at) == (bench.actors["mara"].user_id, NOW)
    with bench.writing("ana") as tx:
        lifecycle.start(tx, task_id)
    with pytest.raises(ConflictError, match="started"):
        change(bench, task_id, {"requires_human_review": True})


def test_a_closed_task_keeps_its_fields_but_tags(bench: Bench):
    task_id = bench.make()
    with bench.writing() as tx:
        lifecycle.complete(tx, task_id)
    with pytest.raises(ConflictError):
        change(bench, task_id, {"title": "New"})
    assert change(bench, task_id, {"tags": ["done well"]}).tags == ["done well"]


def test_settings_fit_the_type_and_those_of_a_bundle_are_pinned(bench: Bench):
    task_id = bench.make(task_type="article")
    assert change(bench, task_id, {"config": {"word_target": 200}}).config == {"word_target": 200}
    with pytest.raises(BadRequestError):
        change(bench, task_id, {"config": {"word_target": 2}})
    bench.change(task_id, bundle_id="bnd_1")
    with pytest.raises(ConflictError, match="pinned"):
        change(bench, task_id, {"config": {}})


@pytest.mark.parametrize(("before", "after"), [("untyped", "article"), ("article", "untyped")])
def test_a_type_that_hands_something_over_is_neither_taken_nor_left(bench: Bench, before: str, after: str):
    task_id = bench.make(task_type=before)
    state = bench.state()
    with pytest.raises(ConflictError, match="the type article hand something over"):
        change(bench, task_id, {"task_type": after})
    assert bench.state() == state


@pytest.mark.parametrize("name", ["task create", "task update"])
def test_settings_of_an_executor_are_judged_before_anybody_waits_for_the_transaction(bench: Bench, name: str):
    settings = {"executor": "api_call", "url": "https://x.example", "answer_schema": {"type": 5}}
    given = {"task_id": "12"} if name == "task update" else {"title": "x", "task_type": "general"}
    command = commands.get(name)
    request = command.input.model_validate({**given, "execution_config": settings})
    with pytest.raises(BadRequestError, match="do not fit the executor api_call"):
        command.prepare(bench, bench.actors["ana"], request)


def test_another_type_brings_who_decides_and_checks_the_settings(bench: Bench):
    task_id = bench.make()
    task = change(bench, task_id, {"task_type": "judged"})
    assert (task.task_type, task.approval.get("required")) == ("judged", True)
    with pytest.raises(BadRequestError, match="old_type"):
        change(bench, task_id, {"task_type": "old_type"})
