"""What the fields of several pages offer, as (value, words)."""

from __future__ import annotations

from engine.reference.models import Employee
from engine.transaction import Transaction

Choices = list[tuple[str, str]]


def assignees(tx: Transaction) -> Choices:
    """Return who may be assigned: nobody first, then the active employees by key."""
    found = tx.find(Employee, order_by=("key",))
    return [("", "nobody"), *((item.employee_id, item.name) for item in found if item.is_active)]
