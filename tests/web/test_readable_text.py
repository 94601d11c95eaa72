"""Text that is none gets the same answer on both databases, in words (G13)."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask

from engine.app import Workbench
from engine.tasks.models import Note, Task
from tests.factories import make_people, make_task
from tests.web.conftest import Visitor
from web.context import hold_workbench

#: What is in an address, as it is sent.
ODD = ("%00", "%1b%5b2J", "%7f", "%c2%85x%c2%9b")
NO_UTF_8 = ("\xff", "\xc3", "\xed\xa0\x80")
PLACES = (
    "/tasks/{}", "/bundles/{}", "/deliverables/{}/view", "/recipes/{}/new", "/templates/{}", "/{}",
    "/reports/{}", "/artifacts/{}", "/qa/{}", "/board?q={}", "/inbox?item={}",
    "/bundles?title={}", "/bundles?page={}", "/reports/feedback?employee={}", "/board?{}=x",
    "/board/choose/{}",
)  # fmt: skip


@pytest.fixture
def mara(app: Flask, either_workbench: Workbench) -> Visitor:
    people = make_people(either_workbench)
    hold_workbench(app.extensions, either_workbench)
    return Visitor.signed_in(app, people["mara"].user_id)


def test_an_address_that_is_no_text_is_refused_in_words(mara: Visitor) -> None:
    for place in PLACES:
        for odd in ODD:
            answer = mara.get(place.format(odd))
            assert answer.status_code == 400, (place, odd)
            assert "holds a control character" in answer.text, (place, odd)


def test_an_address_that_is_not_utf_8_is_refused_in_words(mara: Visitor) -> None:
    for place in PLACES:
        path, _, query = place.partition("?")
        for odd in NO_UTF_8:
            given = {
                "PATH_INFO": path.format(odd),
                "QUERY_STRING": query.format(quote(odd, encoding="latin-1")),
            }
            answer = mara.client.get("/", environ_overrides=given)
            assert answer.status_code == 400, (place, odd)
            assert "is not UTF-8" in answer.text, (place, odd)


def test_letters_of_all_kinds_are_looked_for(mara: Visitor) -> None:
    for text in ("é", "漢字", "😀", "%", "a%09b", "\u202e"):
        assert mara.get("/board", query_string={"view": "list", "q": text}).status_code == 200, text


def test_a_form_with_nul_is_refused_before_anything_is_looked_for_or_written(
    mara: Visitor, either_workbench: Workbench
) -> None:
    task = make_task(either_workbench)
    for path, fields in (
        (f"/tasks/{task.task_id}/note", {"body": "a\0b"}),
        (f"/tasks/{task.task_id}/start", {"revision": "1\0"}),
        (f"/tasks/{task.task_id}/start", {"ti\0tle": "x"}),
    ):
        answer = mara.post(path, fields, headers={"Accept": "application/json"})
        assert answer.status_code == 400, path
        assert "NUL" in answer.json["error"]["message"], path
    stranger = Visitor(mara.client.application.test_client())
    assert stranger.sign_in("ana\0").status_code == 400
    with either_workbench.reading(either_workbench.operator()) as tx:
        assert tx.find(Note, task_id=task.task_id) == []
        assert tx.get(Task, task.task_id).revision == 1


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "\x1b[2J"])
def test_json_that_holds_no_text_is_refused_with_the_place(
    mara: Visitor, either_workbench: Workbench, text: str
) -> None:
    task = make_task(either_workbench)
    answers: list[Any] = [
        mara.client.post(
            path,
            data=json.dumps(body),
            content_type="application/json",
            headers={"Accept": "application/json", "X-CSRF-Token": mara.token()},
        )
        for path, body in (
            (f"/tasks/{task.task_id}/note", {"body": text}),
            (f"/tasks/{task.task_id}/assign", {"assignee": text}),
        )
    ]
    for answer in answers:
        assert answer.status_code == 400, answer.text
        assert answer.json["error"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
@pytest.mark.parametrize(
    "body",
    [
        '{"wrong\\ud800": 1}',
        '{"wrong\\u0000": 1}',
        '{"assignee": "ana", "wrong": {"\\ud800": NaN}}',
        '{"assignee": NaN}',
        '{"assignee": {"\\ud800": [1]}}',
        '{"revision": Infinity}',
        '{"revision": "\\ud800"}',
    ],
)
def test_json_that_holds_no_text_in_its_names_is_refused_in_words_that_everybody_can_read(
    mara: Visitor, either_workbench: Workbench, body: str, accept: str
) -> None:
    task = make_task(either_workbench)
    answer = mara.client.post(
        f"/tasks/{task.task_id}/assign",
        data=body,
        content_type="application/json",
        headers={"Accept": accept, "X-CSRF-Token": mara.token()},
    )
    assert answer.status_code == 400, answer.text
    assert re.search("wrong|assignee|revision|input: cannot be read", answer.text.lower()), (
        "its place is named"
    )
    assert "None:" not in answer.text
    with either_workbench.reading(either_workbench.operator()) as tx:
        assert tx.get(Task, task.task_id).revision == 1
