"""What a tick asks in SQL is what the records say, on both databases."""

from __future__ import annotations

from engine.app import Workbench
from engine.audit.models import Action, Event
from engine.clock import FixedClock
from engine.reminders.queries import looking
from engine.tasks import lifecycle
from engine.tasks.models import Proof, Task
from tests.factories import make_bundle, make_task


def test_the_statuses_that_a_task_came_into_are_told_in_their_order(
    either_workbench: Workbench, clock: FixedClock
):
    first, second, untouched = (make_task(either_workbench).task_id for _ in range(3))
    for verb in (lifecycle.start, lambda tx, one: lifecycle.wait(tx, one, "the guest"), lifecycle.resume):
        for task_id in (second, first):
            with either_workbench.transaction(either_workbench.operator()) as tx:
                verb(tx, task_id)
        clock.advance(minutes=1)
    with either_workbench.reading(either_workbench.operator()) as tx:
        found = looking.moves(tx, [first, second, untouched])
        told = [one for one in tx.find(Event, order_by=("seq",)) if one.action is Action.TASK_STATUS_CHANGED]
    assert found == {
        task_id: [(one.occurred_at, (one.after or {})["status"]) for one in told if one.task_id == task_id]
        for task_id in (first, second)
    }
    assert [len(some) for some in found.values()] == [3, 3]


def test_tasks_that_need_a_proof_are_those_of_which_one_is_required(either_workbench: Workbench):
    bundle = make_bundle(either_workbench, "monthly_tax_report")
    with either_workbench.transaction(either_workbench.operator()) as tx:
        ids = [task.task_id for task in tx.find(Task, bundle_id=bundle.bundle_id)]
        [spared, *_] = tx.find(Proof, task_id=ids, order_by=("task_id", "position"))
        for proof in tx.find(Proof, task_id=spared.task_id):
            proof.required = False
            tx.save(proof)
        tx.record(Action.TASK_UPDATED, tx.get(Task, spared.task_id), "No proof is required any more")
        unwritten = looking.asked_for_proof(tx, ids)
    with either_workbench.reading(either_workbench.operator()) as tx:
        required = {proof.task_id for proof in tx.find(Proof, task_id=ids) if proof.required}
        assert looking.asked_for_proof(tx, ids) == unwritten == required
        assert looking.asked_for_proof(tx, [spared.task_id]) == looking.asked_for_proof(tx, []) == set()
    assert 0 < len(required) < len(ids)
