"""The page on which people choose what they are told, and the address in each e-mail that stops them."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from engine.access import Actor
from engine.accounts import service as accounts
from engine.accounts.models import User
from engine.app import Workbench
from engine.notifications import choices
from engine.notifications.models import MessageSettings, Way
from tests.web.conftest import Visitor

People = dict[str, Actor]
PAGE = "/settings/messages"


def kept(workbench: Workbench, actor: Actor) -> MessageSettings | None:
    with workbench.reading(workbench.operator()) as tx:
        return tx.find_one(MessageSettings, user_id=actor.user_id)


def begin(workbench: Workbench, actor: Actor) -> MessageSettings:
    with workbench.transaction(workbench.system_actor()) as tx:
        return choices.kept_or_begun(tx, [tx.get(User, actor.user_id)])[actor.user_id]


@pytest.fixture
def ana(app, people: People) -> Visitor:
    return Visitor.signed_in(app, people["ana"].user_id)


@pytest.fixture
def olga(app, workbench) -> Visitor:
    with workbench.transaction(workbench.operator()) as tx:
        user = accounts.add_user(tx, "olga@example.com", "Olga", ["admin"])
    return Visitor.signed_in(app, user.user_id)


def test_what_is_ticked_is_kept_and_what_is_not_is_not_wanted(ana: Visitor, workbench, people):
    form = {"kinds": ["mentioned", "assigned"], "is_daily": "true", "daily_hour": "7", "quiet": "20-7"}
    answer = ana.post(PAGE, {**form, "form": "messages"})
    assert answer.status_code == 303
    found = kept(workbench, people["ana"])
    assert ([*found.kinds], found.ways, found.is_daily, found.daily_hour) == (
        ["mentioned", "assigned"], [], True, 7,
    )  # fmt: skip
    assert (found.quiet_from, found.quiet_until) == (20, 7)
    page = ana.get(PAGE).text
    assert 'value="mentioned" checked' in page
    assert 'value="decided" checked' not in page
    assert 'value="20-7"' in page
    ana.post(PAGE, {"kinds": ["mentioned"], "ways": ["mail"], "quiet": "", "is_daily": "false"})
    found = kept(workbench, people["ana"])
    assert (found.ways, found.quiet_from, found.is_daily) == ([Way.MAIL], None, False)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("quiet", "all night", "write when quiet hours begin and end"),
        ("quiet", "7-7", "write when quiet hours begin and end"),
        ("quiet", "20-24", "write when quiet hours begin and end"),
        ("daily_hour", "24", "must be at most 23"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_kept(
    ana: Visitor, workbench, people, field: str, value: str, words: str
):
    answer = ana.post(PAGE, {"form": "messages", "kinds": ["mentioned"], field: value})
    assert answer.status_code == 400
    assert words in unescape(answer.text)
    assert kept(workbench, people["ana"]) is None


def test_a_partners_people_choose_among_what_they_may_know(app, workbench, people):
    pat = Visitor.signed_in(app, people["pat"].user_id)
    page = pat.get(PAGE).text
    assert "waits for your approval" in page
    assert re.findall(r'name="kinds" value="(\w+)"', page) == ["to_decide", "worklog", "account"]
    assert "Hold back" not in page
    for kind in ("assigned", "reminder"):
        assert pat.post(PAGE, {"form": "messages", "kinds": [kind]}).status_code == 400
    assert kept(workbench, people["pat"]) is None


def test_only_admins_hold_messages_back_and_everybody_is_told_that_they_are(ana, olga):
    assert ana.post(f"{PAGE}/pause").status_code == 403
    assert "Hold back all messages" in olga.get(PAGE).text
    olga.post(f"{PAGE}/pause")
    assert "All messages are held back since" in ana.get(PAGE).text
    olga.post(f"{PAGE}/resume")
    assert "All messages are held back since" not in ana.get(PAGE).text


def test_an_admin_who_tries_it_without_a_mail_server_is_told_what_to_set(olga: Visitor):
    answer = olga.post(f"{PAGE}/try", {"form": "try"})
    assert answer.status_code == 400
    assert "smtp_host" in answer.text


def test_the_address_in_an_email_stops_them_by_a_button_and_by_one_click_and_never_by_being_looked_at(
    app, workbench, people
):
    workbench.settings = replace(workbench.settings, smtp_host="mail.example.com")
    token = choices.stopping(begin(workbench, people["ana"]))
    stranger = Visitor(app.test_client())
    page = stranger.get(f"/messages/stop/{token}")
    assert "Stop these e-mails?" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert kept(workbench, people["ana"]).ways == [Way.MAIL]
    one_click = app.test_client().post(f"/messages/stop/{token}", data={"List-Unsubscribe": "One-Click"})
    assert one_click.status_code == 200
    assert kept(workbench, people["ana"]).ways == []
    assert "You get no more e-mails" in stranger.get(f"/messages/stop/{token}").text
    assert stranger.get("/messages/stop/another").status_code == 404
    assert app.test_client().post("/messages/stop/another").status_code == 404


def test_whose_mail_came_back_is_told_so_and_saving_tries_again(ana: Visitor, workbench, people):
    with workbench.transaction(workbench.system_actor()) as tx:
        choices.refused(tx, tx.get(User, people["ana"].user_id), "550 no such user")
    assert "550 no such user" in ana.get(PAGE).text
    ana.post(PAGE, {"form": "messages", "kinds": ["mentioned"], "ways": ["mail"]})
    assert "550 no such user" not in ana.get(PAGE).text


def test_the_page_is_in_the_menu_under_the_name(ana: Visitor):
    assert f'href="{PAGE}">Messages</a>' in ana.get("/board").text
