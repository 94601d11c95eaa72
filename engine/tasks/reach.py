"""Whether those whom a remark calls hear of it: they must see its task, and sign in (R21)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.accounts import actors
from engine.accounts.models import User
from engine.reference.addresses import by_address
from engine.reference.models import Employee
from engine.tasks import mentions, visibility
from engine.tasks.models import Task
from engine.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class Called:
    """Somebody whom a remark calls."""

    name: str
    #: The employee they are, who may be assigned the task; None for a user who is none.
    employee_id: str | None
    #: Why they do not hear of it; completes "Cy ...". None where they do.
    why_not: str | None


def of(tx: Transaction, task: Task, ids: Iterable[str]) -> list[Called]:
    """Return whom ids of employees, and of users who are none, stand for, and who of them hears of it.

    It takes two statements, and one more for each who sees only their own work and has none of this task.
    """
    wanted = mentions.by_kind(ids)
    tx.read_ahead({Employee: wanted["mentions"], User: wanted["user_mentions"]})
    employees = [one for item in wanted["mentions"] if (one := tx.find_by_key(Employee, item)) is not None]
    users = [user for item in wanted["user_mentions"] if (user := tx.find_by_key(User, item)) is not None]
    whose = _accounts(tx, employees)
    return [
        *(
            Called(
                name=employee.name,
                employee_id=employee.employee_id,
                why_not=_why_not(tx, task, whose[employee.employee_id], employee),
            )
            for employee in employees
        ),
        *(
            Called(name=user.name, employee_id=None, why_not=_why_not(tx, task, [user], None))
            for user in users
        ),
    ]


def _accounts(tx: Transaction, employees: list[Employee]) -> dict[str, list[User]]:
    """Return the users who each employee is, by their join or else by their e-mail, in one statement."""
    if not employees:
        return {}
    addresses = [item.email for item in employees if item.email]
    joined, same_email, holders = tx.find_together(
        (User, {"employee_id": [item.employee_id for item in employees]}),
        (User, {"email": addresses, "employee_id": None}),
        (Employee, {"email": addresses}),
    )
    by_email = by_address(holders)
    found: dict[str, list[User]] = {item.employee_id: [] for item in employees}
    for user in joined:
        found[user.employee_id].append(user)
    for user in same_email:
        if user.email in by_email:
            found[by_email[user.email].employee_id].append(user)
    return found


def _why_not(tx: Transaction, task: Task, users: list[User], employee: Employee | None) -> str | None:
    active = [user for user in users if user.is_active]
    if not active:
        return "does not sign in"
    if any(visibility.sees_as(tx, actors.joined(user, employee), task) for user in active):
        return None
    return "does not see this task"
