"""Asking for an approval: who must, who may, what ends a request (APR-01 to 18)."""

from __future__ import annotations

import pytest

from engine.access import ApprovalSource
from engine.audit.models import Action
from engine.deliverables import approvals, versions
from engine.deliverables.models import ApprovalReason, ApprovalStatus
from engine.errors import (
    AlreadyDecidedError,
    CompletionRefusedError,
    ForbiddenError,
)
from engine.reference.models import Employee
from engine.tasks import lifecycle
from engine.tasks.models import TaskStatus
from tests.engine.conftest import NOW, Bench
from tests.engine.deliverables.rounds import (
    INTERNAL,
    PORTAL,
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
