"""What is told of versions, approvals and remarks: all of it to the team, and to a partner what is theirs."""

from __future__ import annotations

import pytest

from engine.deliverables import comments, describe
from engine.deliverables.models import Approval, Deliverable, DeliverableComment
from tests.engine.conftest import Bench
from tests.engine.deliverables.rounds import PORTAL, ask, rows, with_deliverable


@pytest.fixture
def shown(bench: Bench) -> str:
    """A task that handed something over, which its partner was asked to approve, and that was remarked on."""
    task_id = with_deliverable(bench, PORTAL, "draft")
    ask(bench, task_id)
    with bench.writing("ana") as tx:
        comments.add(tx, rows(bench, task_id)[0].deliverable_id, "For you.", visible_in_portal=True)
    return task_id


def _told(bench: Bench, who: str, task_id: str) -> dict[str, dict[str, object]]:
    with bench.reading(who) as tx:
        return {
            "version": describe.versions(tx, tx.find(Deliverable, task_id=task_id))[0],
            "approval": describe.approvals(tx, tx.find(Approval, task_id=task_id))[0],
            "remark": describe.comments(tx, tx.find(DeliverableComment, task_id=task_id))[0],
        }


@pytest.mark.parametrize("who", ["olga", "mara", "sam", "ana"])
def test_the_team_is_told_every_field(bench: Bench, shown: str, who: str):
    told = _told(bench, who, shown)
    assert set(told["version"]) == {*Deliverable.model_fields, "content_hash"}
    beside = {"deliverable", "version_number", "deliverable_url"}
    assert set(told["approval"]) == {*Approval.model_fields, *beside}
    assert set(told["remark"]) == set(DeliverableComment.model_fields)
    assert told["approval"]["content_hash"] == told["version"]["content_hash"]


def test_a_partners_user_is_told_what_was_shown_and_not_who_does_the_work(bench: Bench, shown: str):
    told = _told(bench, "pat", shown)
    assert set(told["version"]) == describe.OF_VERSION
    assert set(told["approval"]) == describe.OF_APPROVAL
    assert set(told["remark"]) == describe.OF_COMMENT
    everything = repr(told)
    for word in (shown, "task_id", "authors", "created_by", "requested_by", "assignee_ids", "emp_", "usr_"):
        assert word not in everything
    assert told["approval"]["content_hash"] == told["version"]["content_hash"]
