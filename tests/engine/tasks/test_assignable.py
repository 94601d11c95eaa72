"""Who may be assigned, told from columns and single fields."""

from __future__ import annotations

from engine.app import Workbench
from engine.reference.models import Employee
from engine.tasks.queries import assignable
from tests.factories import make_people
from tests.told import saved


def test_the_active_employees_come_by_key_with_their_names(either_workbench: Workbench):
    make_people(either_workbench)
    with either_workbench.transaction(either_workbench.operator()) as tx:
        everybody = tx.find(Employee, order_by=("key",))
        gone = everybody[1]
        gone.is_active = False
        saved(tx, gone)
    with either_workbench.reading(either_workbench.operator()) as tx:
        found = assignable.active_employees(tx)
    assert found == [(one.employee_id, one.name) for one in everybody if one is not gone]
    assert len(found) > 1
