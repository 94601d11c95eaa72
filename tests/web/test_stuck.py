"""The page of what is stuck: why, for how long, and where it can be set right."""

from __future__ import annotations

import re
from html import unescape

import pytest

from engine.app import Workbench
from engine.tasks import lifecycle
from tests.desk import Desk
from tests.factories import make_task
from tests.web.conftest import Visitor


@pytest.fixture
def desk(workbench: Workbench, people) -> Desk:
    return Desk.set_up(workbench, people)


def row_of(page, title: str) -> str:
    """Return the row of a task."""
    rows = re.findall(r"<tr data-item.*?</tr>", page.text, re.DOTALL)
    return next(row for row in rows if title in row)


def words_of(markup: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def test_nothing_stuck_says_what_would_be(mara: Visitor):
    page = mara.get("/stuck")
    assert "Nothing is stuck" in page.text
    assert "or when nobody is assigned" in page.text


def test_each_row_says_why_since_when_and_leads_to_where_it_is_mended(desk: Desk, mara: Visitor, clock):
    judged = desk.hand_over("Judge me")
    asked = desk.ask_for_help("Fix the feed", "Which feed?")
    blocked = desk.make("Blocked one")
    with desk.workbench.transaction(desk.people["ana"]) as tx:
        lifecycle.block(tx, blocked, "The key is missing")
    nobody = desk.make("Nobody's", None, due_date="2026-11-26")
    clock.advance(days=4)
    page = mara.get("/stuck")
    approval = desk.approval(judged).task_approval_id
    for title, why, address in (
        ("Judge me", "The team has not decided", f"/inbox?item={approval}"),
        ("Fix the feed", "Which feed?", f"/inbox?item={asked}"),
        ("Blocked one", "The key is missing", f"/tasks/{blocked}"),
        ("Nobody&#39;s", "Nobody is assigned", f"/people/for/{nobody}?back=/stuck"),
    ):
        row = row_of(page, title)
        assert why in words_of(row), title
        assert f'href="{address}"' in row, title
        assert mara.get(address).status_code == 200
    assert "4 days" in words_of(row_of(page, "Judge me"))


def test_a_member_sees_their_own_and_is_led_to_the_task_not_to_a_decision(desk: Desk, ana: Visitor, clock):
    judged = desk.hand_over("Judge me")
    other = desk.make("Ben's one", "ben")
    with desk.workbench.transaction(desk.people["ben"]) as tx:
        lifecycle.block(tx, other, "Hidden reason")
    clock.advance(days=4)
    page = ana.get("/stuck")
    assert "Yours alone" in page.text
    assert f'href="/tasks/{judged}#waiting"' in row_of(page, "Judge me")
    assert "Hidden reason" not in page.text


def test_a_permission_that_is_not_the_readers_to_give_is_looked_at_on_the_task(desk: Desk, mara: Visitor):
    """Their inbox has no such item; it would show another, with its buttons."""
    automatic = {"assigned_to_bot": True, "requires_human_review": True}
    mine = desk.make("Made by Mara", None, **automatic)
    theirs = make_task(desk.workbench, actor=desk.people["sam"], title="Made by Sam", **automatic).task_id
    page = mara.get("/stuck")
    assert f'href="/tasks/{mine}#permission"' in row_of(page, "Made by Mara")
    assert f'href="/inbox?item={theirs}"' in row_of(page, "Made by Sam")


def test_the_navigation_leads_there_for_the_team_alone(mara: Visitor, as_user):
    assert 'href="/stuck"' in mara.get("/board").text
    assert as_user("pat").get("/stuck").status_code == 403


def test_reasons_carry_words_as_words_never_as_markup(desk: Desk, mara: Visitor):
    blocked = desk.make("One")
    with desk.workbench.transaction(desk.people["ana"]) as tx:
        lifecycle.block(tx, blocked, "<script>alert(1)</script>")
    assert "<script>alert" not in mara.get("/stuck").text
