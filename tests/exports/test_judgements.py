"""What was judged cannot be told otherwise: each rule on versions, approvals and QA is broken once (D5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exports import validate
from tests.exports.conftest import Copy

pytestmark = pytest.mark.wide

Row = dict[str, Any]
LATER, EARLIER = "2026-11-21T10:00:00.000Z", "2026-11-21T08:00:00.000Z"
NOBODY = "usr_01K9ZQ3V5M8Y7C2R4T6W8X0B1D"


def where(**fields: Any) -> Callable[[Row], bool]:
    return lambda row: all(row[name] == value for name, value in fields.items())


def given(name: str) -> Callable[[Row], bool]:
    return lambda row: row[name] is not None


APPROVED, REJECTED = where(status="approved"), where(status="rejected")
CHANGES = where(status="approved_pending_changes")
FIRST, SECOND, THIRD = (where(ref="article_draft", version_number=number) for number in (1, 2, 3))
WAITING = where(status="pending", withdrawn_at=None)


@pytest.mark.parametrize(
    ("rule", "table", "match", "fields"),
    [
        ("approval_state", "task_approvals", APPROVED, {"approver_id": None}),
        ("approval_state", "task_approvals", APPROVED, {"decided_at": None}),
        ("approval_state", "task_approvals", REJECTED, {"content_hash": None}),
        ("approval_state", "task_approvals", APPROVED, {"approved_at": None}),
        ("approval_state", "task_approvals", APPROVED, {"approved_at": LATER}),
        ("approval_state", "task_approvals", REJECTED, {"approved_at": LATER}),
        ("approval_state", "task_approvals", REJECTED, {"feedback": None}),
        ("approval_state", "task_approvals", REJECTED, {"feedback": " "}),
        ("approval_state", "task_approvals", CHANGES, {"feedback": None}),
        ("approval_state", "task_approvals", APPROVED, {"withdrawn_at": LATER}),
        ("approval_state", "task_approvals", WAITING, {"approver_id": NOBODY}),
        ("approval_state", "task_approvals", WAITING, {"decided_at": LATER}),
        ("approval_state", "task_approvals", WAITING, {"approved_at": LATER}),
        ("approval_state", "task_approvals", WAITING, {"feedback": "fine"}),
        ("approval_state", "task_approvals", WAITING, {"content_hash": "0" * 64}),
        ("approval_state", "task_approvals", WAITING, {"evidence_failure": "not found"}),
        ("approval_state", "task_approvals", given("withdrawn_at"), {"status": "approved"}),
        ("approval_source", "task_approvals", where(source="portal"), {"partner_id": None}),
        ("approval_source", "task_approvals", CHANGES, {"source": "internal"}),
        ("approval_content", "task_approvals", APPROVED, {"content_hash": "0" * 64}),
        ("told", "task_approvals", APPROVED, {"decided_at": EARLIER}),
        ("approval_content", "deliverables", FIRST, {"deliverable_url": "https://example.com/other"}),
        ("approval_content", "deliverables", SECOND, {"meta": {"word_count": 7}}),
        ("approval_content", "deliverables", SECOND, {"sha256": "0" * 64}),
        ("approval_content", "deliverables", SECOND, {"frozen_at": None}),
        ("told", "deliverables", SECOND, {"frozen_at": LATER}),
        ("deliverable_file", "deliverables", THIRD, {"sha256": "0" * 64}),
        ("version_chain", "deliverables", FIRST, {"version_number": 0}),
        ("version_chain", "deliverables", SECOND, {"version_number": 3}),
        ("version_chain", "deliverables", THIRD, {"version_number": 4}),
        ("version_chain", "deliverables", SECOND, {"previous_deliverable_id": None}),
        ("version_chain", "deliverables", THIRD, {"ref": "other"}),
        ("version_chain", "deliverables", THIRD, {"task_step_id": None}),
        ("qa_review", "task_qa_reviews", where(score=4), {"passed": None, "score": None}),
        ("qa_state", "tasks", where(qa_flagged=True), {"qa_reasons": []}),
        ("qa_state", "tasks", where(qa_flagged=True), {"qa_type": None}),
        ("qa_state", "tasks", where(qa_flagged=True), {"qa_type": "random"}),
        ("qa_state", "tasks", where(qa_flagged=True), {"qa_flagged_at": None}),
        ("qa_state", "tasks", where(qa_flagged=True), {"qa_flagged": False}),
        ("qa_state", "tasks", where(qa_flagged=False), {"qa_flagged": True}),
        ("qa_state", "tasks", where(qa_flagged=False), {"qa_reviewed_at": LATER}),
        ("status_without_event", "task_approvals", REJECTED, {"status": "approved_pending_changes"}),
        ("status_without_event", "task_approvals", APPROVED, {"decided_at": LATER, "approved_at": LATER}),
        ("completed_without_approval", "deliverables", THIRD, {"visible_in_portal": False}),
    ],
)
def test_each_rule_catches_what_breaks_it(
    copy: Copy, rule: str, table: str, match: Callable[[Row], bool], fields: Row
) -> None:
    copy.change(table, match, **fields)
    copy.reseal()
    assert rule in {one.rule for one in validate.check(copy.folder)}


def test_another_approver_than_the_event_names_is_caught(copy: Copy) -> None:
    (sam,) = (row for row in copy.rows("users") if row["email"] == "sam@example.com")
    copy.change("task_approvals", APPROVED, approver_id=sam["user_id"])
    copy.reseal()
    assert {one.rule for one in validate.check(copy.folder)} == {"status_without_event", "told"}


def test_an_approval_of_another_task_than_its_deliverable_is_caught(copy: Copy) -> None:
    copy.change("task_approvals", WAITING, task_id=copy.rows("tasks")[0]["task_id"])
    copy.reseal()
    assert {one.rule for one in validate.check(copy.folder)} == {"approval_source", "told"}


def test_content_and_hash_changed_together_contradict_the_event(copy: Copy) -> None:
    from engine.deliverables.models import Deliverable

    (row,) = (row for row in copy.rows("deliverables") if SECOND(row))
    forged = Deliverable.model_validate({**row, "deliverable_url": "https://example.com/forged"})
    copy.change("deliverables", SECOND, deliverable_url=forged.deliverable_url)
    for match in (APPROVED, CHANGES):
        copy.change("task_approvals", match, content_hash=forged.content_hash)
    copy.reseal()
    assert {one.rule for one in validate.check(copy.folder)} == {"status_without_event", "told"}


def without(copy: Copy, status: str) -> None:
    copy.write("task_approvals", [row for row in copy.rows("task_approvals") if row["status"] != status])
    copy.reseal()


@pytest.mark.parametrize(
    ("status", "source"), [("approved", "internal"), ("approved_pending_changes", "portal")]
)
def test_a_completed_task_whose_approval_is_gone_is_caught(copy: Copy, status: str, source: str) -> None:
    without(copy, status)
    said = [one.message for one in validate.check(copy.folder) if one.rule == "completed_without_approval"]
    assert any(f"lacks the {source} approval" in message for message in said)


def test_a_version_may_follow_only_the_last_word_to_change_one_thing(copy: Copy) -> None:
    copy.change("task_approvals", CHANGES, status="approved")
    copy.reseal()
    assert "completed_without_approval" in {one.rule for one in validate.check(copy.folder)}


def test_a_task_that_is_said_to_need_another_source_than_there_is_gives_a_violation(copy: Copy) -> None:
    for sources in (5, "internal", [5], ["boss"], [["internal"]]):
        approval = {"required": True, "sources": sources, "reason": None}
        copy.change("tasks", where(qa_flagged=True), approval=approval)
        copy.reseal()
        assert "approval_source" in {one.rule for one in validate.check(copy.folder)}


def test_a_task_that_hands_nothing_over_cannot_have_had_its_approval(copy: Copy) -> None:
    plain = next(row for row in copy.rows("tasks") if row["status"] == "completed" and not row["qa_flagged"])
    approval = {"required": True, "sources": ["internal"], "reason": None}
    copy.change("tasks", where(task_id=plain["task_id"]), approval=approval)
    copy.reseal()
    (found,) = (one for one in validate.check(copy.folder) if one.rule != "told")
    assert found.rule == "completed_without_approval"
    assert "nothing has the internal approval" in found.message
