"""Approvals: rounds, their outcomes, and the versions that follow (APR-01 to 18, DLV-05 to 21)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.access import ApprovalSource
from engine.audit.models import Action
from engine.deliverables import approvals, versions
from engine.deliverables.models import ApprovalReason, ApprovalStatus, Deliverable
from engine.errors import (
    CompletionRefusedError,
    ConflictError,
    ForbiddenError,
    FrozenVersionError,
    NotFoundError,
    StaleVersionError,
)
from engine.tasks import lifecycle
from engine.tasks.models import Step, TaskStatus
from tests.engine.conftest import NOW, Bench
from tests.engine.deliverables.rounds import (
    BOTH,
    INTERNAL,
    all_of,
    ask,
    codes,
    decide,
    decide_all,
    open_ones,
    rows,
    with_deliverable,
)
from tests.told import saved


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


def test_handing_over_a_change_does_the_step_that_asks_for_it_and_no_other(bench: Bench) -> None:
    task_id = with_deliverable(bench, INTERNAL, "draft", "photo")
    ask(bench, task_id)
    said = {"draft": "Change the headline.", "photo": "Crop it."}
    for approval, row in zip(open_ones(bench, task_id), rows(bench, task_id), strict=True):
        assert approval.deliverable_id == row.deliverable_id
        decide(bench, approval, "approved_pending_changes", said[row.ref])
    [draft, _] = rows(bench, task_id)
    with bench.writing("ana") as tx:
        versions.new_version(tx, draft.deliverable_id, url="https://docs.example/headline")
    with bench.reading() as tx:
        done = {step.title: step.is_completed for step in tx.find(Step, task_id=task_id)}
    assert done == {"Change asked for: Change the headline.": True, "Change asked for: Crop it.": False}


def test_a_version_after_a_rejection_does_no_step_of_an_earlier_change(bench: Bench) -> None:
    task_id = with_deliverable(bench, BOTH, "draft")
    ask(bench, task_id)
    decide_all(bench, task_id, "approved_pending_changes", "Change the headline.")
    ask(bench, task_id)
    decide_all(bench, task_id, "rejected", "Not our tone.", by="pat")
    [draft] = rows(bench, task_id)
    with bench.writing("ana") as tx:
        versions.new_version(tx, draft.deliverable_id, url="https://docs.example/again")
    with bench.reading() as tx:
        assert [step.is_completed for step in tx.find(Step, task_id=task_id)] == [False]


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
