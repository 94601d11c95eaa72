"""The names of people on pages: of those who did something, and of those whom a remark calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine.accounts.models import User
from engine.deliverables.models import DeliverableComment
from engine.reference.models import Employee
from engine.tasks.models import Note
from engine.transaction import Transaction

Remark = Note | DeliverableComment
#: The name of what happens without a user.
_SYSTEM = "Workbench"


@dataclass(frozen=True)
class Names:
    """The names that one page speaks of."""

    #: User id -> name.
    users: Mapping[str, str] = field(default_factory=dict)
    #: Employee id -> name.
    employees: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class NamingPage:
    """A page that names people."""

    names: Names

    def name_of(self, user_id: str | None) -> str:
        """Return the name of a user; the system has none of its own.

        Raises:
            KeyError: its loader has not asked for this name.
        """
        return self.names.users[user_id] if user_id else _SYSTEM

    def called_by(self, remark: Remark) -> str:
        """Return the names of those whom a remark calls: its writer sees who hears of it."""
        employees, users = self.names.employees, self.names.users
        called = [employees.get(one) for one in remark.mentions] + [
            users.get(one) for one in remark.user_mentions
        ]
        return ", ".join(name for name in called if name)


def read(tx: Transaction, user_ids: Iterable[str | None], remarks: Iterable[Remark] = ()) -> Names:
    """Return the names of users, and of all whom remarks call, in one statement."""
    remarks = list(remarks)
    users = {user_id for user_id in user_ids if user_id} | {one for it in remarks for one in it.user_mentions}
    called = {employee_id for remark in remarks for employee_id in remark.mentions}
    tx.read_ahead({User: users, Employee: called})
    known_users = {user_id: tx.find_by_key(User, user_id) for user_id in users}
    known_employees = (tx.find_by_key(Employee, employee_id) for employee_id in called)
    return Names(
        {user_id: user.name if user is not None else _SYSTEM for user_id, user in known_users.items()},
        {employee.employee_id: employee.name for employee in known_employees if employee is not None},
    )
