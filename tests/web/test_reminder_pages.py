"""Reminders on pages: what stands, what comes, why, and what somebody does with one (D6, RMD-08)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from html import unescape

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.clock import FixedClock
from engine.notifications.models import NotificationKind
from engine.notifications.service import notify
from engine.reminders.models import Reminder
from engine.reminders.tick import tick
from tests.factories import do, make_task
from tests.web.conftest import Visitor


def words_of(markup: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", markup)).split())


class Reminded:
    """Ana's task is due on Thursday, and it is Wednesday morning."""

    def __init__(self, workbench: Workbench, clock: FixedClock) -> None:
        self.workbench, self.clock = workbench, clock
        workbench.settings = replace(workbench.settings, reminders=True)
        clock.set(datetime(2026, 11, 30, 9, 0, tzinfo=UTC))
        self.tick()
        self.task_id = make_task(workbench, title="Call Bo", due_date="2026-12-03", assignee="ana").task_id
        clock.set(datetime(2026, 12, 2, 8, 1, tzinfo=UTC))
        self.tick()

    def tick(self) -> None:
        open_one = partial(self.workbench.transaction, self.workbench.system_actor())
        tick(open_one, self.workbench.content())

    @property
    def reminder_id(self) -> str:
        with self.workbench.reading(self.workbench.operator()) as tx:
            return tx.find(Reminder, order_by=("reminder_id",))[0].reminder_id


@pytest.fixture
def reminded(workbench: Workbench, people: dict[str, Actor], clock: FixedClock) -> Reminded:
    return Reminded(workbench, clock)


def test_what_stands_and_what_comes_is_on_ones_own_page(reminded: Reminded, ana: Visitor):
    text = words_of(ana.get("/reminders").text)
    assert "Waiting for you 1" in text
    assert "It is due on Thu 3 December 2026." in text
    assert "What comes within a month 1 as things stand now" in text
    assert "at once, to assignee" in text


def test_a_manager_sees_what_comes_to_everybody_and_a_member_does_not(
    reminded: Reminded, ana: Visitor, mara: Visitor
):
    everybodys = words_of(mara.get("/reminders?all=1").text)
    assert "Ana" in everybodys
    assert "3 business days after, flagged" in everybodys
    assert "Everybody’s" not in ana.get("/reminders?all=1").text


def test_while_they_are_off_the_page_says_so_and_shows_what_would_come(
    workbench: Workbench, people: dict[str, Actor], ana: Visitor
):
    make_task(workbench, title="Call Bo", due_date="2026-12-03", assignee="ana")
    text = words_of(ana.get("/reminders").text)
    assert "Reminders are switched off in this workspace: nothing is sent." in text
    assert "What would come within a month 2" in text


def test_the_task_tells_of_its_reminders_and_leads_to_why(reminded: Reminded, ana: Visitor):
    page = ana.get(f"/tasks/{reminded.task_id}").text
    panel = words_of(page.split('id="reminders"')[1].split("</section>")[0])
    assert "It is due on Thu 3 December 2026. To Ana" in panel
    assert "was sent. By the rule “1 business day before”." in panel
    assert f'href="/tasks/{reminded.task_id}/reminders"' in page
    why = words_of(ana.get(f"/tasks/{reminded.task_id}/reminders").text)
    assert "Was sent. By the rule “1 business day before”." in why
    assert "Will be sent. By the rule “at once, to assignee”" in why


def test_a_reminder_is_dismissed_in_the_inbox_without_a_script(reminded: Reminded, ana: Visitor):
    shown = ana.get(f"/inbox?item={reminded.reminder_id}")
    assert "It is due on Thu 3 December 2026" in words_of(shown.text)
    answer = ana.post(f"/reminders/{reminded.reminder_id}/dismiss", {"back": "/inbox"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/inbox")
    assert "It is due on Thu" not in ana.get("/inbox").text
    assert "Was sent and dismissed. Ana dismissed it." in words_of(
        ana.get(f"/tasks/{reminded.task_id}/reminders").text
    )


def test_a_reminder_is_put_off_to_a_day_and_a_day_that_is_past_is_refused_at_its_field(
    reminded: Reminded, ana: Visitor
):
    address = f"/reminders/{reminded.reminder_id}/snooze"
    refused = ana.post(address, {"until": "2026-12-01", "form": f"snooze-{reminded.reminder_id}"})
    assert refused.status_code == 400
    assert "choose a day to come" in refused.text
    assert ana.post(address, {"until": "2026-12-04"}).status_code == 303
    assert "put off until" in words_of(ana.get("/reminders").text)
    assert "It is due on Thu" not in ana.get("/inbox").text


def test_a_reminder_of_somebody_else_is_nobodys_to_answer(reminded: Reminded, mara: Visitor):
    assert mara.post(f"/reminders/{reminded.reminder_id}/dismiss", {}).status_code == 404


def test_an_inbox_in_which_one_thing_came_and_another_went_is_not_called_unchanged(
    reminded: Reminded, ana: Visitor, people: dict[str, Actor]
):
    """What is told to one person alone concerns no view of others, and the count is as before."""
    held = ana.get("/inbox")
    assert "It is due on Thu 3 December 2026" in words_of(held.text)
    do(reminded.workbench, people["ana"], "reminders dismiss", reminder_id=reminded.reminder_id)
    with reminded.workbench.transaction(reminded.workbench.system_actor()) as tx:
        failed, mine = NotificationKind.JOB_FAILED, [people["ana"].user_id]
        notify(tx, user_ids=mine, kind=failed, title="Export failed", key="job:1")
    asked = {"X-Live": "1", "If-None-Match": held.headers["ETag"]}
    fresh = ana.get("/inbox", headers=asked)
    assert fresh.status_code == 200
    assert "Export failed" in fresh.text
    assert "It is due on Thu 3 December 2026" not in words_of(fresh.text)
    asked["If-None-Match"] = fresh.headers["ETag"]
    assert ana.get("/inbox", headers=asked).status_code == 304
