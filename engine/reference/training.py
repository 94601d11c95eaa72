"""The training flag of an employee: Workbench's own field on a mirrored record (REF-03, OPQ-20)."""

from __future__ import annotations

from engine.access import Permission, require
from engine.audit.models import Action
from engine.errors import ConflictError, OwnWorkError, bad_field
from engine.reference import records
from engine.reference.models import Employee
from engine.transaction import Transaction

_LONGEST_REASON = 1000


def set_training(tx: Transaction, employee_id: str, value: bool, reason: str | None = None) -> Employee:
    """Say whether somebody is in training: then everything they hand over needs an approval.

    Raises:
        ForbiddenError: the actor is neither manager nor admin.
        OwnWorkError: it is the actor's own training that would end.
        NotFoundError: no such employee.
        ConflictError: it is so already.
        BadRequestError: the reason is too long.
    """
    require(tx.actor, Permission.DECIDE, "say who is in training")
    employee = records.find(tx, Employee, employee_id)
    words = (reason or "").strip() or None
    if words is not None and len(words) > _LONGEST_REASON:
        message = f"{len(words)} characters; {_LONGEST_REASON} is the most"
        raise bad_field("reason", message, f"The reason cannot be kept: {message}.")
    if employee.training is value:
        state = "in training" if value else "not in training"
        raise ConflictError(f"{employee.name} is {state} already. Load the page again.")
    is_over = not value and not tx.settings.own_approval
    if is_over and employee.employee_id in tx.wiring.oneself(tx):
        raise OwnWorkError("Nobody may end their own training. Ask another manager.")
    employee.training = value
    tx.save(employee)
    summary = f"{employee.name} is in training now" if value else f"{employee.name}'s training is over"
    tx.record(Action.EMPLOYEE_CHANGED, employee, summary, reason=words)
    return employee
