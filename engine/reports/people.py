"""Who is behind what was judged: users and employees of the workspace, read once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from engine.accounts.models import User
from engine.reference.addresses import by_address
from engine.reference.models import Employee, Partner
from engine.reports.names import SYSTEM
from engine.reports.queries import Asked, Whose
from engine.transaction import Transaction

NOBODY = "nobody"


class People:
    """The people of a workspace, by id."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    @cached_property
    def employees(self) -> dict[str, Employee]:
        """All employees."""
        return {item.employee_id: item for item in self._tx.find(Employee)}

    @cached_property
    def _users(self) -> dict[str, User]:
        return {item.user_id: item for item in self._tx.find(User)}

    @cached_property
    def _by_email(self) -> dict[str, str]:
        return {email: item.employee_id for email, item in by_address(self.employees.values()).items()}

    @cached_property
    def _partners(self) -> dict[str, str]:
        return {item.partner_id: item.name for item in self._tx.find(Partner)}

    def employee_of(self, user_id: str | None) -> str | None:
        """Return the employee that a user is, by their join or else by their e-mail."""
        user = self._users.get(user_id or "")
        return (user.employee_id or self._by_email.get(user.email)) if user else None

    @cached_property
    def employed(self) -> list[str]:
        """The users who are employees."""
        return [user_id for user_id in self._users if self.employee_of(user_id) is not None]

    def whose(self, employee_id: str | None) -> Whose | None:
        """Return whose work is asked about, None for everybody's."""
        if employee_id is None:
            return None
        users = [user_id for user_id in self.employed if self.employee_of(user_id) == employee_id]
        return Whose(employee_id=employee_id, users=users, employed=self.employed)

    def did(self, authors: Sequence[str], assignee_id: str | None) -> tuple[str, ...]:
        """Return the employees whose work something is: who gave content to it, else the task's assignee."""
        found = [employee for author in authors if (employee := self.employee_of(author)) is not None]
        given = found or ([assignee_id] if assignee_id else [])
        return tuple(dict.fromkeys(given))

    def who_asked(self, asked: Asked) -> str:
        """Return who asked for help: an employee, or a user who is none; the assignee where no user did."""
        who = self.employee_of(asked.user_id) or asked.user_id or asked.task.assignee_id
        return who or ""

    def user_name(self, user_id: str | None) -> str:
        """Return the name of a user."""
        user = self._users.get(user_id or "")
        return user.name if user else SYSTEM

    def names(self, employee_ids: Sequence[str]) -> list[str]:
        """Return the names of employees, and of users who are none."""
        known = (self.employees.get(item) or self._users.get(item) for item in employee_ids)
        return [found.name if found else item for found, item in zip(known, employee_ids, strict=True)]

    def name(self, employee_id: str | None) -> str:
        """Return the name of an employee, or that it is nobody."""
        return self.names([employee_id])[0] if employee_id else NOBODY

    def partner_name(self, partner_id: str | None) -> str | None:
        """Return the name of a partner."""
        return self._partners.get(partner_id or "")
