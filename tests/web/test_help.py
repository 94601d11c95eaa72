"""Help is for its reader: their own guide first, no page or key of others' for partners (N7)."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from engine.access import Actor, Permission, may
from tests.web.conftest import Visitor
from web.keys import SHORTCUTS
from web.navigation import PLACES
from web.pages import guides

PLACE_OF = {place.keys: place for place in PLACES}
#: Who reads -> the guides that they are offered, in this order.
OFFERED = {
    "mara": ["manager", "member", "strategist", "partner"],
    "sam": ["strategist", "member", "manager", "partner"],
    "ana": ["member", "manager", "strategist", "partner"],
    "pat": ["partner"],
}


ADDRESS_OF = {
    "board.show": "/board", "board.my_work": "/my-work", "inbox.show": "/inbox", "bundles.index": "/bundles",
    "start.gallery": "/recipes", "tickets.index": "/tickets", "qa.index": "/qa", "stuck.index": "/stuck",
    "reports.index": "/reports", "queue.index": "/queue",
    "templates.index": "/templates", "people.index": "/people", "reminders.index": "/reminders",
    "partners.index": "/partners", "worklogs.index": "/worklogs", "jobs.index": "/jobs",
    "schedules.index": "/schedules", "proposals.index": "/proposals",
}  # fmt: skip


@pytest.fixture
def visitors(app: Flask, people: dict[str, Actor]) -> dict[str, Visitor]:
    return {name: Visitor.signed_in(app, people[name].user_id) for name in OFFERED}


@pytest.mark.parametrize("name", OFFERED)
def test_help_shows_the_readers_own_guide_and_offers_those_they_may_read(
    visitors: dict[str, Visitor], name: str
):
    page = visitors[name].get("/help").text
    own, *others = [guides.load(key) for key in OFFERED[name]]
    assert f"<h1>{own.title}</h1>" in page
    assert {f'href="#{section.anchor}">{section.title}</a>' in page for section in own.sections} == {True}
    offered = re.findall(r'href="/help/(\w+)"', page.partition("Whose guide")[2].partition("</nav>")[0])
    assert offered == (OFFERED[name] if others else [])
    for other in others:
        assert f"<h1>{other.title}</h1>" in visitors[name].get(f"/help/{other.name}").text


@pytest.mark.parametrize("name", ["member", "manager", "nothing"])
def test_a_partner_reads_the_partners_guide_alone(visitors: dict[str, Visitor], name: str):
    assert visitors["pat"].get(f"/help/{name}").status_code == 404


@pytest.mark.parametrize("name", OFFERED)
def test_every_page_leads_to_help(visitors: dict[str, Visitor], name: str):
    assert '<a href="/help">Help</a>' in visitors[name].get("/inbox").text


@pytest.mark.parametrize("name", OFFERED)
def test_keys_are_listed_that_lead_where_their_reader_may_go_and_no_others(
    visitors: dict[str, Visitor], people: dict[str, Actor], name: str
):
    page = visitors[name].get("/help/keys").text
    listed = set(
        re.findall(r"<dt><kbd>([^<]+)</kbd></dt>", page.partition("<main")[2].partition("</main>")[0])
    )
    dialog = set(re.findall(r"<dt><kbd>([^<]+)</kbd></dt>", page.partition("<dialog")[2]))
    assert listed == dialog
    for shortcut in SHORTCUTS:
        place = PLACE_OF.get(shortcut.keys)
        if place is not None:
            is_open = visitors[name].get(ADDRESS_OF[place.endpoint]).status_code == 200
            assert (shortcut.keys in listed) is is_open, shortcut
    assert {"?", "j", "Ctrl+Enter"} <= listed
    assert ("/" in listed) is (name != "pat")
    assert ("r" in listed) is may(people[name], Permission.JUDGE)


def test_a_strangers_help_is_the_page_for_signing_in(visitor: Visitor):
    answer = visitor.get("/help")
    assert answer.status_code == 303
    assert "/sign-in" in answer.headers["Location"]
