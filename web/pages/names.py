"""The names of people on pages: of those who did something, and of those whom a remark calls."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.accounts.models import User
from engine.reference.models import Employee
from engine.tasks.models import DeliverableComment, Note
from engine.transaction import Transaction


@dataclass(frozen=True)
class NamingPage:
    """A page that names people; they are read as they are named."""

    tx: Transaction = field(repr=False)

    def name_of(self, user_id: str | None) -> str:
        """Return the name of a user; the system has none of its own."""
        user = self.tx.find_by_key(User, user_id) if user_id else None
        return user.name if user else "Workbench"

    def called_by(self, remark: Note | DeliverableComment) -> str:
        """Return the names of those whom a remark calls by ``@key``: its writer sees who hears of it."""
        found = (self.tx.find_by_key(Employee, employee_id) for employee_id in remark.mentions)
        return ", ".join(employee.name for employee in found if employee is not None)
