"""The inbox tells what may be claimed, to be claimed in place, and that what was made must not run."""

from __future__ import annotations

import re

import pytest

from engine.app import Workbench
from engine.tasks import human_review
from engine.tasks.models import Task
from tests.desk import Desk
from tests.factories import make_bundle
from tests.told import saved
from tests.web.conftest import Visitor
from tests.web.test_inbox import badge, text_of


@pytest.fixture
def desk(workbench: Workbench, people) -> Desk:
    return Desk.set_up(workbench, people)


def test_what_may_be_claimed_is_claimed_where_it_is_told(desk: Desk, ana: Visitor, workbench: Workbench):
    task_id = desk.make("Write about <tents>", None, role="writer")
    page = ana.get("/inbox")
    words = text_of(page)
    assert (badge(ana), "free to claim" in words) == ("", True)
    assert "Any writer may claim it, and nobody has yet" in words
    form = re.search(r'<form method="post" action="(/tasks/\w+/claim)">.*?</form>', page.text, re.DOTALL)
    assert form is not None
    assert form[1] == f"/tasks/{task_id}/claim"
    sent = dict(re.findall(r'name="(form|back)" value="([^"]*)"', form[0]))
    answer = ana.post(form[1], sent)
    assert (answer.status_code, answer.location) == (303, "/inbox")
    assert desk.task(task_id).assignee_id == desk.people["ana"].employee_id
    assert badge(ana) == ""


def test_a_new_bundle_tells_in_one_line_what_is_free_to_claim(workbench: Workbench, people, as_user):
    """One line, which opens, and not one for each task for everybody with the role."""
    bundle = make_bundle(workbench, actor=people["mara"], title="Fair")
    with workbench.transaction(workbench.operator()) as tx:
        for task in tx.find(Task, bundle_id=bundle.bundle_id):
            task.assignee_id, task.assignee_role = None, "writer"
            saved(tx, task)
    ana = as_user("ana")
    page = ana.get("/inbox")
    [fold] = re.findall(r'<details class="inbox-fold".*?</details>', page.text, re.DOTALL)
    told = fold.count("free to claim</span>")
    assert told > 2
    assert f"<summary>{told} tasks are free to claim</summary>" in fold
    assert " open>" not in fold.split("<summary>", maxsplit=1)[0]
    assert page.text.count("free to claim</span>") == told
    [first, *_] = re.findall(r'<a href="(/inbox\?item=\w+)"', fold)
    named = ana.get(first).text
    assert re.search(r'<details class="inbox-fold"[^>]* open>', named), "where one is asked for by name"


def test_what_was_marked_as_seen_can_be_claimed_under_my_work(desk: Desk, ana: Visitor):
    desk.make("Write about <tents>", None, role="writer")
    assert "stays under" not in ana.get("/inbox").text
    ana.post("/inbox/seen", {"form": "seen"})
    page = ana.get("/inbox").text
    assert "Free to claim" not in page
    assert 'What you may claim stays under <a href="/my-work">My work</a>, seen or not.' in page
    assert "Write about &lt;tents&gt;" in ana.get("/my-work").text


@pytest.mark.parametrize(
    ("name", "page", "is_led"),
    [
        ("ana", "/inbox", True),
        ("ana", "/inbox?seen=1", False),
        ("pat", "/inbox", False),
    ],
)
def test_only_who_may_claim_is_led_to_my_work(as_user, name: str, page: str, is_led: bool):
    """Nobody else may claim anything, and who looks back is shown all of it."""
    assert ("What you may claim stays under" in as_user(name).get(page).text) is is_led


@pytest.mark.parametrize(("above", "is_far"), [(7, False), (8, True)])
def test_a_long_inbox_leads_to_what_is_free_to_claim(desk: Desk, ana: Visitor, above: int, is_far: bool):
    desk.make("Write about tents", None, role="writer")
    for number in range(above):
        desk.make(f"Call {number}", "ana")
    page = ana.get("/inbox").text
    link = '<a href="#section-free">Free to claim</a> <span class="quiet">1</span>'
    assert (link in page) is is_far
    assert page.count('id="section-free"') == 1


def test_the_badge_says_what_is_the_readers_and_not_what_everybody_of_the_role_may_take(
    desk: Desk, ana: Visitor
):
    for number in range(5):
        desk.make(f"Write {number}", None, role="writer")
    desk.make("Call the printer", "ana")
    page = ana.get("/inbox").text
    sections = re.findall(r'<h2 id="section-\w+">([^<]*)</h2><span class="quiet">(\d+)</span>', page)
    assert sections == [("For you", "1"), ("Free to claim", "5")]
    assert badge(ana) == "1"
    ana.post("/tasks/" + desk.make("Write more", None, role="writer") + "/claim", {"form": "page"})
    assert badge(ana) == "1", "what somebody takes they know of"


def test_whoever_may_not_claim_it_is_not_told(desk: Desk, mara: Visitor, as_user):
    desk.make("Write about tents", None, role="writer")
    assert [badge(visitor) for visitor in (mara, as_user("ben"))] == ["", ""]


def test_whoever_made_an_automated_task_reads_why_it_must_not_run(desk: Desk, mara: Visitor):
    task_id = desk.make("Crawl", None, assigned_to_bot=True, requires_human_review=True)
    desk.workbench.clock.advance(minutes=1)
    with desk.workbench.transaction(desk.people["max"]) as tx:
        human_review.reject(tx, task_id, "It would write to <everybody>.")
    words = text_of(mara.get("/inbox"))
    assert "refused" in words
    assert "Max refused that it ever runs, and cancelled it" in words
    assert "It would write to <everybody>." in words
