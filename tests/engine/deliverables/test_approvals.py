"""Approvals: rounds, outcomes, versions, staleness, withdrawal, escalation (APR-01 to 18, DLV-05 to 21)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from engine.access import ApprovalSource
from engine.artifacts import service as artifacts
from engine.artifacts.blobs import Blob
from engine.artifacts.link_copies import LinkCopy
from engine.artifacts.models import ArtifactRole
from engine.audit.models import Action
from engine.deliverables import approvals, decisions, versions
from engine.deliverables.models import Approval, ApprovalReason, ApprovalStatus, Deliverable
from engine.errors import (
    AlreadyDecidedError,
    CompletionRefusedError,
    ConflictError,
    FeedbackRequiredError,
    ForbiddenError,
    FrozenVersionError,
    NotFoundError,
    OwnWorkError,
    StaleVersionError,
)
from engine.reference.models import Employee, Partner
from engine.tasks import lifecycle
from engine.tasks.models import Step, Task, TaskStatus
from tests.engine.conftest import NOW, Bench
from tests.told import added, saved

INTERNAL = {"required": True, "sources": ["internal"], "reason": "process"}
BOTH = {"required": True, "sources": ["internal", "portal"], "reason": "process"}
PORTAL = {"required": True, "sources": ["portal"], "reason": "process"}


def with_deliverable(bench: Bench, approval: dict, *refs: str, visible: bool = True, **fields) -> str:
    """Make a task of Ana's in progress that hands over an address for each ref, and return its id."""
    partner_id = with_partner(bench)
    task_id = bench.make("mara", assignee="ana", **fields)
    bench.change(task_id, approval=approval, partner_id=partner_id)
    bench.parts(task_id, *({"type": "text", "ref": ref, "visible_in_portal": visible} for ref in refs))
    with bench.writing("ana") as tx:
        lifecycle.start(tx, task_id)
    for row in rows(bench, task_id):
        with bench.writing("ana") as tx:
            versions.edit(tx, row.deliverable_id, url=f"https://docs.example/{row.ref}")
    return task_id


def with_partner(bench: Bench) -> str:
    """Join Pat to the one partner, and return its id."""
    known = bench.actors["pat"].partner_id
    if known:
        with bench.reading() as tx:
            if tx.find_by_key(Partner, known):
                return known
    with bench.writing("system") as tx:
        partner_id = tx.new_id(Partner)
        common = {"workspace_id": bench.workspace_id, "created_at": NOW, "updated_at": NOW}
        added(tx, Partner(partner_id=partner_id, key="acme", name="Acme", **common))
    bench.actors["pat"] = replace(bench.actors["pat"], partner_id=partner_id)
    return partner_id


def rows(bench: Bench, task_id: str) -> list[Deliverable]:
    with bench.reading() as tx:
        found = tx.find(Deliverable, task_id=task_id)
    return sorted(found, key=lambda row: (row.ref, row.version_number))


def ask(bench: Bench, task_id: str, by: str = "ana") -> Task:
    with bench.writing(by) as tx:
        return approvals.request(tx, task_id)


def open_ones(bench: Bench, task_id: str) -> list[Approval]:
    return [item for item in all_of(bench, task_id) if item.is_open]


def all_of(bench: Bench, task_id: str) -> list[Approval]:
    with bench.reading() as tx:
        return approvals.of_task(tx, task_id)


def decide(
    bench: Bench, approval: Approval, outcome: str, feedback: str | None = None, by: str = "mara", **more
):
    with bench.reading("olga") as tx:
        row = tx.find_by_key(Deliverable, approval.deliverable_id)
    with bench.writing(by) as tx:
        seen = more.pop("seen", row.content_hash)
        return decisions.decide(tx, approval.task_approval_id, outcome, feedback, seen=seen, **more)


def decide_all(
    bench: Bench, task_id: str, outcome: str, feedback: str | None = None, by: str = "mara"
) -> None:
    for approval in open_ones(bench, task_id):
        decide(bench, approval, outcome, feedback, by)


def codes(bench: Bench, task_id: str) -> list[str]:
    with bench.reading("ana") as tx, pytest.raises(CompletionRefusedError) as refused:
        lifecycle.complete(tx, task_id)
    return [violation.code for violation in refused.value.violations]


def test_an_approval_completes_the_task_and_freezes_what_was_seen(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    assert codes(bench, task_id) == ["APPROVAL_MISSING"]
    assert ask(bench, task_id).status is TaskStatus.PENDING_APPROVAL
    [approval] = open_ones(bench, task_id)
    assert (approval.source, approval.reason, approval.round_number) == (
        ApprovalSource.INTERNAL,
        ApprovalReason.PROCESS,
        1,
    )
    decided = decide(bench, approval, "approved")
    [row] = rows(bench, task_id)
    assert decided.status is ApprovalStatus.APPROVED
    assert decided.approver_id == bench.actors["mara"].user_id
    assert decided.decided_at == decided.approved_at == row.frozen_at == NOW
    assert decided.content_hash == row.content_hash
    assert bench.task(task_id).status is TaskStatus.COMPLETED
    told = [event.action for event in bench.events(task_id)]
    assert told.index(Action.APPROVAL_REQUESTED) < told.index(Action.DELIVERABLE_FROZEN)
    assert told.index(Action.DELIVERABLE_FROZEN) < told.index(Action.APPROVAL_DECIDED)


def test_edits_between_request_and_decision_are_free_and_are_what_is_judged(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    ask(bench, task_id)
    [approval] = open_ones(bench, task_id)
    [before] = rows(bench, task_id)
    with bench.writing("ana") as tx:
        versions.edit(tx, before.deliverable_id, url="https://docs.example/better")
    with pytest.raises(StaleVersionError):
        decide(bench, approval, "approved", seen=before.content_hash)
    decide(bench, approval, "approved")
    [row] = rows(bench, task_id)
    assert (row.version_number, row.deliverable_url) == (1, "https://docs.example/better")


def test_a_rejection_sends_the_task_back_and_the_next_hand_over_is_a_new_version(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    ask(bench, task_id)
    [approval] = open_ones(bench, task_id)
    decide(bench, approval, "rejected", "The tone is wrong.")
    task = bench.task(task_id)
    assert (task.status, task.status_reason) == (TaskStatus.IN_PROGRESS, "Rejected: The tone is wrong.")
    [first] = rows(bench, task_id)
    with bench.writing("ana") as tx, pytest.raises(FrozenVersionError):
        versions.edit(tx, first.deliverable_id, url="https://docs.example/2")
    with (
        bench.writing("ana") as tx,
        pytest.raises(CompletionRefusedError, match="the next version"),
    ):
        approvals.request(tx, task_id)
    with bench.writing("ana") as tx:
        versions.new_version(tx, first.deliverable_id, url="https://docs.example/2")
    one, two = rows(bench, task_id)
    assert one == first
    assert (two.version_number, two.previous_deliverable_id) == (2, one.deliverable_id)
    assert (two.ref, two.type, two.task_step_id, two.meta) == (one.ref, one.type, one.task_step_id, {})
    assert two.post_decision_change is False
    ask(bench, task_id)
    [again] = open_ones(bench, task_id)
    assert (again.deliverable_id, again.round_number) == (two.deliverable_id, 2)
    decide(bench, again, "approved")
    assert bench.task(task_id).status is TaskStatus.COMPLETED


def test_an_outside_link_keeps_its_address_over_versions(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "sheet")
    ask(bench, task_id)
    decide_all(bench, task_id, "rejected", "Row 7 is empty.")
    [first] = rows(bench, task_id)
    with bench.writing("ana") as tx:
        second = versions.new_version(tx, first.deliverable_id)
    assert second.deliverable_url == first.deliverable_url
    assert second.version_number == 2


def test_approved_pending_changes_gives_the_task_back_and_lets_one_new_version_pass(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    ask(bench, task_id)
    decide_all(bench, task_id, "approved_pending_changes", "Change the headline.")
    assert bench.task(task_id).status is TaskStatus.IN_PROGRESS
    with bench.reading() as tx:
        [step] = tx.find(Step, task_id=task_id)
    assert (step.required, step.title) == (False, "Change asked for: Change the headline.")
    [first] = rows(bench, task_id)
    with bench.writing("ana") as tx:
        second = versions.new_version(tx, first.deliverable_id, url="https://docs.example/headline")
    assert second.post_decision_change is True
    with bench.writing("ana") as tx:
        assert lifecycle.complete(tx, task_id).status is TaskStatus.COMPLETED
    assert len(all_of(bench, task_id)) == 1


def test_approved_pending_changes_needs_no_new_version_either(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    ask(bench, task_id)
    decide_all(bench, task_id, "approved_pending_changes", "Change the headline.")
    with bench.writing("ana") as tx:
        assert lifecycle.complete(tx, task_id).status is TaskStatus.COMPLETED


def test_a_second_version_after_pending_changes_does_not_pass(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    ask(bench, task_id)
    decide_all(bench, task_id, "approved_pending_changes", "Change the headline.")
    [first] = rows(bench, task_id)
    with bench.writing("ana") as tx:
        second = versions.new_version(tx, first.deliverable_id, url="https://docs.example/2")
    with bench.writing("ana") as tx, pytest.raises(ConflictError, match="was not judged yet"):
        versions.new_version(tx, second.deliverable_id, url="https://docs.example/3")


def test_a_new_version_after_approval_makes_it_stale(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    bench.parts(task_id, {"ref": "publish"})
    ask_refused = codes(bench, task_id)
    assert ask_refused == ["OPEN_STEP", "APPROVAL_MISSING"]
    with bench.writing() as tx:
        [step] = tx.find(Step, task_id=task_id)
        step.is_completed = True
        saved(tx, step)
    ask(bench, task_id)
    with bench.writing() as tx:  # the step is opened again while the approver looks
        [step] = tx.find(Step, task_id=task_id)
        step.is_completed = False
        saved(tx, step)
    decide_all(bench, task_id, "approved")
    task = bench.task(task_id)
    assert task.status is TaskStatus.IN_PROGRESS
    assert codes(bench, task_id) == ["OPEN_STEP"]  # the approval is kept
    [first] = rows(bench, task_id)
    with bench.writing("ana") as tx:
        second = versions.new_version(tx, first.deliverable_id, url="https://docs.example/2")
    assert second.post_decision_change is True
    assert codes(bench, task_id) == ["OPEN_STEP", "APPROVAL_STALE"]
    with bench.writing() as tx:
        [step] = tx.find(Step, task_id=task_id)
        step.is_completed = True
        saved(tx, step)
    ask(bench, task_id)
    decide_all(bench, task_id, "approved")
    assert bench.task(task_id).status is TaskStatus.COMPLETED


def test_the_partner_s_round_follows_the_team_s_and_delivers(bench: Bench) -> None:
    task_id = with_deliverable(bench, BOTH, "draft")
    ask(bench, task_id)
    [internal] = open_ones(bench, task_id)
    with bench.reading("pat") as tx, pytest.raises(NotFoundError):
        tx.get(Deliverable, internal.deliverable_id)
    bench.clock.advance(hours=1)
    decide(bench, internal, "approved")
    assert bench.task(task_id).status is TaskStatus.PENDING_APPROVAL
    [portal] = open_ones(bench, task_id)
    [row] = rows(bench, task_id)
    assert (portal.source, portal.partner_id) == (ApprovalSource.PORTAL, bench.actors["pat"].partner_id)
    assert portal.requested_by == bench.actors["ana"].user_id
    assert row.delivered_at == NOW + timedelta(hours=1)
    with bench.reading("pat") as tx:
        assert tx.get(Deliverable, row.deliverable_id).version_number == 1
        assert [item.task_approval_id for item in approvals.waiting(tx)] == [portal.task_approval_id]
    for somebody in ("mara", "olga"):
        with pytest.raises(ForbiddenError):
            decide(bench, portal, "approved", by=somebody)
    decide(bench, portal, "approved", by="pat")
    assert bench.task(task_id).status is TaskStatus.COMPLETED


def test_the_partner_s_rejection_brings_both_rounds_back(bench: Bench) -> None:
    task_id = with_deliverable(bench, BOTH, "draft")
    ask(bench, task_id)
    decide_all(bench, task_id, "approved")
    decide_all(bench, task_id, "rejected", "Not our colours.", by="pat")
    assert bench.task(task_id).status is TaskStatus.IN_PROGRESS
    [first] = rows(bench, task_id)
    with bench.writing("ana") as tx:
        versions.new_version(tx, first.deliverable_id, url="https://docs.example/2")
    ask(bench, task_id)
    [internal] = open_ones(bench, task_id)
    assert internal.source is ApprovalSource.INTERNAL
    decide(bench, internal, "approved")
    decide_all(bench, task_id, "approved", by="pat")
    assert bench.task(task_id).status is TaskStatus.COMPLETED
    assert [item.round_number for item in all_of(bench, task_id)] == [1, 1, 2, 2]


def test_changes_asked_by_the_partner_pass_without_a_second_internal_round(bench: Bench) -> None:
    task_id = with_deliverable(bench, BOTH, "draft")
    ask(bench, task_id)
    decide_all(bench, task_id, "approved")
    decide_all(bench, task_id, "approved_pending_changes", "Our name has a capital O.", by="pat")
    [first] = rows(bench, task_id)
    with bench.writing("ana") as tx:
        versions.new_version(tx, first.deliverable_id, url="https://docs.example/2")
    with bench.writing("ana") as tx:
        assert lifecycle.complete(tx, task_id).status is TaskStatus.COMPLETED
    _, second = rows(bench, task_id)
    assert second.delivered_at is not None


def test_changes_asked_inside_are_made_before_the_partner_sees_anything(bench: Bench) -> None:
    task_id = with_deliverable(bench, BOTH, "draft")
    ask(bench, task_id)
    decide_all(bench, task_id, "approved_pending_changes", "Spell Acme right.")
    assert bench.task(task_id).status is TaskStatus.IN_PROGRESS
    [first] = rows(bench, task_id)
    assert first.delivered_at is None
    with bench.writing("ana") as tx:
        second = versions.new_version(tx, first.deliverable_id, url="https://docs.example/2")
    ask(bench, task_id)
    [portal] = open_ones(bench, task_id)
    assert (portal.source, portal.deliverable_id) == (ApprovalSource.PORTAL, second.deliverable_id)


def test_a_round_of_several_follows_the_worst_outcome_once_all_are_decided(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "text", "picture")
    ask(bench, task_id)
    one, two = open_ones(bench, task_id)
    decide(bench, one, "rejected", "Blurred.")
    assert bench.task(task_id).status is TaskStatus.PENDING_APPROVAL
    decide(bench, two, "approved")
    assert bench.task(task_id).status is TaskStatus.IN_PROGRESS
    judged = next(row for row in rows(bench, task_id) if row.deliverable_id == one.deliverable_id)
    with bench.writing("ana") as tx:
        versions.new_version(tx, judged.deliverable_id, url="https://docs.example/sharp")
    ask(bench, task_id)
    [again] = open_ones(bench, task_id)  # what was approved is not judged again
    assert again.round_number == 2
    decide(bench, again, "approved")
    assert bench.task(task_id).status is TaskStatus.COMPLETED


def test_a_request_can_be_withdrawn_and_the_version_stays_editable(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    ask(bench, task_id)
    [approval] = open_ones(bench, task_id)
    with bench.writing("ana") as tx:
        assert approvals.withdraw(tx, task_id, "I saw a mistake").status is TaskStatus.IN_PROGRESS
    [withdrawn] = all_of(bench, task_id)
    assert (withdrawn.withdrawn_at, withdrawn.status) == (NOW, ApprovalStatus.PENDING)
    with pytest.raises(AlreadyDecidedError, match="was withdrawn"):
        decide(bench, approval, "approved")
    [row] = rows(bench, task_id)
    with bench.writing("ana") as tx:
        assert versions.edit(tx, row.deliverable_id, url="https://docs.example/fixed").version_number == 1
    assert Action.APPROVAL_WITHDRAWN in {event.action for event in bench.events(task_id)}


@pytest.mark.parametrize(
    "leave", [lifecycle.cancel, lambda tx, task_id: lifecycle.change_status(tx, task_id, "in_progress")]
)
def test_leaving_the_round_by_any_way_closes_its_requests(bench: Bench, leave) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    ask(bench, task_id)
    with bench.writing("ana") as tx:
        leave(tx, task_id)
    assert open_ones(bench, task_id) == []


def test_a_plain_status_update_opens_the_round_as_the_verb_does(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    with bench.writing("ana") as tx:
        lifecycle.change_status(tx, task_id, "pending_internal_approval")
    assert len(open_ones(bench, task_id)) == 1


def test_nobody_completes_a_task_around_its_approvers(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    ask(bench, task_id)
    for way in (lifecycle.complete, lambda tx, task_id: lifecycle.change_status(tx, task_id, "completed")):
        with bench.writing("mara") as tx, pytest.raises(CompletionRefusedError):
            way(tx, task_id)


def test_nobody_decides_on_their_own_work(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    [row] = rows(bench, task_id)
    with bench.writing("mara") as tx:
        versions.edit(tx, row.deliverable_id, url="https://docs.example/mara")
    ask(bench, task_id)
    [approval] = open_ones(bench, task_id)
    with pytest.raises(OwnWorkError):
        decide(bench, approval, "rejected", "No.")
    decide(bench, approval, "approved", by="olga")


def test_an_assignee_decides_nothing_even_without_having_written_it(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    bench.change(task_id, assignee_id=bench.employee_id("mara"))
    ask(bench, task_id, by="mara")
    [approval] = open_ones(bench, task_id)
    with pytest.raises(OwnWorkError):
        decide(bench, approval, "approved")


def test_a_team_of_one_may_be_allowed_to_decide_on_its_own_work(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    bench.change(task_id, assignee_id=bench.employee_id("mara"))
    ask(bench, task_id, by="mara")
    [approval] = open_ones(bench, task_id)
    bench.settings = replace(bench.settings, own_approval=True)
    decide(bench, approval, "approved")
    assert bench.task(task_id).status is TaskStatus.COMPLETED


@pytest.mark.parametrize("who", ["ana", "ben", "sam", "bot", "pat"])
def test_only_managers_and_admins_decide_inside(bench: Bench, who: str) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    ask(bench, task_id)
    [approval] = open_ones(bench, task_id)
    before = bench.state()
    with pytest.raises((ForbiddenError, NotFoundError)):
        decide(bench, approval, "approved", by=who)
    assert bench.state() == before


def test_a_decision_is_made_once(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    ask(bench, task_id)
    [approval] = open_ones(bench, task_id)
    decide(bench, approval, "approved")
    before = bench.state()
    with pytest.raises(AlreadyDecidedError, match="Mara has decided"):
        decide(bench, approval, "rejected", "Changed my mind.", by="olga")
    assert bench.state() == before


@pytest.mark.parametrize("outcome", ["rejected", "approved_pending_changes"])
@pytest.mark.parametrize("feedback", [None, "", "  \n "])
def test_feedback_is_asked_for_where_it_must_be(bench: Bench, outcome: str, feedback: str | None) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    ask(bench, task_id)
    [approval] = open_ones(bench, task_id)
    with pytest.raises(FeedbackRequiredError):
        decide(bench, approval, outcome, feedback)
    assert open_ones(bench, task_id) == [approval]


def test_somebody_in_training_needs_an_approval_of_what_they_hand_over(bench: Bench) -> None:
    task_id = with_deliverable(bench, {}, "draft")
    bench_train(bench, "ana")
    assert codes(bench, task_id) == ["APPROVAL_MISSING"]
    ask(bench, task_id)
    [approval] = open_ones(bench, task_id)
    assert (approval.source, approval.reason) == (ApprovalSource.INTERNAL, ApprovalReason.TRAINING)
    decide(bench, approval, "approved")
    assert bench.task(task_id).status is TaskStatus.COMPLETED


def test_somebody_in_training_who_hands_nothing_over_needs_no_approval(bench: Bench) -> None:
    task_id = bench.make("mara", assignee="ana")
    bench_train(bench, "ana")
    with bench.writing("ana") as tx:
        assert lifecycle.complete(tx, task_id).status is TaskStatus.COMPLETED


def bench_train(bench: Bench, name: str) -> None:
    with bench.writing("system") as tx:
        employee = tx.find_by_key(Employee, bench.employee_id(name))
        employee.training = True
        saved(tx, employee)


def test_a_worker_may_ask_for_an_approval_that_nobody_requires_and_is_then_bound_to_it(bench: Bench) -> None:
    task_id = with_deliverable(bench, {}, "draft")
    ask(bench, task_id)
    decide_all(bench, task_id, "rejected", "Look at the dates again.")
    assert codes(bench, task_id) == ["APPROVAL_MISSING"]


def test_there_must_be_something_to_judge(bench: Bench) -> None:
    task_id = bench.make("mara", assignee="ana")
    bench.change(task_id, approval=INTERNAL)
    with bench.writing("ana") as tx, pytest.raises(CompletionRefusedError, match="nothing to judge"):
        approvals.request(tx, task_id)
    assert bench.task(task_id).status is TaskStatus.PENDING


def test_the_partner_is_asked_only_about_what_is_visible_to_them(bench: Bench) -> None:
    task_id = with_deliverable(bench, PORTAL, "notes", visible=False)
    with (
        bench.writing("ana") as tx,
        pytest.raises(CompletionRefusedError, match="nothing visible"),
    ):
        approvals.request(tx, task_id)


def test_a_task_of_no_partner_cannot_ask_one(bench: Bench) -> None:
    task_id = with_deliverable(bench, PORTAL, "draft")
    bench.change(task_id, partner_id=None)
    with bench.writing("ana") as tx, pytest.raises(CompletionRefusedError, match="belongs to no partner"):
        approvals.request(tx, task_id)


def test_a_timeout_escalates_and_never_approves(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    ask(bench, task_id)
    bench.clock.advance(days=2, hours=23)
    with bench.writing("mara") as tx:
        assert approvals.escalate(tx) == []
    bench.clock.advance(hours=1)
    with bench.writing("mara") as tx:
        [escalated] = approvals.escalate(tx)
    assert escalated.is_open
    with bench.writing("mara") as tx:
        assert approvals.escalate(tx) == []  # said once
    assert bench.task(task_id).status is TaskStatus.PENDING_APPROVAL
    with bench.writing("ana") as tx, pytest.raises(ForbiddenError):
        approvals.escalate(tx)


def test_what_an_address_served_is_kept_as_evidence_of_the_decision(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    ask(bench, task_id)
    [approval] = open_ones(bench, task_id)
    copy = LinkCopy(url="https://docs.example/draft", blob=Blob("b" * 64, 12), file_name="draft.html")
    decided = decide(bench, approval, "approved", copy=copy)
    with bench.reading() as tx:
        [kept] = artifacts.of_task(tx, task_id)
    assert kept.artifact_id == decided.evidence_artifact_id
    assert (kept.role, kept.type, kept.sha256) == (ArtifactRole.EVIDENCE, "link_copy", "b" * 64)
    assert kept.url == "https://docs.example/draft"


def test_a_copy_that_failed_is_said_and_stops_nobody(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    ask(bench, task_id)
    [approval] = open_ones(bench, task_id)
    copy = LinkCopy(url="https://docs.example/draft", failure="it did not answer within 5 seconds")
    decided = decide(bench, approval, "approved", copy=copy)
    assert decided.evidence_failure == "it did not answer within 5 seconds"
    assert decided.evidence_artifact_id is None


def test_what_is_visible_to_the_partner_is_delivered_with_the_task(bench: Bench) -> None:
    task_id = with_deliverable(bench, {}, "draft")
    with bench.writing("ana") as tx:
        lifecycle.complete(tx, task_id)
    [row] = rows(bench, task_id)
    assert row.delivered_at == NOW
    assert Action.DELIVERABLE_DELIVERED in {event.action for event in bench.events(task_id)}


def test_the_time_worked_leaves_waits_and_approvals_out(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft")
    bench.clock.advance(hours=2)
    with bench.writing("ana") as tx:
        lifecycle.wait(tx, task_id, "the printer")
    bench.clock.advance(days=3)
    with bench.writing("ana") as tx:
        lifecycle.resume(tx, task_id)
    bench.clock.advance(hours=1)
    ask(bench, task_id)
    bench.clock.advance(days=1)
    decide_all(bench, task_id, "approved")
    assert bench.task(task_id).worked_seconds == 3 * 3600


def test_only_what_a_worker_added_can_be_shown_to_or_hidden_from_the_partner_by_them(bench: Bench) -> None:
    task_id = with_deliverable(bench, PORTAL, "draft")
    [planned] = rows(bench, task_id)
    with bench.writing("ana") as tx, pytest.raises(ConflictError, match="comes from the template"):
        versions.edit(tx, planned.deliverable_id, visible_in_portal=False)
    with bench.writing("ana") as tx:
        added = versions.add(tx, task_id, "photos", type="photo_set")
        assert versions.edit(tx, added.deliverable_id, visible_in_portal=True).visible_in_portal
