"""The queue of flagged tasks, and the filter that finds them among all tasks (QA-11, LST-17)."""

from __future__ import annotations

import pytest

from engine.errors import BadRequestError, ForbiddenError
from engine.qa import queries, service
from engine.qa.read_models import Page, QaState
from engine.tasks.models import Task
from engine.tasks.queries import list_tasks
from engine.tasks.search.reading import from_options
from tests.engine.qa.conftest import Floor


@pytest.fixture
def flagged(either_floor: Floor) -> tuple[Floor, list[Task]]:
    """Five flagged tasks, completed a day apart; the second and fourth are scored."""
    floor, tasks = either_floor, []
    for number, who in enumerate(["ana", "ben", "ana", "ben", "ana"]):
        floor.workbench.clock.advance(days=1)
        tasks.append(floor.done(who, title=f"Task {number}"))
    floor.done(None, title="Not flagged")
    for place, score in ((1, 2), (3, 5)):
        floor.workbench.clock.advance(days=1)
        floor.review(tasks[place], score=score)
    return floor, tasks


def titles(page: Page) -> list[str]:
    return [item.row.task.title for item in page.items]


def test_what_waits_comes_first_oldest_on_top_then_what_was_scored(flagged):
    floor, _ = flagged
    page: Page = floor.ask("mara", service.queue)
    assert titles(page) == ["Task 0", "Task 2", "Task 4", "Task 3", "Task 1"]
    assert (page.total, page.by_state) == (5, {QaState.OPEN: 3, QaState.REVIEWED: 2})
    assert [item.latest.score if item.latest else None for item in page.items] == [None, None, None, 5, 2]
    assert [item.row.assignee_name for item in page.items[:2]] == ["Ana Alvarez", "Ana Alvarez"]


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_pages_follow_each_other_without_gap_or_repeat(flagged, limit: int):
    floor, _ = flagged
    found: list[str] = []
    for offset in range(0, 8, limit):
        page = floor.ask("mara", service.queue, limit=limit, offset=offset)
        assert page.total == 5
        found += titles(page)
    assert found == ["Task 0", "Task 2", "Task 4", "Task 3", "Task 1"]


def test_one_state_alone(flagged):
    floor, _ = flagged
    assert titles(floor.ask("mara", service.queue, "open")) == ["Task 0", "Task 2", "Task 4"]
    assert titles(floor.ask("mara", service.queue, "reviewed", limit=1, offset=1)) == ["Task 1"]
    with pytest.raises(BadRequestError, match="open, reviewed"):
        floor.ask("mara", service.queue, "closed")


def test_a_complaint_puts_a_scored_task_back(flagged):
    floor, tasks = flagged
    floor.flag(tasks[1], "complaint")
    page = floor.ask("mara", service.queue, "open")
    assert titles(page) == ["Task 0", "Task 1", "Task 2", "Task 4"]
    assert page.items[1].latest.score == 2


@pytest.mark.parametrize("who", ["sam", "ana", "bot", "pat"])
def test_the_queue_is_for_those_who_score(floor: Floor, who: str):
    with pytest.raises(ForbiddenError):
        floor.ask(who, service.queue)


def test_an_empty_queue_is_a_page_too(floor: Floor):
    page = floor.ask("mara", service.queue)
    assert (page.items, page.total) == ([], 0)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("flagged", {"Task 0", "Task 1", "Task 2", "Task 3", "Task 4"}),
        ("open", {"Task 0", "Task 2", "Task 4"}),
        ("reviewed", {"Task 1", "Task 3"}),
    ],
)
def test_lists_of_tasks_are_narrowed_by_qa(flagged, asked: str, expected: set[str]):
    floor, _ = flagged
    for who, own in (("mara", expected), ("ana", expected & {"Task 0", "Task 2", "Task 4"})):
        with floor.workbench.reading(floor.people[who]) as tx:
            page = list_tasks(tx, from_options(tx, {"qa": asked}))
        assert ({row.title for row in page.items}, page.total) == (own, len(own))


def test_the_first_tasks_of_a_person_are_counted_without_reading_everybodys(floor: Floor):
    """An index of the person's tasks leads there; that of the status would read all completed ones."""
    asked: list[str] = []
    with floor.workbench.reading(floor.people["mara"]) as tx:
        connection = tx.connection.connection.driver_connection
        connection.set_trace_callback(asked.append)
        count = queries.count_completed(tx, str(floor.people["ana"].employee_id), besides="tsk_1", at_most=3)
        connection.set_trace_callback(None)
        [statement] = [text for text in asked if "assignee_id" in text]
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
    assert count == 0
    assert len(plan) == 1
    assert "workspace_id=? AND assignee_id=?" in plan[0]


def test_an_unknown_state_of_qa_is_refused(floor: Floor):
    with (
        floor.workbench.reading(floor.people["mara"]) as tx,
        pytest.raises(BadRequestError, match="reviewed"),
    ):
        from_options(tx, {"qa": "random"})
