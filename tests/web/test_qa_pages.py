"""QA pages: why each task is in the queue, one task with its whole history, the score and the flag."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.deliverables import versions
from engine.deliverables.models import Deliverable
from engine.qa import service
from engine.qa.models import QaReview
from engine.tasks import help as help_requests
from engine.tasks import lifecycle, notes
from engine.tasks.models import Task
from tests.conftest import NOW
from tests.factories import make_task
from tests.web.conftest import Visitor
from web.pages import qa as qa_page

People = dict[str, Actor]
FORM = {"form": "review", "passed": "", "score": "", "feedback": "", "review_type": "training"}


def done(
    workbench: Workbench, people: People, title: str = "Call the printer", who: str = "ana", **fields
) -> Task:
    task = make_task(workbench, actor=people["mara"], title=title, assignee=who, **fields)
    with workbench.transaction(people[who]) as tx:
        return lifecycle.complete(tx, task.task_id)


@pytest.fixture
def task(workbench: Workbench, people: People) -> Task:
    """A flagged task of Ana's with a long history: two versions, help, notes."""
    made = make_task(
        workbench, actor=people["mara"], title="Write the leaflet", assignee="ana", planned_minutes=30
    )
    with workbench.transaction(people["ana"]) as tx:
        row = versions.add(tx, made.task_id, "leaflet", type="text")
        versions.edit(tx, row.deliverable_id, url="https://docs.example/leaflet")
        help_requests.ask(tx, made.task_id, "Which logo is the right one?")
    with workbench.transaction(people["mara"]) as tx:
        help_requests.answer(tx, made.task_id, "The blue one.")
    workbench.clock.advance(hours=3)
    with workbench.transaction(people["ana"]) as tx:
        lifecycle.resume(tx, made.task_id)
        notes.add(tx, made.task_id, "Sent it to the printer")
        return lifecycle.complete(tx, made.task_id)


def stored(workbench: Workbench, task: Task) -> Task:
    with workbench.reading(workbench.operator()) as tx:
        return tx.get(Task, task.task_id)


def reviews(workbench: Workbench, task: Task) -> list[QaReview]:
    with workbench.reading(workbench.operator()) as tx:
        return service.reviews_of(tx, task.task_id)


def send(visitor: Visitor, task: Task, **fields: str):
    return visitor.post(f"/qa/{task.task_id}/review", {**FORM, **fields})


def test_the_queue_says_why_each_task_is_there_and_who_did_it(workbench, people, mara: Visitor):
    for number in range(2):
        workbench.clock.set(NOW + timedelta(hours=number))
        done(workbench, people, f"Task {number}", planned_minutes=90)
    page = mara.get("/qa")
    assert page.status_code == 200
    assert "among the first completed tasks of the person" in page.text
    assert "Ana Alvarez" in page.text
    assert "of 1 h 30 min" in page.text
    assert re.findall(r"Task \d", re.sub(r"<title>.*?</title>", "", page.text)) == ["Task 0", "Task 1"]
    assert page.text.count("data-item") == 2
    assert re.search(r'To score <span class="number">2</span>', page.text)


def test_the_queue_says_who_completed_a_task_that_was_assigned_to_nobody(workbench, people, mara: Visitor):
    for title, assignee in (("Nobody's", None), ("Ana's", "ana")):
        made = make_task(workbench, actor=people["mara"], title=title, assignee=assignee)
        with workbench.transaction(people["mara"]) as tx:
            lifecycle.complete(tx, made.task_id)
            service.flag(tx, made.task_id, "manual")
    rows = {
        unescape(re.search(r">([^<]+)</a>", row)[1]): " ".join(re.sub(r"<[^>]+>", " ", row).split())
        for row in mara.get("/qa").text.split("<tr data-item")[1:]
    }
    assert "nobody completed by Mara" in rows["Nobody's"]
    assert "Ana Alvarez" in rows["Ana's"]
    assert "completed by" not in rows["Ana's"]


def test_scored_tasks_come_last_and_alone_when_asked_for(workbench, people, mara: Visitor):
    first = done(workbench, people, "Scored one")
    done(workbench, people, "Open one")
    with workbench.transaction(people["mara"]) as tx:
        service.review(tx, first.task_id, passed=False, score=2)
    page = mara.get("/qa").text
    assert page.index("Open one") < page.index("Scored one")
    assert "not passed" in page
    assert "2 of 5" in page
    reviewed = mara.get("/qa?state=reviewed").text
    assert "Scored one" in reviewed
    assert "Open one" not in reviewed
    assert "Scored one" not in mara.get("/qa?state=open").text


def test_an_empty_queue_says_what_would_fill_it(mara: Visitor):
    assert "No task was chosen yet" in mara.get("/qa").text
    assert "Nothing is scored yet" in mara.get("/qa?state=reviewed").text


def test_a_queue_that_is_done_says_so(workbench, people, mara: Visitor, task):
    send(mara, task, passed="true")
    assert "Everything is scored" in mara.get("/qa?state=open").text


def test_an_unknown_state_is_refused_and_an_odd_page_is_the_first(workbench, people, mara: Visitor, task):
    assert mara.get("/qa?state=closed").status_code == 400
    for odd in ("?offset=x", "?limit=0", "?limit=-1", "?offset=²", "?limit=100000"):
        assert "Write the leaflet" in mara.get(f"/qa{odd}").text


def test_the_page_of_one_task_shows_its_whole_history_and_the_form(workbench, mara: Visitor, task):
    with workbench.reading(workbench.operator()) as tx:
        [row] = tx.find(Deliverable, task_id=task.task_id)
    page = mara.get(f"/qa/{task.task_id}").text
    for part in (
        f'href="/deliverables/{row.deliverable_id}/view"',
        "Which logo is the right one?",
        "The blue one.",
        "Sent it to the printer",
        "among the first completed tasks of the person",
        "of 30 min",
        'id="timeline"',
        f'action="/qa/{task.task_id}/review"',
        "Excellent",
        "For Ana Alvarez",
        f'<option value="{row.deliverable_id}">',
        '<option value="training" selected>',
    ):
        assert part in page, part
    assert "/notes" not in page, "the work is over: nothing of it can be changed here"
    assert page.count('type="radio"') == 9


def test_of_many_scores_the_latest_are_shown_and_the_others_are_a_step_away(
    workbench, mara: Visitor, task, monkeypatch
):
    monkeypatch.setattr(qa_page, "MOST_REVIEWS", 2)
    for number in range(3):
        send(mara, task, passed="true", feedback=f"Round {number}.", review_type="process")
    there = f"/qa/{task.task_id}"
    cut, whole = (_scores(mara.get(address).text) for address in (there, f"{there}?whole=1"))
    assert [f"Round {number}." in cut for number in range(3)] == [False, True, True]
    assert f'<a href="{there}?whole=1#scores" data-rest>1 more score</a>' in cut
    assert [f"Round {number}." in whole for number in range(3)] == [True] * 3
    assert "data-rest" not in whole


def _scores(page: str) -> str:
    """Return the panel of scores."""
    panel = page[page.index('id="scores"') :]
    return panel[: panel.index("</section>")]


def test_a_score_is_kept_said_and_leads_back_to_the_queue(workbench, people, mara: Visitor, task):
    with workbench.reading(workbench.operator()) as tx:
        [row] = tx.find(Deliverable, task_id=task.task_id)
    answer = send(
        mara,
        task,
        passed="true",
        score="4",
        feedback="Clear.",
        review_type="process",
        deliverable_id=row.deliverable_id,
    )
    assert (answer.status_code, answer.location) == (303, "/qa")
    [given] = reviews(workbench, task)
    assert (given.passed, given.score, given.feedback, given.review_type) == (True, 4, "Clear.", "process")
    assert (given.deliverable_id, given.employee_id) == (row.deliverable_id, people["ana"].employee_id)
    assert "The feedback is with Ana Alvarez." in mara.get("/qa").text
    page = mara.get(f"/qa/{task.task_id}").text
    assert "Scores so far" in page
    assert "Clear." in page
    assert "Score it again" in page


def test_a_refused_score_keeps_the_input_with_the_message_at_the_field(workbench, mara: Visitor, task):
    answer = send(mara, task, feedback="I liked it", review_type="complaint")
    assert answer.status_code == 400
    assert "say whether it passed, or give 1 to 5, or both" in answer.text
    assert "I liked it</textarea>" in answer.text
    assert '<option value="complaint" selected>' in answer.text
    assert reviews(workbench, task) == []


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"passed": "maybe"}, 400),
        ({"score": "6"}, 400),
        ({"score": "0"}, 400),
        ({"score": "²"}, 400),
        ({"score": "10"}, 400),
        ({"passed": "true", "review_type": "manual"}, 400),
        ({"passed": "true", "deliverable_id": "dlv_none"}, 400),
        ({"passed": "true", "feedback": "x" * 10_001}, 400),
        ({"passed": "true", "revision": "1"}, 409),
    ],
)
def test_what_cannot_be_right_is_refused_and_changes_nothing(workbench, mara: Visitor, task, fields, status):
    before = stored(workbench, task)
    answer = send(mara, task, **fields)
    assert answer.status_code == status
    assert re.search(r'class="(refusal|error)"', answer.text)
    assert (stored(workbench, task), reviews(workbench, task)) == (before, [])


def test_a_form_sent_twice_scores_once(workbench, mara: Visitor, task):
    revision = re.search(r'name="revision" value="(\d+)"', mara.get(f"/qa/{task.task_id}").text)[1]
    assert send(mara, task, passed="true", revision=revision).status_code == 303
    assert send(mara, task, passed="true", revision=revision).status_code == 409
    assert len(reviews(workbench, task)) == 1


def test_nobody_is_offered_to_score_their_own_work_nor_allowed_to(workbench, people, mara: Visitor):
    own = done(workbench, people, who="mara")
    page = mara.get(f"/qa/{own.task_id}").text
    assert "somebody else scores it" in page
    assert "/review" not in page
    assert send(mara, own, passed="true").status_code == 403
    assert reviews(workbench, own) == []


def test_what_is_open_or_not_flagged_is_shown_without_a_form(workbench, people, mara: Visitor):
    open_one = make_task(workbench, actor=people["mara"], assignee="ana")
    assert "once they are completed" in mara.get(f"/qa/{open_one.task_id}").text
    for _ in range(3):
        done(workbench, people)
    page = mara.get(f"/qa/{done(workbench, people).task_id}").text
    assert "Flag it on its page" in page
    assert "/review" not in page


@pytest.mark.parametrize("who", ["sam", "ana", "ben", "pat"])
def test_the_queue_and_the_score_are_for_those_who_decide(
    workbench, as_user: Callable[[str], Visitor], task, who: str
):
    visitor = as_user(who)
    assert visitor.get("/qa").status_code == 403
    assert visitor.get(f"/qa/{task.task_id}").status_code == (404 if who == "pat" else 403)
    assert send(visitor, task, passed="true").status_code in (403, 404)
    assert visitor.post(f"/qa/{task.task_id}/flag", {"reason": "complaint"}).status_code in (403, 404)
    assert reviews(workbench, task) == []
    assert stored(workbench, task).qa_reasons == task.qa_reasons


def test_the_place_is_in_the_navigation_of_those_who_decide(mara: Visitor, ana: Visitor):
    assert 'href="/qa"' in mara.get("/board").text
    assert 'data-key="g q"' in mara.get("/board").text
    assert 'href="/qa"' not in ana.get("/board").text


def test_strangers_are_led_to_sign_in(visitor: Visitor, task):
    for path in ("/qa", f"/qa/{task.task_id}"):
        assert "/sign-in" in visitor.get(path).location


def test_a_manager_flags_a_completed_task_from_its_page(workbench, people, mara: Visitor):
    for _ in range(3):
        done(workbench, people)
    task = done(workbench, people, "The leaflet")
    form = {"form": "flag", "reason": "complaint", "comment": "The client found a typo."}
    answer = mara.post(f"/qa/{task.task_id}/flag", {**form, "back": f"/tasks/{task.task_id}"})
    assert (answer.status_code, answer.location) == (303, f"/tasks/{task.task_id}")
    assert stored(workbench, task).qa_reasons == ["complaint"]
    assert "a client complained" in mara.get("/qa?state=open").text
    again = mara.post(f"/qa/{task.task_id}/flag", form)
    assert again.status_code == 409
    assert "waits in the QA queue" in again.text
    assert "The client found a typo." in again.text


def test_a_flag_without_a_reason_is_refused_on_the_tasks_page(workbench, mara: Visitor, task):
    answer = mara.post(f"/qa/{task.task_id}/flag", {"form": "flag", "reason": "random", "comment": "x"})
    assert answer.status_code == 400
    assert "complaint or manual" in answer.text
    assert stored(workbench, task).qa_reasons == task.qa_reasons


def test_a_task_that_nobody_has_is_not_found(mara: Visitor):
    assert mara.get("/qa/tsk_none").status_code == 404
    assert mara.post("/qa/tsk_none/review", FORM).status_code == 404
    assert mara.post("/qa/tsk_none/flag", {"reason": "manual"}).status_code == 404


def test_feedback_with_markup_is_shown_as_text(mara: Visitor, task):
    send(mara, task, score="1", feedback="<script>alert(1)</script>")
    page = mara.get(f"/qa/{task.task_id}").text
    assert "<script>alert(1)</script>" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_search_finds_what_waits_for_a_score(mara: Visitor, task):
    page = mara.get("/board?view=list&q=qa:open")
    assert page.status_code == 200
    assert "Write the leaflet" in page.text
    assert "Write the leaflet" not in mara.get("/board?view=list&q=qa:reviewed").text
    assert "is not a state of QA" in mara.get("/board?view=list&q=qa:bad").text


def test_the_pages_are_live_and_unchanged_ones_are_not_sent_again(mara: Visitor, task):
    for path in ("/qa", f"/qa/{task.task_id}"):
        first = mara.get(path)
        assert mara.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
