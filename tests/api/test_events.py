"""``GET /api/events``: the change feed as other programs read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from engine.access import Actor
from engine.app import Workbench
from engine.tasks import notes
from tests.api import named
from tests.factories import do, make_people, make_task
from web import create_app
from web.api import auth

Ask = Callable[..., TestResponse]


@pytest.fixture
def people(workbench: Workbench) -> dict[str, Actor]:
    return make_people(workbench)


@pytest.fixture
def app(workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setattr(auth, "identify", named.identify)
    monkeypatch.setattr(auth, "identify_again", named.identify)
    return create_app(workbench)


@pytest.fixture
def ask(app: Flask, people: dict[str, Actor]) -> Ask:
    def get(name: str, **question: Any) -> TestResponse:
        headers = {named.HEADER: people[name].user_id}
        return app.test_client().get("/api/events", query_string=question, headers=headers)

    return get


def code(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def test_without_a_cursor_it_begins_now(workbench: Workbench, people, ask: Ask):
    first = ask("mara").json
    assert first["events"] == []
    made = make_task(workbench, actor=people["ana"], title="Call the printer")
    then = ask("mara", after=first["next"])
    [told] = then.json["events"]
    assert told["kind"] == "task_created"
    assert told["subject"] == {"type": "tasks", "id": made.task_id}
    assert told["by"] == {"kind": "user", "user_id": people["ana"].user_id, "name": "Ana"}
    assert told["what"].startswith("Made #")
    assert "title" in told["fields"]
    assert ask("mara", after=then.json["next"]).json == {"events": [], "next": then.json["next"]}


def test_a_move_says_into_which_status_as_data(workbench: Workbench, people, ask: Ask):
    task = make_task(workbench, actor=people["ana"], assignee="ana", title="Call the printer")
    cursor = ask("mara").json["next"]
    do(workbench, people["ana"], "task start", task_id=task.task_id)
    do(workbench, people["ana"], "task note", task_id=task.task_id, body="They close at five.")
    do(workbench, people["ana"], "task wait", task_id=task.task_id, waiting_for="the printer")
    told = ask("mara", after=cursor).json["events"]
    moves = [one for one in told if one["kind"] == "task_status_changed"]
    assert [one["status"] for one in moves] == ["in_progress", "waiting"]
    assert {one["status"] for one in told if one not in moves} == {None}


def test_all_that_ever_happened_is_there_page_by_page(workbench: Workbench, people, ask: Ask):
    whole = ask("mara", after="start", limit=100).json["events"]
    cursor, found = "start", []
    while page := (answer := ask("mara", after=cursor, limit=3).json)["events"]:
        assert len(page) <= 3
        cursor, found = answer["next"], found + page
    assert found == whole
    assert len(found) > 5


def test_it_says_nothing_of_what_happens_unseen(workbench: Workbench, people, ask: Ask):
    """Not by what it tells, and not by anything else in the answer."""
    first = ask("ben").json["next"]
    before = ask("ben", after=first)
    for number in range(7):
        task = make_task(workbench, actor=people["ana"], assignee="ana", title=f"Hidden {number}")
        with workbench.transaction(people["ana"]) as tx:
            notes.add(tx, task.task_id, "Hidden, too")
        after = ask("ben", after=first)
        for answer in (before, after):
            answer.headers.remove("X-Request-Id")
        assert (after.data, dict(after.headers)) == (before.data, dict(before.headers))


@pytest.mark.few(4)
@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ({"limit": 0}, (400, "BAD_REQUEST")),
        ({"limit": 101}, (400, "BAD_REQUEST")),
        ({"limit": "many"}, (400, "BAD_REQUEST")),
        ({"limit": "9" * 5000}, (400, "BAD_REQUEST")),
        ({"limit": [1, 2]}, (400, "BAD_REQUEST")),
        ({"wait": 26}, (400, "BAD_REQUEST")),
        ({"wait": -1}, (400, "BAD_REQUEST")),
        ({"wait": "1e1"}, (400, "BAD_REQUEST")),
        ({"since": "x"}, (400, "UNKNOWN_FIELD")),
        ({"after": ""}, (400, "BAD_CURSOR")),
        ({"after": "x"}, (400, "BAD_CURSOR")),
        ({"after": "A" * 60}, (400, "BAD_CURSOR")),
        ({"after": "é" * 60}, (400, "BAD_CURSOR")),
    ],
)
def test_what_cannot_be_right_is_refused_with_its_code(ask: Ask, question: dict[str, Any], expected):
    assert code(ask("mara", **question)) == expected


def test_another_users_cursor_is_refused_and_it_is_said_what_to_do(ask: Ask):
    answer = ask("sam", after=ask("mara").json["next"])
    assert code(answer) == (400, "BAD_CURSOR")
    assert "leave “after” out" in answer.json["error"]["message"]
    assert answer.json["error"]["details"][0]["field"] == "after"


def test_strangers_are_told_nothing(app: Flask):
    assert code(app.test_client().get("/api/events")) == (401, "UNAUTHORIZED")


def test_where_no_place_is_free_the_answer_comes_at_once_and_says_when_to_ask_again(ask: Ask):
    first = ask("mara")
    assert "Retry-After" not in first.headers
    answer = ask("mara", after=first.json["next"], wait=25)
    assert answer.json == {"events": [], "next": first.json["next"]}
    assert answer.headers["Retry-After"] == "5"
    assert "Retry-After" not in ask("mara", after="start", wait=25).headers


def test_no_answer_is_kept_by_anybody(ask: Ask):
    assert ask("mara").headers["Cache-Control"] == "no-store"
