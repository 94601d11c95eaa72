"""Lists, board, statistics and tallies say the same on both databases, for who sees all or a part."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from engine.accounts import service as accounts
from engine.app import Workbench
from engine.fulltext import Sought, sought
from engine.reference import service as reference
from engine.tasks import create, lifecycle, queries
from engine.tasks.filters import SORTS, TaskFilter
from engine.tasks.models import Priority, Task, TaskStatus
from engine.tasks.queries import pages
from engine.tasks.states import TERMINAL

_DAY = date(2026, 12, 1)


def looked_for(text: str) -> tuple[Sought, ...]:
    """Return a phrase as filters have it."""
    return tuple(filter(None, [sought(text)]))


FILTERS = [
    {},
    {"open": True},
    {"status": (TaskStatus.IN_PROGRESS, TaskStatus.COMPLETED)},
    {"priority": (Priority.HIGH,)},
    {"mine": True},
    {"unassigned": True, "open": True},
    {"words": looked_for("printer 1")},
    {"tag": "blue"},
    {"overdue": True},
    {"due_after": _DAY, "due_before": _DAY + timedelta(days=9)},
]


def make_people(workbench: Workbench):
    """Return an admin, and a member who may claim what writers do."""
    operator = workbench.operator()
    with workbench.transaction(operator) as tx:
        employees = [
            {"key": name, "name": name.title(), "email": f"{name}@example.com", "roles": ["writer"]}
            for name in ("ana", "ben")
        ]
        reference.load(tx, {"employees": employees, "partners": [], "campaigns": []})
        accounts.add_user(tx, "ana@example.com", "Ana", ["member"])
    return operator, workbench.actor_by_email("ana@example.com")


def make_tasks(workbench: Workbench, operator, member) -> None:
    """Make 40 tasks of many kinds: every third is the member's, the others the operator's or Ben's."""
    content = workbench.content()
    for number in range(40):
        request = {
            "title": f"Call printer {number}",
            "task_type": "untyped",
            "priority": list(Priority)[number % 4].value,
            "tags": ["blue"] if number % 5 == 0 else [],
            "assignee": (None, "ana", "ben")[number % 3],
            "due_date": None if number % 7 == 0 else (_DAY + timedelta(days=number % 11 - 15)).isoformat(),
        }
        with workbench.transaction(member if number % 8 == 0 else operator) as tx:
            task = create.create(tx, content, create.NewTask.parse(request))
        with workbench.transaction(operator) as tx:
            if number % 4 == 1:
                lifecycle.start(tx, task.task_id)
            if number % 4 == 2:
                lifecycle.cancel(tx, task.task_id, "not needed")


@pytest.fixture(scope="module")
def filled(shared_workbench):
    operator, member = make_people(shared_workbench)
    make_tasks(shared_workbench, operator, member)
    return shared_workbench, {"operator": operator, "member": member}


def ids(tx, **wanted) -> list[int]:
    page = queries.list_tasks(tx, TaskFilter(limit=100, **wanted))
    assert page.total == len(page.items)
    return [row.task_number for row in page.items]


ORDERS = [*SORTS, *(f"-{sort}" for sort in SORTS)]
EACH_WITH_EACH = [(sort, wanted) for sort in ORDERS for wanted in FILTERS]
#: Every order and every filter, though not each with each.
SOME = [(sort, FILTERS[(at + turn) % len(FILTERS)]) for at, sort in enumerate(ORDERS) for turn in (0, 5)]


@pytest.mark.few(2)
@pytest.mark.parametrize(
    "pairs", [SOME, pytest.param(EACH_WITH_EACH, marks=pytest.mark.wide)], ids=["some", "all"]
)
@pytest.mark.parametrize("name", ["operator", "member"])
def test_pages_of_every_order_join_to_the_whole_list_and_statistics_and_board_count_it(
    filled, name: str, pairs: list
):
    workbench, people = filled
    with workbench.reading(people[name]) as tx:
        tasks = queries.list_tasks(tx, TaskFilter(limit=100)).items
        assert len(tasks) == (40 if name == "operator" else 17)
        counts = queries.statistics(tx)
        board = {column.status: column for column in queries.board(tx, TaskFilter())}
        for sort, wanted in pairs:
            whole = ids(tx, sort=sort, **wanted)
            parts = []
            for offset in range(0, len(whole) + 1, 7):
                page = queries.list_tasks(tx, TaskFilter(sort=sort, limit=7, offset=offset, **wanted))
                assert page.total == len(whole)
                parts += [row.task_number for row in page.items]
            assert parts == whole
    by_status = Counter(task.status for task in tasks)
    assert counts.by_status == {status: by_status[status] for status in TaskStatus}
    assert sum(counts.by_priority.values()) == len(tasks)
    assert counts.overdue == sum(task.is_overdue(tx.now) for task in tasks)
    assert {lane: column.total for lane, column in board.items() if column.total} == Counter(
        task.lane for task in tasks
    )


def test_empty_days_come_last_in_both_directions(filled):
    workbench, people = filled
    for actor in people.values():
        with workbench.reading(actor) as tx:
            for sort in ("due_date", "-due_date"):
                rows = queries.list_tasks(tx, TaskFilter(sort=sort, limit=100)).items
                days = [row.due_date for row in rows]
                dated = [day for day in days if day]
                assert days == [
                    *sorted(dated, reverse=sort.startswith("-")),
                    *[None] * (len(days) - len(dated)),
                ]
                assert len(dated) < len(days)


def test_the_tallies_follow_every_change_and_every_removal(either_workbench):
    operator, member = make_people(either_workbench)
    make_tasks(either_workbench, operator, member)
    with either_workbench.database.write() as connection:
        connection.exec_driver_sql(
            "DELETE FROM tasks WHERE doc_id IN (SELECT doc_id FROM tasks ORDER BY doc_id LIMIT 2)"
        )
    with either_workbench.reading(operator) as tx:
        tasks = tx.find(Task)
        assert queries.list_tasks(tx, TaskFilter()).total == len(tasks) == 38
        wanted = TaskFilter(open=True, priority=(Priority.HIGH, Priority.LOW))
        assert queries.list_tasks(tx, wanted).total == sum(
            task.status not in TERMINAL and task.priority in wanted.priority for task in tasks
        )
        assert sum(queries.statistics(tx).by_status.values()) == 38


class _ChangedOurMindError(Exception):
    """Rolls a transaction back."""


def _make_and_roll_back(workbench: Workbench, actor) -> None:
    with workbench.transaction(actor) as tx:
        new = create.NewTask.parse({"title": "Never", "task_type": "untyped"})
        create.create(tx, workbench.content(), new)
        assert queries.statistics(tx).by_status[TaskStatus.PENDING] == 21
        raise _ChangedOurMindError


def test_the_tallies_forget_what_was_rolled_back(filled):
    workbench, people = filled
    with pytest.raises(_ChangedOurMindError):
        _make_and_roll_back(workbench, people["operator"])
    with workbench.reading(people["operator"]) as tx:
        assert queries.statistics(tx).by_status[TaskStatus.PENDING] == 20


#: What many match, and no index finds.
COMMON: list[dict[str, Any]] = [
    {"tag": "blue"},
    {"none_of": (TaskFilter(tag="blue"), TaskFilter(words=looked_for("12")))},
    {"any_of": ((TaskFilter(tag="blue"), TaskFilter(words=looked_for("printer 1"))),), "open": True},
]
TEXTS = ["printer 1", "PRINTER 12", "1", "c", "nobody", "call printer", "#3"]


@pytest.mark.parametrize("name", ["operator", "member"])
def test_words_find_what_reading_every_title_does(filled, name: str):
    workbench, people = filled
    with workbench.reading(people[name]) as tx:
        seen = queries.list_tasks(tx, TaskFilter(limit=100)).items
        assert len(seen) > 10
        for text in TEXTS:
            asks = {"number": int(text[1:])} if text.startswith("#") else {"words": looked_for(text)}
            if text.startswith("#"):
                whole = {task.task_id for task in seen if task.task_number == int(text[1:])}
            else:
                whole = {task.task_id for task in seen if f" {text.lower()}" in f" {task.title.lower()}"}
            found = queries.list_tasks(tx, TaskFilter(limit=100, **asks))
            counted = queries.list_tasks(tx, TaskFilter(limit=100, **asks), counted=10)
            assert {row.task_id for row in found.items} == whole, text
            assert (counted.items, counted.total, counted.is_exact) == (found.items, len(whole), True)
            every = TaskFilter(status=tuple(TaskStatus), **asks)
            columns = queries.board(tx, every, per_column=50)
            assert {row.task_id for column in columns for row in column.cards} == whole
            assert sum(column.total for column in columns) == len(whole)


@pytest.mark.parametrize(
    "sort", [ORDERS[0], *(pytest.param(sort, marks=pytest.mark.wide) for sort in ORDERS[1:-1]), ORDERS[-1]]
)
def test_a_total_of_many_is_exact_up_to_what_is_counted_and_each_page_is_the_same(filled, sort: str):
    workbench, people = filled
    with workbench.reading(people["operator"]) as tx:
        for wanted in COMMON:
            total = len(ids(tx, sort=sort, **wanted))
            for offset in range(0, total + 7, 7):
                asked = TaskFilter(sort=sort, limit=7, offset=offset, **wanted)
                exact, found = queries.list_tasks(tx, asked), queries.list_tasks(tx, asked, counted=9)
                assert found.items == exact.items
                assert found.total == min(total, max(9, offset + 7) + 1)
                assert found.is_exact == (total <= max(9, offset + 7))


@pytest.mark.few(4)
@pytest.mark.parametrize("counted", [3, 500])
@pytest.mark.parametrize("sort", [f"{sign}{sort}" for sort in SORTS for sign in ("", "-")])
def test_what_has_a_tag_is_shown_the_same_whether_few_or_many_have_it(
    filled, monkeypatch: pytest.MonkeyPatch, sort: str, counted: int
):
    workbench, people = filled
    for wanted in ({}, {"open": True}, {"limit": 2}, {"limit": 2, "offset": 3}, {"offset": 90}):
        asked = TaskFilter(tag="Blue", sort=sort, **wanted)
        with workbench.reading(people["operator"]) as tx:
            whole = queries.list_tasks(tx, asked)
            few = queries.list_tasks(tx, asked, counted=counted)
            monkeypatch.setattr(pages, "_MOST_SORTED", 0)
            many = queries.list_tasks(tx, asked, counted=counted)
            monkeypatch.undo()
        assert few == many
        assert [row.task_id for row in few.items] == [row.task_id for row in whole.items]
        assert few.is_exact == (whole.total <= max(counted, asked.offset + asked.limit))
        assert not few.is_exact or few.total == whole.total


@pytest.mark.few(3)
@pytest.mark.parametrize("tag", ["blue", "bl", "Straße", 'says "x"', "a\\b", "%", "海"])
def test_a_tag_is_found_whole_whatever_letters_it_has(workbench: Workbench, tag: str):
    operator, member = make_people(workbench)
    make_tasks(workbench, operator, member)
    with workbench.transaction(operator) as tx:
        request = {"title": "Tagged", "task_type": "untyped", "tags": ["first", tag]}
        task_id = create.create(tx, workbench.content(), create.NewTask.parse(request)).task_id
    expected = 9 if tag == "blue" else 1
    with workbench.reading(operator) as tx:
        for counted in (None, 500):
            found = queries.list_tasks(tx, TaskFilter(tag=tag.upper().replace("SS", "ß")), counted=counted)
            assert (found.total, task_id in {row.task_id for row in found.items}) == (expected, True)
