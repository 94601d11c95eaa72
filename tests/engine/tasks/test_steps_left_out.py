"""Steps that are not to be done: not applicable with a reason, or added here and taken back (R19, OPQ-13)."""

from __future__ import annotations

import pytest

from engine.app import Workbench
from engine.audit.models import Action
from engine.deliverables.models import Deliverable
from engine.errors import (
    BadRequestError,
    CompletionRefusedError,
    ConflictError,
    NotFoundError,
)
from engine.tasks import clone, lifecycle, steps
from engine.tasks.inputs import LONGEST_REMARK
from engine.tasks.models import Step, TaskStatus
from engine.tasks.queries import cards
from engine.tasks.vocabulary import CHANGE_ASKED_FOR
from tests.engine.conftest import NOW, Bench
from tests.factories import make_people, make_task

WHY = "The guest has no site."


def _step(bench: Bench, task_id: str, ref: str) -> Step:
    with bench.reading() as tx:
        return next(step for step in tx.find(Step, task_id=task_id) if step.ref == ref)


def _two_steps(bench: Bench) -> str:
    task_id = bench.make(assignee="ana")
    bench.parts(task_id, {"ref": "call"}, {"ref": "banner"})
    return task_id


def test_a_step_that_does_not_apply_keeps_nothing_from_completion_and_says_who_why_and_when(bench: Bench):
    task_id = _two_steps(bench)
    with bench.writing("ana") as tx:
        steps.complete_step(tx, task_id, "call")
        steps.leave_out(tx, task_id, "banner", f" {WHY} ")
    row = _step(bench, task_id, "banner")
    assert (row.left_out_reason, row.left_out_at, row.left_out_by) == (WHY, NOW, bench.actors["ana"].user_id)
    event = bench.events(task_id)[-1]
    assert (event.action, event.reason) == (Action.STEP_LEFT_OUT, WHY)
    with bench.writing("ana") as tx:
        assert lifecycle.complete(tx, task_id).status is TaskStatus.COMPLETED


def test_it_applies_again_by_one_press_and_is_owed_again(bench: Bench):
    task_id = _two_steps(bench)
    with bench.writing("ana") as tx:
        steps.complete_step(tx, task_id, "call")
        steps.leave_out(tx, task_id, "banner", WHY)
        steps.reopen_step(tx, task_id, "banner")
    assert (_step(bench, task_id, "banner").is_left_out, _step(bench, task_id, "banner").is_open) == (
        False,
        True,
    )
    with pytest.raises(CompletionRefusedError, match="Banner"), bench.writing("ana") as tx:
        lifecycle.complete(tx, task_id)


@pytest.mark.parametrize("reason", ["", "  ", "x" * (LONGEST_REMARK + 1)])
def test_without_a_reason_a_step_applies(bench: Bench, reason: str):
    task_id = _two_steps(bench)
    state = bench.state()
    with pytest.raises(BadRequestError, match="say why"), bench.writing("ana") as tx:
        steps.leave_out(tx, task_id, "banner", reason)
    assert bench.state() == state


def test_saying_so_twice_is_one_event_and_a_better_reason_replaces_the_first(bench: Bench):
    task_id = _two_steps(bench)
    for reason in (WHY, WHY, "The guest's site is down."):
        with bench.writing("ana") as tx:
            steps.leave_out(tx, task_id, "banner", reason)
    told = [event.reason for event in bench.events(task_id) if event.action is Action.STEP_LEFT_OUT]
    assert told == [WHY, "The guest's site is down."]
    assert _step(bench, task_id, "banner").left_out_reason == "The guest's site is down."


def test_what_is_done_is_opened_first_and_what_does_not_apply_is_not_ticked(bench: Bench):
    task_id = _two_steps(bench)
    with bench.writing("ana") as tx:
        steps.complete_step(tx, task_id, "call")
        steps.leave_out(tx, task_id, "banner", WHY)
    state = bench.state()
    with pytest.raises(ConflictError, match=r"is done\. Open it again first"), bench.writing("ana") as tx:
        steps.leave_out(tx, task_id, "call", WHY)
    with pytest.raises(ConflictError, match=f"does not apply here: {WHY}"), bench.writing("ana") as tx:
        steps.complete_step(tx, task_id, "banner")
    assert bench.state() == state


def test_steps_stay_as_they_are_once_the_task_is_closed_or_somebody_elses(bench: Bench):
    task_id = _two_steps(bench)
    with pytest.raises(NotFoundError), bench.writing("ben") as tx:
        steps.leave_out(tx, task_id, "banner", WHY)
    bench.change(task_id, status=TaskStatus.COMPLETED)
    for change in (
        lambda tx: steps.leave_out(tx, task_id, "banner", WHY),
        lambda tx: steps.drop_step(tx, task_id, "call"),
    ):
        with pytest.raises(ConflictError, match="only while it is active"), bench.writing("ana") as tx:
            change(tx)


def test_ordered_steps_go_on_past_one_that_does_not_apply(bench: Bench):
    task_id = _two_steps(bench)
    bench.change(task_id, ordered_steps=True)
    with bench.writing("ana") as tx:
        steps.leave_out(tx, task_id, "call", WHY)
        assert steps.complete_step(tx, task_id, "banner").is_completed


def test_what_a_step_would_hand_over_is_owed_only_while_it_applies(bench: Bench):
    task_id = _two_steps(bench)
    banner = _step(bench, task_id, "banner")
    bench.parts(task_id, {"type": "image", "ref": "banner", "task_step_id": banner.task_step_id})
    with bench.writing("ana") as tx:
        steps.complete_step(tx, task_id, "call")
        steps.complete_step(tx, task_id, "banner")
    with pytest.raises(CompletionRefusedError, match="banner"), bench.writing("ana") as tx:
        lifecycle.complete(tx, task_id)
    with bench.writing("ana") as tx:
        steps.reopen_step(tx, task_id, "banner")
        steps.leave_out(tx, task_id, "banner", WHY)
        assert lifecycle.complete(tx, task_id).status is TaskStatus.COMPLETED
        assert tx.find_one(Deliverable, task_id=task_id) is not None


def test_an_added_step_that_is_required_is_owed_until_it_is_taken_back(bench: Bench):
    task_id = bench.make(assignee="ana")
    with bench.writing("ana") as tx:
        steps.add_step(tx, task_id, "Ask again", required=True)
    with pytest.raises(CompletionRefusedError, match="Ask again"), bench.writing("ana") as tx:
        lifecycle.complete(tx, task_id)
    with bench.writing("ana") as tx:
        steps.drop_step(tx, task_id, "added_1")
        steps.drop_step(tx, task_id, "added_1")
    row = _step(bench, task_id, "added_1")
    assert (row.is_dropped, row.left_out_by) == (True, bench.actors["ana"].user_id)
    told = [event for event in bench.events(task_id) if event.action is Action.STEP_LEFT_OUT]
    assert [event.summary.partition(" (")[0] for event in told] == ["Step “Ask again” taken back"]
    with bench.writing("ana") as tx:
        assert lifecycle.complete(tx, task_id).status is TaskStatus.COMPLETED


def test_what_the_template_plans_or_an_approver_asked_for_is_not_taken_back(bench: Bench):
    task_id = _two_steps(bench)
    with bench.writing() as tx:
        steps.add_change_step(tx, bench.task(task_id), "Name the source")
    state = bench.state()
    for ref, whose in (("call", "the template’s"), ("added_1", "what an approver asked for")):
        with pytest.raises(ConflictError, match=f"is {whose}"), bench.writing("ana") as tx:
            steps.drop_step(tx, task_id, ref)
    assert bench.state() == state
    assert _step(bench, task_id, "added_1").title.startswith(CHANGE_ASKED_FOR)


def test_a_clone_has_what_did_not_apply_and_lacks_what_was_taken_back(bench: Bench):
    task_id = _two_steps(bench)
    with bench.writing("ana") as tx:
        steps.leave_out(tx, task_id, "banner", WHY)
        steps.add_step(tx, task_id, "Ask again")
        steps.drop_step(tx, task_id, "added_1")
        new = clone.clone(tx, bench.content, task_id)
    with bench.reading() as tx:
        found = tx.find(Step, task_id=new.task_id, order_by=("position",))
    assert [(step.ref, step.is_left_out) for step in found] == [("call", False), ("banner", False)]


def test_a_card_counts_the_steps_that_are_to_be_done(either_workbench: Workbench):
    mara = make_people(either_workbench)["mara"]
    task_id = make_task(either_workbench).task_id
    with either_workbench.transaction(mara) as tx:
        for title in ("Call", "Banner", "Ask again"):
            steps.add_step(tx, task_id, title)
        steps.complete_step(tx, task_id, "added_1")
        steps.leave_out(tx, task_id, "added_2", WHY)
        steps.drop_step(tx, task_id, "added_3")
    with either_workbench.reading(mara) as tx:
        [row] = cards.placed(tx, [task_id])
    assert (row.steps_done, row.steps_total) == (1, 1)
