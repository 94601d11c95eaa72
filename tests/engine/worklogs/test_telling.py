"""Whom a worklog waits for, and who is told that one was sent: in the inbox, and by mail as they want it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.inbox import service as inbox
from engine.inbox.read_models import Kind
from engine.worklogs import service
from engine.worklogs.models import WorkLog
from tests.engine.outbox.conftest import Post, box
from tests.engine.worklogs.house import House
from tests.factories import do

__all__ = ["box"]
WEEK = "Worklog of Acme spring, 16 to 22 November 2026"


def told(house: House, name: str) -> list[tuple[Kind, str, str]]:
    """Return what somebody's inbox has of worklogs; it counts what it shows."""
    with house.workbench.reading(house.desk.people[name]) as tx:
        found = inbox.load(tx)
        assert inbox.count_afresh(tx, inbox.positions(tx)).total == found.total
        kinds = (Kind.TO_SEND, Kind.WORKLOG)
        return [(item.kind, item.title, item.key) for item in found.items if item.kind in kinds]


def seen(house: House, name: str) -> None:
    do(house.workbench, house.desk.people[name], "inbox seen")
    house.workbench.clock.advance(seconds=1)


def draft_of(house: House) -> WorkLog:
    house.done("Write: Tea")
    return house.make()


def send(house: House, worklog: WorkLog) -> None:
    house.act("mara", service.send, house.content, worklog.worklog_id)


def test_a_draft_waits_in_the_inbox_of_whoever_may_send_it_until_it_is_sent(either_house: House):
    draft = draft_of(either_house)
    expected = [(Kind.TO_SEND, WEEK, draft.worklog_id)]
    assert told(either_house, "mara") == told(either_house, "max") == expected
    assert told(either_house, "ana") == told(either_house, "pat") == []
    send(either_house, draft)
    assert told(either_house, "mara") == told(either_house, "max") == []


def test_an_empty_week_waits_for_nobody(house: House):
    house.make()
    assert told(house, "mara") == []


def test_what_was_sent_is_in_the_inbox_of_the_partners_people_until_they_have_seen_it(either_house: House):
    draft = draft_of(either_house)
    send(either_house, draft)
    assert told(either_house, "pat") == [(Kind.WORKLOG, WEEK, draft.worklog_id)]
    for other in either_house.desk.people:
        assert told(either_house, other) == [] or other == "pat"
    seen(either_house, "pat")
    assert told(either_house, "pat") == []


def test_a_partner_hears_nothing_of_the_worklogs_of_another(house: House, workbench: Workbench):
    pat: Actor = house.desk.people["pat"]
    send(house, draft_of(house))
    house.desk.people["gina"] = replace(pat, partner_id=house.globex_id)
    assert told(house, "gina") == []


def test_a_draft_that_somebody_has_seen_is_folded_away_for_them_alone(house: House):
    draft_of(house)
    seen(house, "mara")
    assert (told(house, "mara"), len(told(house, "max"))) == ([], 1)


@pytest.fixture
def post(house: House, box, tmp_path: Path) -> Post:
    house.workbench.settings = replace(
        house.workbench.settings,
        smtp_host="127.0.0.1",
        smtp_port=box.port,
        smtp_security="none",
        smtp_from="board@example.com",
        public_url="https://board.example.com",
        secrets_key=str(tmp_path / "secrets.key"),
    )
    return Post(house.desk, box)


def test_both_are_mailed_to_whoever_wants_that(house: House, post: Post):
    do(house.workbench, house.desk.people["max"], "message settings", kinds=["mentioned"])
    draft = draft_of(house)
    post.look()
    assert [one for one in post.to("mara") if "Worklog" in one] == [f"{WEEK}: it waits to be sent"]
    assert [one for one in post.to("max") if "Worklog" in one] == []
    send(house, draft)
    post.look()
    assert post.to("pat") == [f"{WEEK}: it tells what was done for you"]
