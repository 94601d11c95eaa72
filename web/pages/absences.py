"""When somebody is away, as pages show it: the days, who stands in, and the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.reference import absences
from engine.reference.models import Absence, Employee
from engine.transaction import Transaction
from web.pages import choices
from web.pages.choices import Choices


@dataclass(frozen=True, kw_only=True)
class AwayPage:
    """The absences of an employee that are not over."""

    employee: Employee
    absences: Sequence[Absence]
    #: The names of those who stand in, by id.
    names: Mapping[str, str]
    #: Whether the reader may enter and take back, and sees why: the employee and managers.
    may_enter: bool
    #: Who may stand in.
    substitutes: Choices


def load(tx: Transaction, employee: Employee) -> AwayPage:
    """Return when an employee is away; who may not see why gets the days alone."""
    found = absences.of(tx, employee)
    may_enter = absences.may_enter(tx, employee)
    tx.read_ahead({Employee: (one.substitute_id for one in found)})
    named = (tx.find_by_key(Employee, one.substitute_id) for one in found if one.substitute_id)
    offered = choices.assignees(tx).options if may_enter else ()
    return AwayPage(
        employee=employee,
        absences=found,
        names={one.employee_id: one.name for one in named if one is not None},
        may_enter=may_enter,
        substitutes=[option for option in offered if option[0] != employee.employee_id],
    )


def own(tx: Transaction) -> AwayPage | None:
    """Return when the reader is away; None for whoever is no employee."""
    employee = tx.find_by_key(Employee, tx.actor.employee_id) if tx.actor.employee_id else None
    return load(tx, employee) if employee is not None else None
