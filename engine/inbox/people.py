"""Everybody: employees with their load and training, users with their access roles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from engine.access import Permission, require
from engine.accounts.models import User
from engine.deliverables.models import ApprovalStatus
from engine.inbox.queries.people import last_decisions, loads
from engine.reference.addresses import by_address
from engine.reference.models import Employee, Partner
from engine.transaction import Transaction

#: Approvals in a row without a rejection after which training seems over (OPQ-20); a hint, never a change.
READY_AFTER = 10


@dataclass(frozen=True, kw_only=True)
class Colleague:
    """One employee, with what they have to do and how it goes."""

    employee: Employee
    #: The users they sign in as.
    users: Sequence[User]
    open_tasks: int
    completed: int
    #: In training: how many decisions in a row were no rejection, counted up to ``READY_AFTER``.
    streak: int

    @property
    def seems_ready(self) -> bool:
        """Whether training may be over (OPQ-20)."""
        return self.employee.training and self.streak >= READY_AFTER


@dataclass(frozen=True, kw_only=True)
class Account:
    """One user, with the employee or partner they stand for."""

    user: User
    employee: Employee | None
    partner: Partner | None


@dataclass(frozen=True, kw_only=True)
class People:
    """Everybody of the workspace, by name."""

    colleagues: Sequence[Colleague]
    accounts: Sequence[Account]


def load(tx: Transaction) -> People:
    """Return everybody.

    Raises:
        ForbiddenError: the actor sees only their own work.
    """
    require(tx.actor, Permission.SEE_ALL_WORK, "see who works here")
    users = sorted(tx.find(User), key=lambda user: (not user.is_active, user.name.lower()))
    employees = tx.find(Employee)
    work = loads(tx)
    decisions = last_decisions(tx, [item.employee_id for item in employees if item.training], READY_AFTER)
    tx.read_ahead({Partner: (user.partner_id for user in users)})
    by_email = by_address(employees)
    accounts = [_account(tx, user, by_email.get(user.email)) for user in users]
    colleagues = [
        Colleague(
            employee=item,
            users=[account.user for account in accounts if account.employee is item],
            open_tasks=work.get(item.employee_id, (0, 0))[0],
            completed=work.get(item.employee_id, (0, 0))[1],
            streak=_streak(decisions.get(item.employee_id, ())),
        )
        for item in sorted(employees, key=lambda item: (not item.is_active, item.name.lower()))
    ]
    return People(colleagues=colleagues, accounts=accounts)


def streak(tx: Transaction, employee_id: str) -> int:
    """Return how many of the last decisions on somebody's work came without a rejection in between."""
    return _streak(last_decisions(tx, [employee_id], READY_AFTER).get(employee_id, ()))


def _streak(newest_first: Iterable[ApprovalStatus]) -> int:
    return sum(1 for _ in takewhile(lambda status: status is not ApprovalStatus.REJECTED, newest_first))


def _account(tx: Transaction, user: User, same_email: Employee | None) -> Account:
    """Join a user to their employee, as ``actors.actor_of`` does."""
    employee = tx.find_by_key(Employee, user.employee_id) if user.employee_id else same_email
    partner = tx.find_by_key(Partner, user.partner_id) if user.partner_id else None
    return Account(user=user, employee=employee, partner=partner)
