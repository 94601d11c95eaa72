"""The list of tickets: what programs do, for whom it concerns, narrowed, in pages, with how far each is."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import BadRequestError, NotFoundError
from engine.recipes import tickets
from engine.recipes.tickets import Page, TicketFilter
from engine.tasks.models import Task
from tests.engine.executions.conftest import Office
from tests.engine.recipes.conftest import VALUES
from tests.receiver import says

RATES = says({"date": "2026-11-20", "rates": {"EUR": 0.95}})


def listed(desk: Office, by: str = "mara", **given: str) -> Page:
    content = desk.workbench.content()
    with desk.workbench.reading(desk.people[by]) as tx:
        return tickets.list_tickets(tx, content, TicketFilter.parse(given))


def ids(page: Page) -> list[str]:
    return [one.task.task_id for one in page.items]


def start(desk: Office, by: str = "ana", **given: Any) -> Task:
    task: Task = desk.do("recipe start", by, recipe="exchange_rate", parameters=VALUES, **given).ticket
    return task


def test_the_list_has_what_programs_do_the_newest_first_with_what_came_out(desk: Office) -> None:
    alone = desk.make("mara")
    desk.do("task create", title="A person's", task_type="untyped")
    desk.workbench.clock.advance(seconds=1)  # type: ignore[attr-defined]
    done = start(desk)
    desk.program.usual = RATES
    desk.work()
    desk.workbench.clock.advance(seconds=1)  # type: ignore[attr-defined]
    waiting = start(desk)
    page = listed(desk)
    assert ids(page) == [waiting.task_id, done.task_id, alone.task_id]
    assert (page.total, page.is_exact) == (3, True)
    newest, middle, oldest = page.items
    assert (newest.category, newest.recipe_name) == ("research", "Exchange rate of a day")
    assert (newest.last and newest.last.is_live, newest.steps_done) == (True, 0)
    assert (middle.steps_done, middle.steps_total, middle.values) == (1, 1, 2)
    assert (oldest.category, oldest.bundle, oldest.last, oldest.steps_total) == ("", None, None, 0)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("waiting", "waits"),
        ("pending", "waits"),
        ("succeeded", "done"),
        ("completed", "done"),
        ("failed", "fails"),
        ("failed,waiting", "fails waits"),
        ("active", ""),
        ("running", ""),
        ("cancelled", ""),
    ],
)
def test_the_list_is_narrowed_by_how_tickets_stand(desk: Office, status: str, expected: str) -> None:
    desk.program.answers = [RATES, 404]
    found = {}
    for name in ("done", "fails"):
        found[start(desk).task_id] = name
        desk.work()
        desk.workbench.clock.advance(seconds=1)  # type: ignore[attr-defined]
    found[start(desk).task_id] = "waits"
    page = listed(desk, status=status)
    assert sorted(found[one] for one in ids(page)) == expected.split()
    assert page.total == len(expected.split())


def test_the_list_is_narrowed_by_category_and_recipe(desk: Office) -> None:
    desk.make("mara")
    one = start(desk)
    assert ids(listed(desk, category="research")) == [one.task_id]
    assert ids(listed(desk, recipe="exchange_rate")) == [one.task_id]
    assert ids(listed(desk, category="content")) == []
    assert ids(listed(desk, category="content", recipe="exchange_rate")) == []


def test_pages_follow_one_another_and_a_count_stops_where_it_is_told_to(desk: Office) -> None:
    made = []
    for _ in range(5):
        made.append(start(desk).task_id)
        desk.workbench.clock.advance(seconds=1)  # type: ignore[attr-defined]
    parts = [ids(listed(desk, limit="2", offset=offset)) for offset in ("0", "2", "4")]
    assert [one for part in parts for one in part] == made[::-1]
    content = desk.workbench.content()
    with desk.workbench.reading(desk.people["mara"]) as tx:
        cut = tickets.list_tickets(tx, content, TicketFilter(), counted=3)
    assert (cut.total, cut.is_exact) == (4, False)


def test_a_member_sees_their_own_tickets_and_nobody_elses(desk: Office) -> None:
    own, other = start(desk, "ana"), start(desk, "ben")
    assert set(ids(listed(desk, "ana"))) == {own.task_id}
    assert listed(desk, "ana").total == 1
    assert set(ids(listed(desk, "mara"))) == {own.task_id, other.task_id}
    assert ids(listed(desk, "pat")) == [], "a partner's people see no task"


def test_bad_filters_are_named_each_with_what_they_take() -> None:
    with pytest.raises(BadRequestError) as refused:
        TicketFilter.parse({"status": "sleeping", "limit": "0", "colour": "red"})
    assert [detail["field"] for detail in refused.value.details] == ["status", "limit", "colour"]
    assert "use waiting, active, succeeded, failed, cancelled" in refused.value.message


def test_what_people_do_is_no_ticket(desk: Office) -> None:
    task = desk.do("task create", title="A person's", task_type="untyped")
    content = desk.workbench.content()
    with (
        desk.workbench.reading(desk.people["mara"]) as tx,
        pytest.raises(NotFoundError, match="people do it"),
    ):
        tickets.get(tx, content, tx.get(Task, task.task_id))
