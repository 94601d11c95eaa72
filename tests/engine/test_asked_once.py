"""What a reading transaction was told once it does not ask again; one that writes always asks."""

from __future__ import annotations

from engine.app import Workbench
from engine.tasks import assignment, queries
from engine.tasks.models import Task
from tests.factories import make_bundle, make_people
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
