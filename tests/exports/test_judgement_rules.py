"""What was judged, and by whom, is told record by record: this change, these words (EXP-06, D5)."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from engine.record import canonical
from exports.judgements import JudgementRules
from tests.exports.shown import Row, row, said

FROZEN, DECIDED, LATER = (f"2026-11-21T0{hour}:00:00.000Z" for hour in (7, 8, 9))
URL = "https://example.com/draft"
FILE = "f" * 64


def hash_of(**seen: Any) -> str:
    """Return the hash over what an approver sees, as FORMAT.md says it."""
    return hashlib.sha256(canonical(seen)).hexdigest()


FOUR = "content_hash, approved_at, evidence_artifact_id, evidence_failure"
HASH = hash_of(deliverable_url=URL, meta={"words": 7}, sha256=None)
NEEDS = {"required": True, "sources": ["internal"], "reason": None}
FREE = {"required": False, "sources": [], "reason": None}
TASK = row("tasks", task_id="tsk_1", status="completed", approval=NEEDS, qa_reasons=[])
VERSION = row(
    "deliverables",
    deliverable_id="dlv_1",
    task_id="tsk_1",
    ref="draft",
    version_number=1,
    deliverable_url=URL,
    meta={"words": 7},
    frozen_at=FROZEN,
)
APPROVAL = row(
    "task_approvals",
    task_approval_id="apr_1",
    task_id="tsk_1",
    deliverable_id="dlv_1",
    source="internal",
    status="approved",
    approver_id="usr_1",
    decided_at=DECIDED,
    approved_at=DECIDED,
    content_hash=HASH,
)
REJECTED = {"status": "rejected", "approved_at": None, "feedback": "too long"}
CHANGES = {"status": "approved_pending_changes", "feedback": "one figure"}
PENDING = {
    "status": "pending", "approver_id": None, "decided_at": None, "approved_at": None, "content_hash": None,
}  # fmt: skip
PORTAL = {"source": "portal", "partner_id": "par_1"}


def told_of(approval: Row, **fields: Any) -> Row:
    """Return the event of a decision."""
    names = ("status", "approver_id", "decided_at", "content_hash")
    after = {name: approval[name] for name in names}
    told = {
        "seq": 2,
        "action": "approval_decided",
        "entity_type": "task_approvals",
        "entity_id": approval["task_approval_id"],
        "after": after,
        **fields,
    }
    return row("audit_events", **told)


FREEZE = row(
    "audit_events",
    seq=1,
    action="deliverable_frozen",
    entity_type="deliverables",
    entity_id="dlv_1",
    after={},
)


def faults(
    *,
    task: Row | None = None,
    versions: list[Row] | None = None,
    approvals: list[Row] | None = None,
    events: list[Row] | None = None,
    **others: list[Row],
) -> list[str]:
    """Return what is said of a completed task whose one version was approved, with some records changed."""
    approvals = [APPROVAL] if approvals is None else approvals
    if events is None:
        events = [FREEZE, *(told_of(one) for one in approvals if one["status"] != "pending")]
    records = {
        "tasks": [TASK if task is None else task],
        "deliverables": [VERSION] if versions is None else versions,
        "task_approvals": approvals,
        "audit_events": events,
        **others,
    }
    return said(JudgementRules(), records)


def of_approval(*changes: Row, task: Row | None = None) -> list[str]:
    """Return what is said of the approval with these fields, of a task that needs none."""
    approval = dict(APPROVAL)
    for fields in changes:
        approval |= fields
    found = faults(task=task or {**TASK, "approval": FREE}, approvals=[approval])
    return [fault.removeprefix("task_approvals.jsonl:1: ") for fault in found]


@pytest.mark.parametrize("change", [{}, REJECTED, CHANGES, PENDING, PORTAL, {**PORTAL, **CHANGES}])
def test_an_approval_as_the_engine_writes_it_is_fine(change):
    assert of_approval(change) == []
    assert of_approval(PENDING, {"withdrawn_at": LATER}) == []


@pytest.mark.parametrize(
    ("approval", "change", "fault"),
    [
        ({}, {"approver_id": None}, "approval_state: is approved, but lacks approver_id"),
        ({}, {"content_hash": None}, "approval_state: is approved, but lacks content_hash"),
        (
            REJECTED,
            {"approver_id": None, "content_hash": None, "decided_at": None},
            "approval_state: is rejected, but lacks approver_id, decided_at, content_hash",
        ),
        ({}, {"approved_at": None}, "approval_state: is approved, but approved_at is None"),
        ({}, {"approved_at": LATER}, f"approval_state: is approved, but approved_at is {LATER}"),
        (
            CHANGES,
            {"approved_at": None},
            "approval_state: is approved_pending_changes, but approved_at is None",
        ),
        (REJECTED, {"approved_at": DECIDED}, f"approval_state: is rejected, but approved_at is {DECIDED}"),
        (REJECTED, {"feedback": None}, "approval_state: is rejected, but has no feedback"),
        (REJECTED, {"feedback": " \n"}, "approval_state: is rejected, but has no feedback"),
        (CHANGES, {"feedback": ""}, "approval_state: is approved_pending_changes, but has no feedback"),
        ({}, {"withdrawn_at": LATER}, "approval_state: is approved, but was withdrawn"),
        (PENDING, {"approver_id": "usr_1"}, "approval_state: is pending, but has approver_id"),
        (PENDING, {"feedback": "fine"}, "approval_state: is pending, but has feedback"),
        (
            PENDING,
            dict.fromkeys(("approved_at", "content_hash", "evidence_artifact_id", "evidence_failure"), "x"),
            f"approval_state: is pending, but has {FOUR}",
        ),
        (PENDING, {"decided_at": LATER}, "approval_state: is pending, but has decided_at"),
        ({}, {"source": "portal"}, "approval_source: is portal, but partner_id is None"),
        ({}, {"partner_id": "par_1"}, "approval_source: is internal, but partner_id is par_1"),
        (PORTAL, {"partner_id": None}, "approval_source: is portal, but partner_id is None"),
        ({}, {"task_id": "tsk_2"}, "approval_source: is of another task than its deliverable"),
        (PENDING, {"task_id": "tsk_2"}, "approval_source: is of another task than its deliverable"),
        ({}, {"content_hash": "0" * 64}, "approval_content: content_hash is not that of its deliverable"),
    ],
)  # fmt: skip
def test_an_approval_that_contradicts_itself_is_told(approval, change, fault):
    assert of_approval(approval, change) == [fault]


def test_an_approval_of_a_deliverable_that_is_not_there_is_left_to_the_links():
    assert of_approval({"deliverable_id": "dlv_2", "content_hash": "0" * 64}) == []


# -- on which content --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change", [{"deliverable_url": "https://example.com/other"}, {"meta": {"words": 8}}, {"meta": None}]
)
def test_a_version_is_what_was_judged(change):
    found = faults(versions=[{**VERSION, **change}])
    assert found == ["task_approvals.jsonl:1: approval_content: content_hash is not that of its deliverable"]


def test_the_hash_of_a_file_is_part_of_what_was_judged():
    seen = hash_of(deliverable_url=None, meta={"words": 7}, sha256=FILE)
    version = {**VERSION, "deliverable_url": None, "artifact_id": "art_1", "sha256": FILE}
    artifact = row("artifacts", artifact_id="art_1", sha256=FILE)
    approvals = [{**APPROVAL, "content_hash": seen}]
    assert faults(versions=[version], approvals=approvals, artifacts=[artifact]) == []
    other = {**artifact, "sha256": "e" * 64}
    assert faults(versions=[version], approvals=approvals, artifacts=[other]) == [
        f"deliverables.jsonl:1: deliverable_file: sha256 is {FILE}, which is not that of its file"
    ]
    assert faults(versions=[{**VERSION, "sha256": FILE}], approvals=[], task={**TASK, "approval": FREE}) == [
        f"deliverables.jsonl:1: deliverable_file: sha256 is {FILE}, which is not that of its file"
    ]


@pytest.mark.parametrize("change", [{}, {"meta": {"words": 8}}])
def test_a_version_that_was_never_frozen_was_not_judged_whatever_it_holds(change):
    assert faults(versions=[{**VERSION, "frozen_at": None, **change}]) == [
        "task_approvals.jsonl:1: approval_content: decides on a version that was frozen at no time"
    ]


ANOTHER = row("audit_events", seq=3, action="task_updated", entity_type="tasks", entity_id="tsk_1", after={})


@pytest.mark.parametrize(
    ("frozen_at", "events", "is_fault"),
    [
        (FROZEN, [told_of(APPROVAL)], False),
        (DECIDED, [told_of(APPROVAL)], False),
        (
            LATER,
            [FREEZE, told_of(APPROVAL)],
            False,
        ),  # their numbers say it was before: the clock was set back
        (LATER, [told_of(APPROVAL, seq=1), {**FREEZE, "seq": 2}], True),
        (LATER, [{**FREEZE, "seq": 2}, told_of(APPROVAL)], False),
        (LATER, [told_of(APPROVAL)], True),
        (LATER, [FREEZE, told_of(APPROVAL, action="approval_requested")], True),
        (LATER, [{**FREEZE, "action": "deliverable_updated"}, told_of(APPROVAL)], True),
        (LATER, [{**FREEZE, "entity_id": "dlv_2"}, told_of(APPROVAL)], True),
        (LATER, [FREEZE, told_of(APPROVAL), {**ANOTHER, "entity_id": "dlv_1"}], False),
        (LATER, [FREEZE, {**FREEZE, "entity_id": "dlv_2", "seq": 9}, told_of(APPROVAL)], False),
    ],
)
def test_a_version_is_frozen_before_it_is_decided_on_by_the_time_or_by_the_events(
    frozen_at, events, is_fault
):
    words = f"task_approvals.jsonl:1: approval_content: decides on a version that was frozen at {frozen_at}"
    found = faults(versions=[{**VERSION, "frozen_at": frozen_at}], events=events)
    assert found == ([words] if is_fault else [])


# -- what the events tell ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "is_fault"),
    [
        ([], True),
        ([told_of(APPROVAL)], False),
        ([told_of(APPROVAL), told_of({**APPROVAL, "approver_id": "usr_2"})], True),
        ([told_of({**APPROVAL, "approver_id": "usr_2"}), told_of(APPROVAL)], False),
        ([told_of({**APPROVAL, "decided_at": LATER})], True),
        ([told_of({**APPROVAL, "content_hash": None})], True),
        ([told_of({**APPROVAL, **REJECTED})], True),
        ([told_of(APPROVAL, entity_type="tasks")], True),
        ([told_of(APPROVAL, entity_id="apr_2")], True),
        ([told_of(APPROVAL), told_of(APPROVAL, after={"feedback": "more"})], False),
        ([told_of(APPROVAL), told_of(APPROVAL, after=None)], False),
        ([told_of(APPROVAL), told_of(APPROVAL, after={"status": "approved"})], True),
    ],
)
def test_every_decision_is_what_its_last_event_tells(events, is_fault):
    words = (
        "task_approvals.jsonl:1: status_without_event: is approved, but no event says that it was decided so"
    )
    assert faults(events=[FREEZE, *events]) == ([words] if is_fault else [])


# -- what a completed task needed ----------------------------------------------------------------------

BOTH = {**NEEDS, "sources": ["internal", "portal"]}
HAD_PARTNER = {**APPROVAL, **PORTAL, "task_approval_id": "apr_2"}
LACKS = "tasks.jsonl:1: completed_without_approval: is completed, but "


@pytest.mark.parametrize(
    ("task", "versions", "approvals", "words"),
    [
        ({}, {}, [APPROVAL], []),
        ({"status": "in_progress"}, {}, [], []),
        ({"approval": FREE}, {}, [], []),
        ({"approval": {}}, {}, [], []),
        ({}, {}, [], ["the newest “draft” lacks the internal approval"]),
        ({}, {}, [{**APPROVAL, **REJECTED}], ["the newest “draft” lacks the internal approval"]),
        ({}, {}, [{**APPROVAL, **CHANGES}], []),
        ({}, {}, [{**APPROVAL, **PENDING}], ["the newest “draft” lacks the internal approval"]),
        ({}, {}, [{**APPROVAL, **PORTAL}], ["the newest “draft” lacks the internal approval"]),
        ({"approval": {"required": True}}, {}, [], ["the newest “draft” lacks the internal approval"]),
        ({"approval": {**NEEDS, "sources": []}}, {}, [], ["the newest “draft” lacks the internal approval"]),
        ({"approval": BOTH}, {"visible_in_portal": True}, [APPROVAL, HAD_PARTNER], []),
        (
            {"approval": BOTH},
            {"visible_in_portal": True},
            [APPROVAL],
            ["the newest “draft” lacks the portal approval"],
        ),
        ({"approval": BOTH}, {}, [APPROVAL, HAD_PARTNER], ["nothing has the portal approval that it needs"]),
        (
            {},
            {"deliverable_url": None, "frozen_at": None},
            [],
            ["nothing has the internal approval that it needs"],
        ),
        (
            {},
            {"deliverable_url": "", "frozen_at": None},
            [],
            ["nothing has the internal approval that it needs"],
        ),
        ({}, {"task_step_id": "stp_1"}, [APPROVAL], []),
    ],
)
def test_a_completed_task_has_the_approvals_that_it_needs(task, versions, approvals, words):
    found = faults(task={**TASK, **task}, versions=[{**VERSION, **versions}], approvals=approvals)
    assert found == [f"{LACKS}{each}" for each in words]


def test_of_two_decisions_on_a_version_the_later_counts():
    no = {**APPROVAL, **REJECTED, "task_approval_id": "apr_0", "decided_at": LATER}
    assert faults(approvals=[no, APPROVAL]) == [f"{LACKS}the newest “draft” lacks the internal approval"]
    assert faults(approvals=[{**no, "decided_at": FROZEN}, APPROVAL]) == []
    assert faults(approvals=[{**no, "decided_at": DECIDED}, APPROVAL]) == []  # at once: the higher id


SECOND = {
    **VERSION, "deliverable_id": "dlv_2", "version_number": 2, "previous_deliverable_id": "dlv_1",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, []),
        ({"version_number": 3}, ["is version 3 after dlv_1, but should be 2 after dlv_1"]),
        ({"previous_deliverable_id": None}, ["is version 2 after none, but should be 2 after dlv_1"]),
        ({"ref": "other"}, ["is version 2 after dlv_1, but should be 1 after none"]),
        ({"task_step_id": "stp_1"}, ["is version 2 after dlv_1, but should be 1 after none"]),
        ({"task_id": "tsk_2"}, ["is version 2 after dlv_1, but should be 1 after none"]),
    ],
)
def test_the_versions_of_one_thing_follow_each_other(change, words):
    found = faults(task={**TASK, "approval": FREE}, versions=[VERSION, {**SECOND, **change}])
    assert found == [f"deliverables.jsonl:2: version_chain: {each}" for each in words]


def test_the_newest_version_is_what_has_to_be_approved():
    assert faults(versions=[VERSION, SECOND]) == [f"{LACKS}the newest “draft” lacks the internal approval"]
    assert faults(versions=[VERSION, SECOND], approvals=[{**APPROVAL, **CHANGES}]) == []
    assert faults(versions=[VERSION, SECOND], approvals=[{**APPROVAL, "deliverable_id": "dlv_2"}]) == []


# -- which sources there are, and QA -------------------------------------------------------------------

UNKNOWN = "tasks.jsonl:1: approval_source: approval.sources must be among internal, portal"


@pytest.mark.parametrize("sources", [5, "internal", [5], ["boss"], ["internal", "boss"], [["internal"]]])
def test_a_source_that_there_is_not_is_told_and_nothing_is_said_of_what_it_lacks(sources):
    assert faults(task={**TASK, "approval": {**NEEDS, "sources": sources}}, approvals=[]) == [UNKNOWN]


FLAGGED = {
    "qa_flagged": True, "qa_type": "complaint", "qa_reasons": ["random", "complaint"], "qa_flagged_at": LATER,
}  # fmt: skip


@pytest.mark.parametrize(
    ("flagged", "change", "is_fault"),
    [
        ({}, {}, False),
        (FLAGGED, {}, False),
        (FLAGGED, {"qa_reviewed_at": LATER}, False),
        (FLAGGED, {"qa_reasons": ["random"]}, True),
        (FLAGGED, {"qa_reasons": []}, True),
        (FLAGGED, {"qa_type": None}, True),
        (FLAGGED, {"qa_flagged_at": None}, True),
        (FLAGGED, {"qa_flagged": False}, True),
        ({}, {"qa_flagged": True}, True),
        ({}, {"qa_reasons": ["random"]}, True),
        ({}, {"qa_type": "random"}, True),
        ({}, {"qa_flagged_at": LATER}, True),
        ({}, {"qa_reviewed_at": LATER}, True),
    ],
)
def test_a_task_is_flagged_for_qa_with_reasons_and_a_time_or_not_at_all(flagged, change, is_fault):
    task = {**TASK, "approval": FREE, **flagged, **change}
    words = f"qa_flagged is {task['qa_flagged']}, but its reasons and times say otherwise"
    assert faults(task=task) == ([f"tasks.jsonl:1: qa_state: {words}"] if is_fault else [])


@pytest.mark.parametrize(
    ("review", "is_fault"),
    [({"passed": True}, False), ({"passed": False}, False), ({"score": 0}, False), ({"passed": None}, True)],
)
def test_a_review_says_whether_it_passed_or_gives_a_score(review, is_fault):
    found = faults(task_qa_reviews=[row("task_qa_reviews", **{"passed": None, **review})])
    assert found == (["task_qa_reviews.jsonl:1: qa_review: has neither passed nor score"] if is_fault else [])
