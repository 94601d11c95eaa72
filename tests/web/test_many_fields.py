"""Fields are counted before they are taken apart: half a megabyte of them took seconds (S1, S13)."""

from __future__ import annotations

from urllib import parse

import pytest
from werkzeug import formparser
from werkzeug.datastructures import MultiDict

from engine.budgets import FIELDS_OF_A_FORM
from tests.factories import make_task


@pytest.fixture
def taken_apart(monkeypatch) -> list[str]:
    """The texts of forms that were taken apart."""
    texts: list[str] = []

    def counting(text, *rest, **named):
        texts.append(text)
        return parse.parse_qsl(text, *rest, **named)

    monkeypatch.setattr(formparser, "parse_qsl", counting)
    return texts


@pytest.mark.parametrize("fields", ["a&" * 260_000, "&".join(f"a{n}=1" for n in range(1_001))])
def test_a_form_of_too_many_fields_is_refused_before_it_is_taken_apart(
    ana, workbench, people, taken_apart, fields
):
    task = make_task(workbench, actor=people["mara"], title="Write", assignee="ana")
    taken_apart.clear()
    headers = {"X-CSRF-Token": ana.token(), "Accept": "application/json"}
    answer = ana.client.post(
        f"/tasks/{task.task_id}/notes",
        data=fields,
        content_type="application/x-www-form-urlencoded",
        headers=headers,
    )
    assert answer.status_code == 400
    assert answer.json["error"]["message"] == "The form has more than 1,000 fields. Send fewer at a time."
    assert taken_apart == []


def test_a_form_of_as_many_fields_as_allowed_is_read(ana, workbench, people, taken_apart):
    task = make_task(workbench, actor=people["mara"], title="Write", assignee="ana")
    more = "&".join(f"a{n}=1" for n in range(FIELDS_OF_A_FORM - 1))
    answer = ana.client.post(
        f"/tasks/{task.task_id}/notes",
        data=f"body=Seen&{more}",
        content_type="application/x-www-form-urlencoded",
        headers={"X-CSRF-Token": ana.token(), "Accept": "application/json"},
    )
    assert answer.status_code == 200
    assert len(taken_apart) == 1


def test_an_address_of_too_many_fields_is_refused_before_it_is_taken_apart(mara, monkeypatch):
    made: list[int] = []
    fill = MultiDict.__init__

    def counting(self, mapping=None):
        made.append(len(mapping) if hasattr(mapping, "__len__") else 0)
        fill(self, mapping)

    monkeypatch.setattr(MultiDict, "__init__", counting)
    answer = mara.get("/board?" + "a&" * 5_000)
    assert answer.status_code == 400
    assert "The address has more than 1,000 fields." in answer.text
    assert max(made, default=0) <= FIELDS_OF_A_FORM


@pytest.mark.parametrize(
    "disposition",
    ["form-data", 'form-data; filename="a.txt"', 'form-data; nam="body"', "form-data" + "; a=b" * 90],
)
def test_a_part_of_a_form_without_a_name_is_refused_in_words(ana, workbench, people, disposition):
    task = make_task(workbench, actor=people["mara"], title="Write", assignee="ana")
    answer = ana.client.post(
        f"/tasks/{task.task_id}/notes",
        data=f"--b\r\nContent-Disposition: {disposition}\r\n\r\nSeen\r\n--b--\r\n",
        content_type="multipart/form-data; boundary=b",
        headers={"X-CSRF-Token": ana.token(), "Accept": "application/json"},
    )
    assert answer.status_code == 400
    assert (
        answer.json["error"]["message"] == "A part of the form has no name. Send each field under its name."
    )


@pytest.mark.parametrize(
    ("fields", "words"), [(1_001, "more than 1,000 fields"), (1_000, "there is no such field")]
)
def test_json_of_too_many_fields_is_refused_before_each_is_answered(ana, workbench, people, fields, words):
    task = make_task(workbench, actor=people["mara"], title="Write", assignee="ana")
    answer = ana.client.post(
        f"/tasks/{task.task_id}/notes",
        json={f"a{number}": 1 for number in range(fields)},
        headers={"X-CSRF-Token": ana.token(), "Accept": "application/json"},
    )
    assert answer.status_code == 400
    assert words in answer.json["error"]["message"]
    assert len(answer.data) < 400 * FIELDS_OF_A_FORM
