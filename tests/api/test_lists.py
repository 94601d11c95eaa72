"""Lists: what narrows and orders them, their pages, and cursors that neither skip nor repeat."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice, pairwise
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask, g
from hypothesis import given
from hypothesis import strategies as st

from engine.tasks.filters import SORTS
from tests.api.reading import *  # noqa: F403 - fixtures
from tests.api.reading import OF_ADMINS, Ask, address, listed, parents
from tests.factories import do, make_bundle, make_people, make_task
from web import create_app
from web.api import auth
from web.context import hold_workbench

TODAY = date(2026, 11, 21)


@pytest.fixture
def of_both(app, either_workbench, asking):
    """An empty workspace with its people on either database, and what asks its API."""
    hold_workbench(app.extensions, either_workbench)
    return either_workbench, make_people(either_workbench), asking


def walked(ask: Ask, path: str, name: str, key: str, *, between: Any = None) -> list[str]:
    """Return the ids that one finds page by page, with something done between two pages."""
    found, cursor = list[str](), ""
    while True:
        answer = ask(f"{path}{'&' if '?' in path else '?'}limit=2{cursor}")
        assert answer.status_code == 200, answer.text
        found += [one[key] for one in answer.json[name]]
        assert len(found) < 200, "it goes round in a circle"
        if answer.json["next"] is None:
            return found
        cursor = f"&cursor={answer.json['next']}"
        if between is not None:
            between()


# -- filters -------------------------------------------------------------------------------


def test_the_query_language_and_the_named_filters_find_what_the_command_line_finds(of_both):
    workbench, people, asking = of_both
    for number in range(4):
        day = str(TODAY + timedelta(days=number - 2))
        make_task(workbench, title=f"Guest bio {number}", due_date=day, tags=["paid"] if number % 2 else [])
    make_task(workbench, title="Other", assignee="ana")
    ask = asking(people["mara"])

    def titles(query: str) -> list[str]:
        return [one["title"] for one in ask(f"/tasks?{query}").json["tasks"]]

    assert titles("q=" + quote('"guest bio" -tag:paid')) == ["Guest bio 2", "Guest bio 0"]
    assert titles(f"q={quote('guest sort:-due_date')}") == [f"Guest bio {one}" for one in (3, 2, 1, 0)]
    assert titles("assignee=ana") == ["Other"]
    assert titles(f"due_before={TODAY}") == ["Guest bio 0", "Guest bio 1"]
    assert titles(f"overdue=yes&tag=paid&q={quote('due:<7d')}") == ["Guest bio 1"]
    assert titles("sort=-title&limit=2") == ["Other", "Guest bio 3"]


def test_a_hit_that_the_title_does_not_show_is_told_beside_the_task(of_both):
    workbench, people, asking = of_both
    task = make_task(workbench, title="Write", assignee="ana")
    do(workbench, people["ana"], "task note", task_id=task.task_id, body="The printer is broken.")
    [found] = asking(people["mara"])("/tasks?q=printer").json["tasks"]
    assert found["found"] == {"in": "note", "text": "The printer is broken.", "marks": [[4, 11]]}
    assert "found" not in asking(people["mara"])("/tasks?q=write").json["tasks"][0]


REFUSED = {
    "limit=0": ("BAD_REQUEST", "limit"),
    "limit=101": ("BAD_REQUEST", "limit"),
    "limit=1.0": ("BAD_REQUEST", "limit"),
    "limit=x": ("BAD_REQUEST", "limit"),
    "offset=-1": ("BAD_REQUEST", "offset"),
    "offset=99999999999999999999": ("BAD_REQUEST", "offset"),
    "limit=1&limit=2": ("BAD_REQUEST", "limit"),
    "colour=red": ("UNKNOWN_FIELD", "colour"),
    "cursor=": ("BAD_CURSOR", "cursor"),
    "cursor=x": ("BAD_CURSOR", "cursor"),
    "cursor=WyJhIiwxXQ.c2ln": ("BAD_CURSOR", "cursor"),
}


def test_what_no_list_can_mean_is_refused(asking, everybody, subjects):
    of = parents(subjects)
    for path, resource in listed():
        if path == "exports/files":  # there are none of this workspace (test_exports)
            continue
        ask = asking(everybody["operator" if path in OF_ADMINS else "mara"])
        answers = {query: ask(f"{address(resource, of)}?{query}") for query in REFUSED}
        assert {answer.status_code for answer in answers.values()} == {400}, path
        said = {query: answer.json["error"] for query, answer in answers.items()}
        told = {
            query: (error["code"], *(one["field"] for one in error["details"]))
            for query, error in said.items()
        }
        assert told == REFUSED, path


UNREADABLE = {
    "q=colour:red": "q",
    "status=lost": "status",
    "priority=urgent": "priority",
    "due_before=tomorrow": "due_before",
    "sort=colour": "sort",
    "overdue=maybe": "overdue",
    "assignee=zoe": "assignee",
}


def test_a_filter_that_cannot_be_read_says_which_it_is(asking, everybody):
    ask = asking(everybody["mara"])
    answers = {query: ask(f"/tasks?{query}") for query in UNREADABLE}
    assert {answer.status_code for answer in answers.values()} == {400}
    told = {query: answer.json["error"]["details"][0]["field"] for query, answer in answers.items()}
    assert told == UNREADABLE


def test_a_partners_user_learns_no_names_by_filters(asking, everybody):
    """A filter that names nobody is refused with the nearest names: not to whom the list is closed."""
    queries = ("assignee=anx", "partner=glob", "q=assignee:anx", "colour=red", "assignee=ana")
    answers = {asking(everybody["pat"])(f"/tasks?{query}").text for query in queries}
    assert len(answers) == 1
    assert "FORBIDDEN" in answers.pop()


# -- pages ---------------------------------------------------------------------------------


def test_a_page_is_of_fifty_unless_it_is_asked_for_otherwise(of_both):
    workbench, people, asking = of_both
    for number in range(52):
        make_task(workbench, title=f"Task {number:02}")
    ask = asking(people["mara"])
    first = ask("/tasks?sort=title").json
    assert (len(first["tasks"]), first["total"], bool(first["next"])) == (50, 52, True)
    rest = ask(f"/tasks?sort=title&cursor={first['next']}").json
    assert ([one["title"] for one in rest["tasks"]], rest["total"]) == (["Task 50", "Task 51"], 52)
    assert rest["next"] is None
    whole = ask("/tasks?sort=title&limit=100").json
    assert (len(whole["tasks"]), whole["next"]) == (52, None)
    assert ask("/tasks?sort=title&offset=50").json["tasks"] == rest["tasks"]


@pytest.mark.parametrize(("who", "turned"), [("mara", ""), ("ana", "-")])
def test_cursors_walk_through_every_order(of_both, who, turned):
    """Values that are equal, and none at all, are among them; somebody makes tasks meanwhile."""
    workbench, people, asking = of_both
    days = (None, TODAY, TODAY, TODAY + timedelta(days=3), None, TODAY - timedelta(days=3), TODAY)
    made = [
        make_task(
            workbench,
            title=f"Task {number % 3}",
            priority=("low", "high")[number % 2],
            assignee="ana",
            **({"due_date": str(day)} if day else {}),
        ).task_id
        for number, day in enumerate(days)
    ]

    for name in SORTS:
        waves = iter((str(TODAY), str(TODAY - timedelta(days=9))))

        def make_more(waves: Iterator[str] = waves) -> None:
            for day in islice(waves, 1):
                make_task(workbench, title="Task 1", assignee="ana", due_date=day)

        ask, path = asking(people[who]), f"/tasks?sort={turned}{name}"
        before = [one["task_id"] for one in ask(f"{path}&limit=100").json["tasks"]]
        found = walked(ask, path, "tasks", "task_id", between=make_more)
        assert len(found) == len(set(found)), name
        assert [one for one in found if one in before] == before, name
    assert set(made) <= set(found)


def test_what_is_taken_away_before_a_cursor_moves_nothing(of_both):
    workbench, people, asking = of_both
    made = [make_task(workbench, title=f"Task {number}").task_id for number in range(6)]
    ask = asking(people["mara"])
    first = ask("/tasks?status=open&sort=title&limit=3").json
    do(workbench, people["mara"], "task cancel", task_id=made[0], reason="Not needed.")
    do(workbench, people["mara"], "task cancel", task_id=made[2], reason="Not needed.")
    rest = ask(f"/tasks?status=open&sort=title&limit=3&cursor={first['next']}").json
    assert [one["task_id"] for one in rest["tasks"]] == made[3:]
    assert rest["total"] == 4


def test_what_fits_words_best_is_paged_by_counting(of_both):
    workbench, people, asking = of_both
    for number in range(5):
        make_task(workbench, title=f"Printer {number}")
    ask = asking(people["mara"])
    whole = [one["task_id"] for one in ask("/tasks?q=printer&limit=100").json["tasks"]]
    assert walked(ask, "/tasks?q=printer", "tasks", "task_id") == whole


@pytest.mark.parametrize("sort", ["anchor_date", "-anchor_date", "updated_at", "title"])
def test_cursors_walk_through_bundles(of_both, sort):
    workbench, people, asking = of_both
    for number in range(5):
        day = TODAY + timedelta(days=10 + number // 2)
        make_bundle(workbench, actor=people["mara"], anchor_date=day, title=f"Episode {number}")
    ask, path = asking(people["sam"]), f"/bundles?sort={sort}"
    whole = [one["bundle_id"] for one in ask(f"{path}&limit=100").json["bundles"]]
    assert len(whole) == 5

    def make_more() -> None:
        make_bundle(workbench, actor=people["mara"], anchor_date=TODAY, title="An episode")

    found = walked(ask, path, "bundles", "bundle_id", between=make_more)
    assert [one for one in found if one in whole] == whole
    assert len(found) == len(set(found))


def test_every_list_is_the_same_page_by_page(asking, everybody, subjects):
    """Each item once, in the order of the whole list, by cursors and by offsets."""
    of = parents(subjects)
    for path, resource in listed():
        if path == "exports/files":  # as above
            continue
        who = "operator" if path in OF_ADMINS else "mara"
        ask, place = asking(everybody[who]), address(resource, of)
        whole = ask(f"{place}?limit=100").json
        if len(whole[resource.rows]) < 100:
            walk, cursor = [], ""
            for _ in range(len(whole[resource.rows]) + 1):
                page = ask(f"{place}?limit=1{cursor}").json
                walk += page[resource.rows]
                if page["next"] is None:
                    break
                cursor = f"&cursor={page['next']}"
            assert walk == whole[resource.rows], path
            assert page["next"] is None
        assert ask(f"{place}?limit=2&offset=1").json[resource.rows] == whole[resource.rows][1:3], path


def test_a_cursor_is_good_for_its_list_its_filters_and_its_person(of_both):
    workbench, people, asking = of_both
    for number in range(3):
        make_task(workbench, title=f"Task {number}", assignee="ana")
    mara, ana = asking(people["mara"]), asking(people["ana"])
    cursor = mara("/tasks?sort=title&limit=1").json["next"]
    assert mara(f"/tasks?sort=title&limit=2&cursor={cursor}").status_code == 200
    # The last sign but one: of the last some bits say nothing, so that another may mean the same.
    other = "A" if cursor[-2] != "A" else "B"
    for ask, path in (
        (mara, f"/tasks?sort=-title&cursor={cursor}"),
        (mara, f"/tasks?sort=title&tag=x&cursor={cursor}"),
        (mara, f"/bundles?cursor={cursor}"),
        (ana, f"/tasks?sort=title&cursor={cursor}"),
        (mara, f"/tasks?sort=title&cursor={cursor[1:]}"),
        (mara, f"/tasks?sort=title&cursor={cursor[:-2]}{other}{cursor[-1]}"),
    ):
        answer = ask(path)
        assert (answer.status_code, answer.json["error"]["code"]) == (400, "BAD_CURSOR"), path
    answer = mara(f"/tasks?sort=title&offset=1&cursor={cursor}")
    assert answer.json["error"]["details"][0]["field"] == "offset"


@given(
    due=st.lists(st.none() | st.integers(0, 3), min_size=1, max_size=7),
    wave=st.lists(st.none() | st.integers(0, 3), max_size=3),
    limit=st.integers(1, 4),
    is_turned=st.booleans(),
)
def test_any_list_is_walked_without_gap_or_repeat(property_desk, due, wave, limit, is_turned):
    """Against a naive oracle: what was there at the first page is in the walk, each once, in its order."""
    workbench, ask = property_desk
    tag = f"t{workbench.database.head(workbench.workspace.workspace_id).position}"

    def make(days: list[int | None]) -> list[str]:
        return [
            make_task(
                workbench,
                title="T",
                tags=[tag],
                **({} if day is None else {"due_date": str(TODAY + timedelta(days=day))}),
            ).task_id
            for day in days
        ]

    made, pending = make(due), [*wave]
    path = f"/tasks?tag={tag}&sort={'-' if is_turned else ''}due_date&limit={limit}"
    found, cursor = [], ""
    while True:
        page = ask(path + cursor).json
        found += page["tasks"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
        make(pending[:1])
        del pending[:1]
    ids = [one["task_id"] for one in found]
    assert len(ids) == len(set(ids))
    assert set(made) <= set(ids)
    places = [(one["due_date"] is None, one["due_date"] or "", one["task_id"]) for one in found]
    for earlier, later in pairwise(places):
        if earlier[0] == later[0]:
            assert (earlier[1:] > later[1:]) if is_turned else (earlier < later)
        else:
            assert not earlier[0]  # without a day comes last both ways


@pytest.fixture(scope="module")
def property_desk(shared_workbench):
    """A workspace for many examples, and Mara's way to its API."""
    app: Flask = create_app(shared_workbench, secret_key="only for tests")
    mara = make_people(shared_workbench)["mara"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "identify", lambda: setattr(g, "actor", mara))
        yield shared_workbench, lambda path: app.test_client().get(f"/api{path}")
