"""What a reading transaction was told once it does not ask again; one that writes always asks."""

from __future__ import annotations

from engine.app import Workbench
from engine.deliverables import state, versions
from engine.tasks import assignment, facts, queries
from engine.tasks.models import Task
from engine.transaction import Transaction
from tests.factories import make_bundle, make_people, make_task
from tests.statements import counted


def test_in_which_bundles_somebody_has_work_is_asked_once_while_nothing_can_change(workbench: Workbench):
    ana = make_people(workbench)["ana"]
    bundle = make_bundle(workbench)
    with workbench.reading(ana) as tx, counted() as statements:
        first = queries.involved_in(tx, [bundle.bundle_id])
        first.clear()
        assert queries.involved_in(tx, {bundle.bundle_id}) == {bundle.bundle_id}
        assert queries.involved_in(tx, [bundle.bundle_id, "bnd_other"]) == {bundle.bundle_id}
    assert len(statements) == 2, "another question is asked"


def test_whoever_writes_is_told_what_has_changed(workbench: Workbench):
    people = make_people(workbench)
    bundle = make_bundle(workbench)
    with workbench.transaction(people["mara"]) as tx:
        assert queries.involved_in(tx, [bundle.bundle_id]) == set()
        assignment.assign(tx, tx.find(Task, bundle_id=bundle.bundle_id)[0].task_id, "mara")
        assert queries.involved_in(tx, [bundle.bundle_id]) == {bundle.bundle_id}


def test_what_a_task_hands_over_is_worked_out_once_and_anew_after_each_write(workbench: Workbench):
    mara = make_people(workbench)["mara"]
    task, other = (make_task(workbench, actor=mara) for _ in range(2))
    with workbench.transaction(mara) as tx:
        assert _refs(tx, task) == []
        versions.add(tx, task.task_id, "draft", type="text")
        assert _refs(tx, task) == ["draft"]
    with workbench.reading(mara) as tx:
        case = facts.load(tx, tx.get(Task, task.task_id))
        assert state.of_case(tx, case) is state.of_case(tx, case)
        assert (_refs(tx, task), _refs(tx, other)) == (["draft"], []), "each task is a question of its own"


def _refs(tx: Transaction, task: Task) -> list[str]:
    return [row.ref for row in state.of_case(tx, facts.load(tx, tx.get(Task, task.task_id))).rows]
