"""Human review: who permits a task to run, and that nothing goes around it (HRV-01 to HRV-20, CNF-45)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.audit.models import Action
from engine.deliverables import actions, approvals
from engine.errors import (
    BadRequestError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    ReviewRequiredError,
    StaleWriteError,
)
from engine.tasks import help as help_requests
from engine.tasks import human_review, lifecycle, update
from engine.tasks.models import Task, TaskStatus
from engine.transaction import Transaction
from tests.engine.conftest import NOW, Bench, change

S = TaskStatus
Verb = Callable[[Bench, Transaction, str], object]


def flagged(bench: Bench, **fields) -> str:
    return bench.make("ana", requires_human_review=True, **fields)


def approve(bench: Bench, task_id: str, notes: str | None = None, *, by: str = "mara") -> Task:
    with bench.writing(by) as tx:
        return human_review.approve(tx, task_id, notes)


def reject(bench: Bench, task_id: str, reason: str = "Too early", *, by: str = "mara") -> Task:
    with bench.writing(by) as tx:
        return human_review.reject(tx, task_id, reason)


# -- approve ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "way"),
    [(S.PENDING, [S.QUEUED]), (S.DEFERRED, [S.PENDING, S.QUEUED]), (S.FAILED, [S.PENDING, S.QUEUED])],
)
def test_approving_lifts_the_requirement_and_queues_the_task(bench: Bench, status: S, way: list[S]):
    task_id = flagged(bench)
    bench.change(task_id, status=status)
    before = len(bench.events(task_id))
    task = approve(bench, task_id, "  Looks right.  ")
    assert (task.requires_human_review, task.human_reviewed_at) == (False, NOW)
    assert task.human_reviewed_by == bench.actors["mara"].user_id
    assert (task.status, task.queued_at, task.status_reason) == (S.QUEUED, NOW, "Looks right.")
    events = bench.events(task_id)[before:]
    assert [item.action for item in events] == [
        Action.HUMAN_REVIEW_APPROVED,
        *[Action.TASK_STATUS_CHANGED] * len(way),
    ]
    assert [item.after["status"] for item in events[1:]] == way
    assert (events[0].after["requires_human_review"], events[0].reason) == (False, "Looks right.")


@pytest.mark.parametrize("status", sorted(set(S) - {S.PENDING, S.DEFERRED, S.FAILED}))
def test_approving_is_refused_from_elsewhere(bench: Bench, status: S):
    task_id = flagged(bench)
    bench.change(task_id, status=status)
    state = bench.state()
    with pytest.raises(ConflictError):
        approve(bench, task_id)
    assert bench.state() == state


def test_only_what_asks_for_a_review_is_approved_and_only_once(bench: Bench):
    with pytest.raises(ConflictError, match="asks for no human review"):
        approve(bench, bench.make())
    task_id = flagged(bench)
    approve(bench, task_id)
    with pytest.raises(ConflictError):
        approve(bench, task_id)


def test_notes_are_left_out_or_have_at_most_a_thousand_characters(bench: Bench):
    assert approve(bench, flagged(bench)).status_reason is None
    assert approve(bench, flagged(bench), "x" * 1000).status_reason == "x" * 1000
    task_id = flagged(bench)
    state = bench.state()
    with pytest.raises(BadRequestError) as caught:
        approve(bench, task_id, "x" * 1001)
    assert caught.value.details[0]["field"] == "notes"
    assert bench.state() == state


# -- reject -----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", S)
@pytest.mark.parametrize("asked", [True, False])
def test_rejecting_cancels_what_is_neither_in_progress_nor_final(bench: Bench, status: S, asked: bool):
    task_id = bench.make("ana", requires_human_review=asked)
    bench.change(task_id, status=status)
    before, state = len(bench.events(task_id)), bench.state()
    if status in (S.IN_PROGRESS, S.COMPLETED, S.SKIPPED, S.CANCELLED):
        with pytest.raises(ConflictError):
            reject(bench, task_id)
        assert bench.state() == state
        return
    task = reject(bench, task_id, " Too early ")
    assert (task.status, task.status_reason) == (S.CANCELLED, "Rejected: Too early")
    assert (task.human_reviewed_by, task.human_reviewed_at) == (bench.actors["mara"].user_id, NOW)
    assert [item.action for item in bench.events(task_id)[before:]] == [
        Action.HUMAN_REVIEW_REJECTED,
        Action.TASK_STATUS_CHANGED,
    ]
    assert not bench.task(task_id).awaits_review


@pytest.mark.parametrize(
    ("reason", "fits"), [("x", True), ("x" * 1000, True), ("", False), ("x" * 1001, False)]
)
def test_a_reason_has_one_to_a_thousand_characters(bench: Bench, reason: str, fits: bool):
    task_id = flagged(bench)
    if fits:
        assert reject(bench, task_id, reason).status_reason == f"Rejected: {reason}"
        return
    state = bench.state()
    with pytest.raises(BadRequestError) as caught:
        reject(bench, task_id, reason)
    assert caught.value.details[0]["field"] == "reason"
    assert bench.state() == state


# -- who --------------------------------------------------------------------------------------


@pytest.mark.parametrize("decide", [approve, reject])
def test_only_managers_decide_on_tasks_they_may_see(bench: Bench, decide):
    task_id = flagged(bench)
    state = bench.state()
    for who, error in (("ana", ForbiddenError), ("sam", ForbiddenError), ("ben", NotFoundError)):
        with pytest.raises(error):
            decide(bench, task_id, by=who)
    for reference in ("0", "-1", "99", "tsk_none"):
        with pytest.raises(NotFoundError):
            decide(bench, reference)
    assert bench.state() == state
    assert decide(bench, task_id, by="olga").human_reviewed_by == bench.actors["olga"].user_id


def test_a_decision_on_an_older_revision_is_refused(bench: Bench):
    task_id = flagged(bench)
    change(bench, task_id, {"title": "Another"})
    with pytest.raises(StaleWriteError), bench.writing() as tx:
        human_review.approve(tx, task_id, revision=1)


# -- no way around ----------------------------------------------------------------------------

#: Every public way that could line a task up or have it worked on: where it stands, and what is tried.
WAYS: dict[str, tuple[S, Verb]] = {
    "start": (S.PENDING, lambda _, tx, task: lifecycle.start(tx, task)),
    "start what was put off": (S.DEFERRED, lambda _, tx, task: lifecycle.start(tx, task)),
    "start what failed": (S.FAILED, lambda _, tx, task: lifecycle.start(tx, task)),
    "start what waits": (S.WAITING, lambda _, tx, task: lifecycle.start(tx, task)),
    "complete": (S.PENDING, lambda _, tx, task: lifecycle.complete(tx, task)),
    "complete what waits": (S.WAITING, lambda _, tx, task: lifecycle.complete(tx, task)),
    "resume what waits": (S.WAITING, lambda _, tx, task: lifecycle.resume(tx, task)),
    "resume what is blocked": (S.BLOCKED, lambda _, tx, task: lifecycle.resume(tx, task)),
    "ask for help": (S.PENDING, lambda _, tx, task: help_requests.ask(tx, task, "How?")),
    "request an approval": (S.PENDING, lambda _, tx, task: approvals.request(tx, task)),
    **{
        f"status {target} from {status}": (
            status,
            lambda _, tx, task, target=target: lifecycle.change_status(tx, task, target),
        )
        for status, target in (
            (S.PENDING, S.QUEUED),
            (S.PENDING, S.IN_PROGRESS),
            (S.QUEUED, S.IN_PROGRESS),
            (S.WAITING, S.IN_PROGRESS),
            (S.BLOCKED, S.IN_PROGRESS),
            (S.HELP_NEEDED, S.IN_PROGRESS),
            (S.PENDING_APPROVAL, S.IN_PROGRESS),
            (S.PENDING_APPROVAL, S.COMPLETED),
            (S.IN_PROGRESS, S.COMPLETED),
        )
    },
    "update to queued": (
        S.PENDING,
        lambda bench, tx, task: update.update(tx, bench.content, task, {"status": "queued"}),
    ),
    "update to in_progress": (
        S.PENDING,
        lambda bench, tx, task: update.update(tx, bench.content, task, {"status": "in_progress"}),
    ),
    "ask for a review and start in one update": (
        S.PENDING,
        lambda bench, tx, task: update.update(
            tx, bench.content, task, {"requires_human_review": True, "status": "in_progress"}
        ),
    ),
}


@pytest.mark.few(22)
@pytest.mark.parametrize("who", ["ana", "mara", "olga"])
@pytest.mark.parametrize("way", WAYS)
def test_no_path_leads_around_the_review_for_anybody(bench: Bench, way: str, who: str):
    status, verb = WAYS[way]
    task_id = flagged(bench)
    bench.change(task_id, status=status)
    state = bench.state()
    with pytest.raises(ReviewRequiredError) as caught, bench.writing(who) as tx:
        verb(bench, tx, task_id)
    assert caught.value.code == "REVIEW_REQUIRED"
    assert bench.state() == state


def test_who_may_not_decide_cannot_lift_it_by_an_update(bench: Bench):
    task_id = flagged(bench)
    state = bench.state()
    for changes in ({"requires_human_review": False}, {"requires_human_review": False, "status": "queued"}):
        with pytest.raises(ForbiddenError):
            change(bench, task_id, changes, by="ana")
    assert bench.state() == state


def test_a_managers_update_is_recorded_as_a_review(bench: Bench):
    task_id = flagged(bench)
    task = change(bench, task_id, {"requires_human_review": False, "priority": "high"})
    assert (task.status, task.human_reviewed_by, task.human_reviewed_at) == (
        S.PENDING,
        bench.actors["mara"].user_id,
        NOW,
    )
    updated, reviewed = bench.events(task_id)[-2:]
    assert (reviewed.action, updated.action) == (Action.HUMAN_REVIEW_APPROVED, Action.TASK_UPDATED)
    told = {"requires_human_review", "human_reviewed_by", "human_reviewed_at", "human_review_hash"}
    assert set(reviewed.after) == told
    assert set(updated.after) == {"priority"}
    with bench.writing("ana") as tx:
        assert lifecycle.start(tx, task_id).status is S.IN_PROGRESS


def test_asking_for_a_review_is_free_before_the_start_and_takes_the_last_one_back(bench: Bench):
    task_id = flagged(bench)
    approve(bench, task_id)
    task = change(bench, task_id, {"requires_human_review": True}, by="ana")
    assert (task.status, task.awaits_review) == (S.PENDING, True)
    assert (task.human_reviewed_by, task.human_reviewed_at) == (None, None)
    approve(bench, task_id)
    with bench.writing("ana") as tx:
        lifecycle.start(tx, task_id)
    with pytest.raises(ConflictError, match="before that"):
        change(bench, task_id, {"requires_human_review": True}, by="ana")


def test_what_needs_no_permission_stays_possible_while_it_is_awaited(bench: Bench):
    task_id = flagged(bench)
    with bench.writing("ana") as tx:
        lifecycle.wait(tx, task_id, "the client")
        lifecycle.put_back(tx, task_id)
        lifecycle.defer(tx, task_id, tx.today)
        lifecycle.resume(tx, task_id)
        assert lifecycle.cancel(tx, task_id).status is S.CANCELLED


# -- what is shown ----------------------------------------------------------------------------


def test_the_page_offers_the_decision_to_managers_and_no_start_to_anybody(bench: Bench):
    task_id = flagged(bench)
    offered = {}
    for who in ("mara", "ana"):
        with bench.reading(who) as tx:
            offered[who] = [action.name for action in actions.allowed(tx, tx.get(Task, task_id))]
    assert offered["mara"][:2] == ["review_approve", "review_reject"]
    for names in offered.values():
        assert not {"start", "complete", "help", "request_approval"} & set(names)
    assert not {"review_approve", "review_reject"} & set(offered["ana"])


def test_tasks_that_await_a_review_are_listed_oldest_first_to_who_sees_them(bench: Bench):
    first = flagged(bench)
    bench.clock.advance(minutes=1)
    second = bench.make("mara", requires_human_review=True)
    done = flagged(bench)
    approve(bench, done)
    with bench.reading("mara") as tx:
        assert [task.task_id for task in human_review.awaiting(tx)] == [first, second]
    with bench.reading("ana") as tx:
        assert [task.task_id for task in human_review.awaiting(tx)] == [first]
