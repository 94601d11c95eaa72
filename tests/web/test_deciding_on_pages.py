"""Deciding on a version's page, by the team and by the partner, on exactly what it showed."""

from __future__ import annotations

import re

import pytest

from engine.accounts import service as accounts
from engine.deliverables.models import ApprovalStatus
from engine.tasks.models import TaskStatus
from tests import judged
from tests.web.test_deliverable_pages import DRAFT, JSON, Desk, page_of


@pytest.fixture
def desk(workbench, people) -> Desk:
    task, row = judged.begin(workbench, people["mara"], ["internal", "portal"])
    return Desk(workbench, people, task, row)


def test_a_manager_decides_in_place_on_exactly_what_the_page_showed(desk, mara, ana):
    row = desk.give(DRAFT)
    waiting = desk.ask()
    address = f"/approvals/{waiting.task_approval_id}/decide"
    text = mara.get(page_of(row)).text
    assert f'action="{address}"' in text
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', text)[1]
    assert seen == row.content_hash
    assert address not in ana.get(page_of(row)).text
    assert "A manager decides." in ana.get(page_of(row)).text
    answer = mara.post(address, {"outcome": "approved", "seen": seen, "feedback": "Good."})
    assert (answer.status_code, answer.location) == (303, page_of(row))
    assert desk.reopened(waiting).status is ApprovalStatus.APPROVED
    assert "Approved." in mara.get(page_of(row)).text


def test_a_refused_decision_keeps_the_words_and_shows_what_is_there_now(desk, mara):
    row = desk.give(DRAFT)
    waiting = desk.ask()
    address, form = f"/approvals/{waiting.task_approval_id}/decide", f"decide-{waiting.task_approval_id}"
    sent = {"form": form, "outcome": "rejected", "feedback": "", "seen": row.content_hash}
    answer = mara.post(address, sent)
    assert answer.status_code == 400
    assert "say why, and what to do" in answer.text
    changed = desk.give(DRAFT + "Changed.\n")
    answer = mara.post(address, sent | {"feedback": "My long thoughts"})
    assert answer.status_code == 409
    assert "My long thoughts" in answer.text
    assert "changed since you looked at it" in answer.text
    assert f'name="seen" value="{changed.content_hash}"' in answer.text
    assert "Changed." in answer.text
    assert desk.reopened(waiting).is_open
    assert (
        mara.post(address, {"form": form, "outcome": "maybe", "seen": changed.content_hash}).status_code
        == 400
    )
    assert mara.post(address, {"form": form, "outcome": "approved"}).status_code == 400


def test_the_second_of_two_deciders_reads_that_it_is_decided(desk, mara):
    row = desk.give(DRAFT)
    waiting = desk.ask()
    desk.decide("rejected", "No.")
    sent = {"form": f"decide-{waiting.task_approval_id}", "outcome": "approved", "seen": row.content_hash}
    answer = mara.post(f"/approvals/{waiting.task_approval_id}/decide", sent)
    assert answer.status_code == 409
    assert "has decided on" in answer.text
    assert desk.reopened(waiting).status is ApprovalStatus.REJECTED


def test_the_keys_of_the_inbox_get_json(desk, mara, ana):
    row = desk.give(DRAFT)
    waiting = desk.ask()
    address = f"/approvals/{waiting.task_approval_id}/decide"
    own = ana.post(address, {"outcome": "approved", "seen": row.content_hash}, headers=JSON)
    assert (own.status_code, own.json["error"]["code"]) == (403, "FORBIDDEN")
    stale = mara.post(address, {"outcome": "approved", "seen": "0" * 64}, headers=JSON)
    assert (stale.status_code, stale.json["error"]["code"]) == (409, "STALE_VERSION")
    mute = mara.post(address, {"outcome": "rejected", "seen": row.content_hash}, headers=JSON)
    assert mute.json["error"]["code"] == "FEEDBACK_REQUIRED"
    done = mara.post(address, {"outcome": "approved", "seen": row.content_hash}, headers=JSON)
    assert done.status_code == 200
    assert done.json["status"] == "approved"
    assert done.json["content_hash"] == row.content_hash
    again = mara.post(address, {"outcome": "approved", "seen": row.content_hash}, headers=JSON)
    assert again.json["error"]["code"] == "ALREADY_DECIDED"


def test_a_decision_leads_back_to_where_it_was_made_but_never_elsewhere(desk, mara):
    row = desk.give(DRAFT)
    waiting = desk.ask()
    sent = {"outcome": "rejected", "feedback": "No.", "seen": row.content_hash, "back": "//evil.example"}
    assert mara.post(f"/approvals/{waiting.task_approval_id}/decide", sent).location == page_of(row)
    desk.give(DRAFT + "x")
    newer = desk.ask()
    newest = judged.versions_of(desk.workbench, desk.task)[-1]
    sent = {"outcome": "approved", "seen": newest.content_hash, "back": "/inbox"}
    assert mara.post(f"/approvals/{newer.task_approval_id}/decide", sent).location == "/inbox"


def test_a_partner_decides_on_the_same_page_and_reads_nothing_internal(desk, as_user):
    desk.give(DRAFT)
    desk.ask()
    desk.decide("rejected", "Internal words.")
    desk.comment("Between us.", row=desk.row)
    second = desk.give(DRAFT + "Better.\n")
    desk.comment("Also between us.", row=second, anchor={"line": 1})
    desk.comment("For you to read.", row=second, visible_in_portal=True)
    desk.ask()
    pat = as_user("pat")
    assert pat.get(page_of(second)).status_code == 404
    desk.decide("approved", "Fine for me.")
    text = pat.get(page_of(second)).text
    assert "Better." in text
    assert "For you to read." in text
    for hidden in (
        "Internal words.", "Fine for me.", "etween us.", "/tasks/", desk.task.title, "Gold standard",
        "frozen", "the team", desk.row.deliverable_id, "Compare", "Ana", "About this version",
    ):  # fmt: skip
        assert hidden not in text, hidden
    assert pat.get(page_of(desk.row)).status_code == 404
    assert pat.get(page_of(second, "compare")).status_code == 404
    assert pat.get(page_of(second, "file")).data.decode() == DRAFT + "Better.\n"
    [waiting] = judged.open_ones(desk.workbench, desk.task)
    said = {"form": "comment", "body": "Thank you."}
    assert pat.post(page_of(second, "comments"), said).status_code == 303
    assert "Thank you." in pat.get(page_of(second)).text
    sent = {"outcome": "approved", "seen": second.content_hash}
    answer = pat.post(f"/approvals/{waiting.task_approval_id}/decide", sent)
    assert (answer.status_code, answer.location) == (303, page_of(second))
    assert desk.task_status is TaskStatus.COMPLETED
    assert "approved" in pat.get(page_of(second)).text


def test_the_people_of_another_partner_see_nothing(desk, as_user, workbench, people):
    desk.give(DRAFT)
    desk.ask()
    desk.decide()
    [waiting] = judged.open_ones(workbench, desk.task)
    with workbench.transaction(workbench.operator()) as tx:
        accounts.add_user(tx, "gil@example.com", "Gil", ["partner"], partner="globex")
    people["gil"] = workbench.actor_by_email("gil@example.com")
    gil = as_user("gil")
    assert gil.get(page_of(desk.row)).status_code == 404
    assert gil.get(page_of(desk.row, "file")).status_code == 404
    sent = {"outcome": "approved", "seen": judged.seen(workbench, waiting)}
    assert gil.post(f"/approvals/{waiting.task_approval_id}/decide", sent).status_code == 404
    assert desk.reopened(waiting).is_open
