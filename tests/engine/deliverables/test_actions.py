"""What is offered with a task while approvals, reviews and clones are in question."""

from __future__ import annotations

from engine.deliverables import actions, approvals, versions
from engine.deliverables.models import Deliverable
from engine.tasks import lifecycle, steps
from engine.tasks.models import Task
from tests.engine.conftest import Bench


def offered(bench: Bench, task_id: str, *, by: str = "ana") -> tuple[str | None, set[str]]:
    """Return the primary action and all the others."""
    with bench.reading(by) as tx:
        found = actions.allowed(tx, tx.get(Task, task_id))
    primary = [action.name for action in found if action.is_primary]
    assert len(primary) <= 1
    assert len({action.name for action in found}) == len(found)
    return (primary or [None])[0], {action.name for action in found if not action.is_primary}


def started(bench: Bench, **fields) -> str:
    task_id = bench.make("ana", task_type="article", **fields)
    with bench.writing("ana") as tx:
        lifecycle.start(tx, task_id)
    return task_id


def hand_over(bench: Bench, task_id: str) -> None:
    with bench.writing("ana") as tx:
        (row,) = tx.find(Deliverable, task_id=task_id)
        versions.edit(tx, row.deliverable_id, url="https://files.example/1", meta={"word_count": 3})


def test_requesting_an_approval_is_the_step_forward_once_all_else_is_met(bench: Bench):
    task_id = started(bench)
    bench.change(task_id, approval={"required": True, "sources": ["internal"]})
    bench.parts(task_id, {"ref": "call"})
    primary, others = offered(bench, task_id)
    assert (primary, "request_approval" in others) == ("complete", True)
    hand_over(bench, task_id)
    assert offered(bench, task_id)[0] == "complete"
    with bench.writing("ana") as tx:
        steps.complete_step(tx, task_id, "call")
    primary, others = offered(bench, task_id)
    assert (primary, "complete" in others) == ("request_approval", True)


def test_while_it_is_judged_the_request_can_be_taken_back_but_nothing_completed(bench: Bench):
    task_id = started(bench)
    bench.change(task_id, approval={"required": True})
    hand_over(bench, task_id)
    with bench.writing("ana") as tx:
        approvals.request(tx, task_id)
    primary, others = offered(bench, task_id)
    assert (primary, "withdraw" in others, "complete" in others) == (None, True, False)
    with bench.writing("ana") as tx:
        approvals.withdraw(tx, task_id)
    assert offered(bench, task_id)[0] == "request_approval"


def test_who_needs_no_approval_may_still_ask_for_one(bench: Bench):
    task_id = started(bench)
    assert "request_approval" not in offered(bench, task_id)[1]
    hand_over(bench, task_id)
    primary, others = offered(bench, task_id)
    assert (primary, "request_approval" in others) == ("complete", True)


def test_everything_that_is_offered_has_a_label(bench: Bench):
    for task_id in (bench.make("ana", requires_human_review=True), started(bench)):
        with bench.reading() as tx:
            offered = actions.allowed(tx, tx.get(Task, task_id))
            assert offered
            for action in offered:
                assert action.label == actions.LABELS[action.name]
