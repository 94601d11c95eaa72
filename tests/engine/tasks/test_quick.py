"""Making a task from a line: what is filled in beside it, the simplest type, once per key, refusals."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from engine.accounts import actors
from engine.accounts.models import User
from engine.app import Workbench
from engine.catalog.content import Content
from engine.catalog.models import TaskType
from engine.errors import BadRequestError, ForbiddenError, IdempotencyKeyReusedError
from engine.reference.models import Employee
from engine.tasks import create
from engine.tasks.models import Priority, Task, Urgency
from engine.tasks.quick import Quick
from tests.factories import do, make_people, make_task
from tests.told import saved


def quick(workbench: Workbench, line: str, who: str = "ana", **given: Any) -> Quick:
    with workbench.reading(workbench.operator()) as tx:
        actor = actors.actor_of(tx, tx.find_one(User, email=f"{who}@example.com"))
    made: Quick = do(workbench, actor, "task quick", line=line, **given)
    return made


@pytest.fixture(autouse=True)
def people(request: pytest.FixtureRequest) -> None:
    """Fill whichever workbench a test asks for with people."""
    for name in {"workbench", "either_workbench"} & set(request.fixturenames):
        make_people(request.getfixturevalue(name))


def tasks(workbench: Workbench) -> list[Task]:
    with workbench.reading(workbench.operator()) as tx:
        return tx.find(Task)


def test_a_line_becomes_a_task(either_workbench: Workbench):
    task = quick(either_workbench, "call Ana 1 Dec 15:00 !high !soon #tax #2026-plan @ben").task
    assert task is not None
    assert (task.title, task.task_type, task.priority, task.urgency) == (
        "call Ana",
        "untyped",
        Priority.HIGH,
        Urgency.SOON,
    )
    assert (task.due_date, task.deadline) == (date(2026, 12, 1), datetime(2026, 12, 1, 15, tzinfo=UTC))
    assert task.tags == ["tax", "2026-plan"]
    with either_workbench.reading(either_workbench.operator()) as tx:
        assert tx.get(Employee, str(task.assignee_id)).key == "ben"


def test_a_title_is_enough(workbench: Workbench):
    task = quick(workbench, "Order paper").task
    assert task is not None
    assert (task.title, task.due_date, task.assignee_id, task.priority) == (
        "Order paper",
        None,
        None,
        "medium",
    )


def test_a_day_is_over_at_its_end_in_the_zone_of_the_workspace(workbench: Workbench):
    task = quick(workbench, "Order paper tomorrow").task
    assert task is not None
    assert (task.due_date, task.deadline) == (
        date(2026, 11, 22),
        datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC),
    )


def test_what_is_filled_in_counts_whatever_the_line_says(workbench: Workbench):
    other = make_task(workbench)
    task = quick(
        workbench,
        "call Ana 1 Dec 15:00 !high #tax @ben",
        "mara",
        due_date="2026-12-24",
        priority="low",
        urgency="urgent",
        tags=["guests, tax"],
        assignee="ana",
        task_type="article",
        description="About the contract.",
        campaign="acme_spring",
        depends_on=[f"#{other.task_number}"],
    ).task
    assert task is not None
    assert (task.due_date, task.priority, task.urgency, task.tags) == (
        date(2026, 12, 24),
        "low",
        "urgent",
        ["tax", "guests"],
    )
    assert (task.task_type, task.description, task.depends_on, task.blocked_by) == (
        "article",
        "About the contract.",
        [other.task_id],
        other.task_id,
    )
    assert task.campaign_id is not None
    assert task.partner_id is not None
    with workbench.reading(workbench.operator()) as tx:
        assert tx.get(Employee, str(task.assignee_id)).key == "ana"


def test_me_is_whoever_writes_it(workbench: Workbench):
    task = quick(workbench, "Call the printer @me").task
    assert task is not None
    with workbench.reading(workbench.operator()) as tx:
        assert tx.get(Employee, str(task.assignee_id)).key == "ana"


@pytest.mark.parametrize(
    ("line", "given", "whose"),
    [
        ("Order paper", {}, "ana"),
        ("Order paper @ben", {}, "ben"),
        ("Order paper", {"assignee": "ben"}, "ben"),
        ("Order paper @me", {}, "ana"),
    ],
)
def test_what_shall_be_mine_is_whoever_makes_it_s_unless_somebody_is_named(
    workbench: Workbench, line: str, given: dict[str, str], whose: str
):
    task = quick(workbench, line, "ana" if given == {} else "mara", mine=True, **given).task
    assert task is not None
    with workbench.reading(workbench.operator()) as tx:
        assert tx.get(Employee, str(task.assignee_id)).key == whose


def test_whoever_is_no_employee_makes_no_task_for_themselves(workbench: Workbench):
    with pytest.raises(BadRequestError) as refused:
        do(workbench, workbench.operator(), "task quick", line="Order paper", mine=True)
    assert refused.value.details[0]["field"] == "mine"
    assert "is no employee: leave it out, or name who does it" in refused.value.details[0]["message"]
    assert tasks(workbench) == []


def test_a_dry_run_says_what_is_understood_and_makes_nothing(workbench: Workbench):
    found = quick(workbench, "call Ana tomorrow", dry_run=True)
    assert (found.task, found.understood.title, found.message) == (
        None,
        "call Ana",
        "Understood; nothing is made.",
    )
    assert tasks(workbench) == []


def test_the_same_key_makes_one_task_even_on_the_next_day(workbench: Workbench):
    first = quick(workbench, "call Ana tomorrow", idempotency_key="k").task
    workbench.clock.advance(hours=24)
    again = quick(workbench, "call Ana tomorrow", idempotency_key="k").task
    assert first is not None
    assert again is not None
    assert (again.task_id, len(tasks(workbench))) == (first.task_id, 1)
    with pytest.raises(IdempotencyKeyReusedError):
        quick(workbench, "call Ben tomorrow", idempotency_key="k")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("tomorrow !high", "has no title: write what is to be done, too"),
        ("x" * 501, "has more than 500 characters; shorten it"),
        (
            "Call @bem 2026-02-30",
            "“@bem” is nobody who can be given a task (nearest: @ben",
        ),
        (
            "Call @bem 2026-02-30",
            "“2026-02-30” is not in the calendar; write another, or put it in quotes to keep it as text",
        ),
    ],
)
@pytest.mark.parametrize("dry_run", [False, True])
def test_a_line_that_cannot_be_is_refused_at_the_line(
    workbench: Workbench, line: str, told: str, dry_run: bool
):
    with pytest.raises(BadRequestError) as refused:
        quick(workbench, line, dry_run=dry_run)
    assert refused.value.details[0]["field"] == "line"
    assert told in refused.value.details[0]["message"]
    assert tasks(workbench) == []


def test_who_left_is_given_nothing(workbench: Workbench):
    quick(workbench, "Begin")
    with workbench.transaction(workbench.operator()) as tx:
        ben = tx.find_one(Employee, key="ben")
        ben.is_active = False
        saved(tx, ben)
    with pytest.raises(BadRequestError, match="“@ben” is nobody who can be given a task"):
        quick(workbench, "Call @ben")


def test_a_partner_makes_no_task(workbench: Workbench):
    with pytest.raises(ForbiddenError):
        quick(workbench, "Call", "pat")


@pytest.mark.parametrize(
    ("types", "simplest"),
    [
        ([{"key": "b"}, {"key": "a"}], "a"),
        ([{"key": "a", "status": "retired"}, {"key": "b"}], "b"),
        ([{"key": "a", "config_schema": {"properties": {"x": {}}}}, {"key": "b"}], "b"),
        ([{"key": "a", "config_schema": {"required": ["x"]}}, {"key": "b", "executor": "custom"}], "b"),
        ([{"key": "a", "executor": "custom"}, {"key": "b", "approval": {"required": True}}], "b"),
        ([{"key": "a", "approval": {"required": True}}, {"key": "b"}], "b"),
        ([{"key": "a", "deliverables": [{"ref": "d", "type": "t"}]}, {"key": "b"}], "b"),
    ],
)
def test_the_type_of_a_task_for_which_nobody_chooses_one_is_the_simplest(
    types: list[dict[str, Any]], simplest: str
):
    assert create.simplest_type(content_of(types)).key == simplest


def test_without_any_type_there_is_no_simplest():
    with pytest.raises(BadRequestError, match="the content has no active task type"):
        create.simplest_type(content_of([]))


def content_of(types: list[dict[str, Any]]) -> Content:
    kinds = [TaskType.model_validate({"name": item["key"], **item}) for item in types]
    return Content(
        commit=None,
        dirty=False,
        problems=(),
        task_types={kind.key: kind for kind in kinds},
        templates={},
        process_docs={},
        calendars={},
        overrides={},
        files={},
    )
