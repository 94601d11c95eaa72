"""Markdown as it will be read, before it is sent (WEB-15)."""

from __future__ import annotations

import pytest

from engine.tasks.inputs import LONGEST_BODY
from tests.factories import make_task
from tests.judged import everything

_PART = {"HX-Request": "true"}


@pytest.mark.parametrize("who", ["mara", "ana", "pat"])
def test_what_is_written_is_shown_as_it_will_be_read_and_nothing_is_kept(as_user, workbench, who: str):
    visitor, before = as_user(who), everything(workbench)
    given = {"preview": "body", "body": "**Bold** <script>alert(1)</script>", "other": "not shown"}
    part, page = (visitor.post("/preview", given, headers=headers).text for headers in (_PART, {}))
    for shown in (part, page):
        assert "<strong>Bold</strong> &lt;script&gt;alert(1)&lt;/script&gt;" in shown
        assert "not shown" not in shown
    assert "<html" in page
    assert "<html" not in part
    assert everything(workbench) == before


def test_an_unknown_field_and_an_empty_one_say_that_nothing_is_written(mara):
    for given in ({}, {"preview": "body"}, {"preview": "body", "body": ""}):
        assert "Nothing is written yet." in mara.post("/preview", given, headers=_PART).text


def test_what_is_longer_than_any_remark_is_not_shown(mara):
    given = {"preview": "body", "body": "x" * (LONGEST_BODY + 1)}
    answer = mara.post("/preview", given, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json["error"]["details"][0]["field"]) == (400, "body")


def test_its_button_comes_after_the_one_that_sends_so_that_enter_sends(mara, workbench):
    task = make_task(workbench, assignee="ana")
    page = mara.get(f"/tasks/{task.task_id}?edit=description").text
    forms = [form.partition("</form>")[0] for form in page.split("<form")[1:] if "data-preview" in form]
    forms = [form for form in forms if "data-preview" in form]
    assert len(forms) == 4
    for form in forms:
        assert form.index('type="submit"') < form.index('class="preview"')
        assert 'formtarget="_blank" formnovalidate' in form
