"""A refused form leads a browser back to its page, which shows it once: loaded again, it sends nothing."""

from __future__ import annotations

from hashlib import sha256
from html import escape

import pytest

from tests.factories import do, make_task
from web import forms

#: What a browser says of itself where a form leaves the page: over HTTPS or on this machine, and elsewhere.
BROWSERS = {
    "of today": {"Sec-Fetch-Mode": "navigate"},
    "without HTTPS": {"Upgrade-Insecure-Requests": "1"},
}
BROWSER = BROWSERS["of today"]
LATER = "A remark & <more>."


@pytest.fixture
def task(workbench, people):
    return make_task(workbench, title="Write it", assignee="ana")


def sent_late(visitor, task, headers=None, **fields):
    """Put it off to a day that is past."""
    typed = {"form": "defer", "until": "2020-01-01", "reason": LATER, **fields}
    return visitor.post(
        f"/tasks/{task.task_id}/defer", typed, headers=BROWSER if headers is None else headers
    )


@pytest.mark.parametrize("headers", BROWSERS.values(), ids=BROWSERS)
def test_a_browser_is_led_to_the_page_which_shows_what_was_typed_once(ana, task, headers):
    answer = sent_late(ana, task, headers)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/tasks/{task.task_id}")
    shown = ana.get(f"/tasks/{task.task_id}", headers=headers)
    assert "is past; choose today or a later day" in shown.text
    assert "A remark &amp; &lt;more&gt;." in shown.text
    assert "2020-01-01" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert 'name="cursor"' not in shown.text
    again = ana.get(f"/tasks/{task.task_id}", headers=headers)
    assert "is past" not in again.text
    assert "2020-01-01" not in again.text


def test_it_is_shown_though_the_browser_holds_the_page(ana, task):
    held = ana.get(f"/tasks/{task.task_id}", headers=BROWSER).headers["ETag"]
    sent_late(ana, task)
    asked = {**BROWSER, "If-None-Match": held}
    assert "is past" in ana.get(f"/tasks/{task.task_id}", headers=asked).text
    assert ana.get(f"/tasks/{task.task_id}", headers=asked).status_code == 304


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Mode": "cors", "HX-Request": "true"}, {"Sec-Fetch-Mode": "same-origin"}]
)
def test_whoever_is_no_page_of_a_browser_gets_the_refusal_as_the_answer(ana, task, headers):
    answer = sent_late(ana, task, headers)
    assert answer.status_code == 400
    assert LATER.split()[1] in answer.text
    assert "Set-Cookie" not in answer.headers


def test_what_is_too_long_to_wait_is_shown_in_the_answer(ana, task):
    words = " ".join(sha256(str(number).encode()).hexdigest() for number in range(150))
    answer = sent_late(ana, task, reason=words)
    assert answer.status_code == 400
    assert words in answer.text


def test_no_other_page_no_other_session_and_no_script_takes_it(ana, task, as_user):
    sent_late(ana, task)
    polls = {"X-Live": "1", "Sec-Fetch-Mode": "same-origin"}
    assert "is past" not in ana.get(f"/tasks/{task.task_id}", headers=polls).text
    assert "is past" not in ana.get(f"/tasks/{task.task_id}/clone", headers=BROWSER).text
    cookie = ana.client.get_cookie("workbench_refused", path=f"/tasks/{task.task_id}")
    mara = as_user("mara")
    mara.client.set_cookie("workbench_refused", cookie.value)
    assert "is past" not in mara.get(f"/tasks/{task.task_id}", headers=BROWSER).text
    assert "is past" in ana.get(f"/tasks/{task.task_id}", headers=BROWSER).text


def test_the_cookie_is_of_this_page_and_a_minute_and_no_script_reads_it(ana, task):
    [cookie] = sent_late(ana, task).headers.getlist("Set-Cookie")
    facts = set(cookie.split("; ")[1:])
    assert {"HttpOnly", "SameSite=Lax", "Max-Age=60", f"Path=/tasks/{task.task_id}"} <= facts


def test_a_planted_or_torn_cookie_shows_nothing(ana, task):
    sent_late(ana, task)
    known = ana.client.get_cookie("workbench_refused", path=f"/tasks/{task.task_id}").value
    for value in ("", "x", known[:-1], known[5:]):
        ana.client.set_cookie("workbench_refused", value, path=f"/tasks/{task.task_id}")
        answer = ana.get(f"/tasks/{task.task_id}", headers=BROWSER)
        assert (answer.status_code, "is past" in answer.text) == (200, False)


def test_a_form_with_a_password_never_waits(app):
    with app.test_request_context("/account", method="POST", headers=BROWSER):
        state = forms.FormState("account", {"password": "secret", "name": "Ana"}, {}, ("No.",))
        assert forms.led_to(state, "/account") is None
        answer = forms.led_to(forms.FormState("account", {"name": "Ana"}, {}, ("No.",)), "/account")
        assert answer is not None


def test_a_page_that_is_not_theirs_is_still_the_answer_at_once(as_user, workbench, people):
    theirs = make_task(workbench, title="Hidden", assignee="ben")
    assert sent_late(as_user("ana"), theirs).status_code == 404


@pytest.mark.parametrize(
    ("path", "form", "fields", "says"),
    [
        ("/tasks/{task}/clone", "clone", {"title": "", "description": LATER}, LATER),
        ("/tasks/{task}/update", "edit-due_date", {"due_date": "soon"}, "soon"),
        ("/tasks/{task}/complete", "complete", {}, "The step “Outline” is open"),
    ],
)
def test_each_page_of_a_task_shows_its_form_again(ana, workbench, people, task, path, form, fields, says):
    do(workbench, people["ana"], "task add-step", task_id=task.task_id, title="Outline", required=True)
    answer = ana.post(path.format(task=task.task_id), {"form": form, **fields}, headers=BROWSER)
    assert answer.status_code == 303
    assert escape(says) in ana.get(answer.headers["Location"], headers=BROWSER).text
