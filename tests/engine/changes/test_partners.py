"""What a partner's people are told of: what was shown to them, and of the team's work on it nothing."""

from __future__ import annotations

import pytest

from engine.app import Workbench
from engine.changes.feed import Changes
from engine.clock import FixedClock
from engine.deliverables import comments, versions
from engine.deliverables.models import Deliverable
from tests.desk import BOTH, PORTAL, Desk
from tests.factories import do


@pytest.fixture
def desk(either_workbench: Workbench) -> Desk:
    return Desk.set_up(either_workbench)


def told(desk: Desk, name: str, cursor: str | None = None) -> Changes:
    feed, actor = desk.workbench.changes, desk.people[name]
    with desk.workbench.reading(actor) as tx:
        return feed.after(tx, cursor or feed.start(tx), 100)


def kinds(found: Changes) -> list[str]:
    return [one.kind for one in found.events if one.subject.type != "users"]


def row_of(desk: Desk, task_id: str) -> Deliverable:
    with desk.workbench.reading(desk.people["mara"]) as tx:
        [row] = tx.find(Deliverable, task_id=task_id)
        return row


def test_before_it_is_handed_over_nothing_is_told_and_what_was_done_before_never(
    desk: Desk, clock: FixedClock
):
    task_id = desk.hand_over(policy=BOTH)
    assert kinds(told(desk, "pat")) == []
    clock.advance(seconds=1)
    desk.decide(task_id, "approved")
    assert kinds(told(desk, "pat")) == ["deliverable_delivered", "approval_requested"]
    clock.advance(seconds=1)
    desk.decide(task_id, "rejected", "The logo is wrong", by="pat")
    assert kinds(told(desk, "pat")) == ["deliverable_delivered", "approval_requested", "approval_decided"]
    assert kinds(told(desk, "gil")) == [], "it is none of theirs"


def test_who_did_it_is_told_as_on_their_page(desk: Desk):
    """There stands who decided and who remarked; who asked, and who handed it over, is the team's."""
    task_id = desk.hand_over(policy=PORTAL)
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        comments.add(tx, row_of(desk, task_id).deliverable_id, "Look here", visible_in_portal=True)
    desk.decide(task_id, "approved", by="pat")
    found = [one for one in told(desk, "pat").events if one.kind != "user_added"]
    assert {one.kind: one.by.name if one.by else None for one in found} == {
        "deliverable_delivered": None,
        "approval_requested": None,
        "deliverable_commented": "Mara",
        "approval_decided": "Pat",
    }
    for one in found:
        assert (one.task_id, one.bundle_id, one.what, one.words) == (None, None, None, None)
        assert (one.fields, one.changes, one.status) == ((), (), None)


def test_a_remark_among_the_team_is_told_to_the_team_alone(desk: Desk):
    deliverable_id = row_of(desk, desk.hand_over(policy=PORTAL)).deliverable_id
    before = {name: told(desk, name).cursor for name in ("pat", "ana")}
    with desk.workbench.transaction(desk.people["mara"]) as tx:
        comments.add(tx, deliverable_id, "They will not like it")
    assert told(desk, "pat", before["pat"]).cursor == before["pat"]
    assert kinds(told(desk, "ana", before["ana"])) == ["deliverable_commented"]
    do(desk.workbench, desk.people["pat"], "deliverable comment", deliverable_id=deliverable_id, body="Fine")
    assert kinds(told(desk, "pat", before["pat"])) == ["deliverable_commented"]


def test_a_version_that_they_never_saw_is_never_told_of(desk: Desk):
    task_id = desk.hand_over(policy=PORTAL)
    before = told(desk, "pat").cursor
    with desk.workbench.transaction(desk.people["ana"]) as tx:
        hidden = versions.add(tx, task_id, "internal_notes", type="text", description="Hidden")
        versions.edit(tx, hidden.deliverable_id, url="https://docs.example/hidden")
    assert told(desk, "pat", before).cursor == before


def test_of_a_worklog_they_are_told_that_it_was_sent(desk: Desk):
    workbench, mara = desk.workbench, desk.people["mara"]
    before = told(desk, "pat").cursor
    made = do(workbench, mara, "worklog make", campaign="acme_spring", week="2026-11-09")
    worklog_id = made.worklog_id
    do(workbench, mara, "worklog edit", worklog_id=worklog_id, body="We wrote your article.")
    assert told(desk, "pat", before).cursor == before
    do(workbench, mara, "worklog send", worklog_id=worklog_id)
    assert kinds(told(desk, "pat", before)) == ["worklog_sent"]
    assert kinds(told(desk, "pat")) == ["worklog_sent"], "from the beginning it is no more"
    assert kinds(told(desk, "gil")) == []
    assert "worklog_edited" in kinds(told(desk, "mara"))
