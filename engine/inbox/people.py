"""Everybody: employees with their load and training, users with their access roles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from engine.accounts import service, short_names
from engine.accounts.models import User
from engine.deliverables.models import ApprovalStatus
from engine.inbox.queries import people as queries
from engine.inbox.queries.people import Known, last_decisions, loads
from engine.reference import absences, visibility
from engine.reference.absences import Away
from engine.reference.addresses import by_address
from engine.reference.models import Employee, Partner
from engine.transaction import Transaction

#: Approvals in a row without a rejection after which training seems over (OPQ-20); a hint, never a change.
READY_AFTER = 10
#: As many employees, and as many users, are shown at a time.
MOST = 50


@dataclass(frozen=True, kw_only=True)
class Colleague:
    """One employee, with what they have to do and how it goes."""

    employee: Employee
    #: The users they sign in as.
    users: Sequence[Known]
    open_tasks: int
    completed: int
    #: In training: how many decisions in a row were no rejection, counted up to ``READY_AFTER``.
    streak: int
    #: That they are away today; None where they are there.
    away: Away | None

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
    #: By which word remarks call them: a key, a short name or their whole address. None for whom none calls.
    called: str | None


@dataclass(frozen=True, kw_only=True)
class People:
    """Those of a workspace whom a page shows, by name, those who are active first."""

    colleagues: Sequence[Colleague]
    accounts: Sequence[Account]
    #: How many there are to page through.
    employees: int
    users: int
    #: The keys and names of the first active employees, one more than ``MOST``.
    stand_ins: Sequence[tuple[str, str]]


def load(tx: Transaction, *, find: str = "", employees_from: int = 0, users_from: int = 0) -> People:
    """Return a page of employees and a page of users, those with ``find`` in name, key or e-mail.

    Raises:
        ForbiddenError: the actor sees only their own work.
    """
    visibility.require_people(tx)
    known, signing_in = queries.employees(tx), queries.users(tx)
    wanted = [item.record_id for item in _by_name(known) if find.lower() in item.searched]
    named = [item.record_id for item in _by_name(signing_in) if find.lower() in item.searched]
    shown, shown_users = _window(wanted, employees_from), _window(named, users_from)
    by_email = by_address(known)
    of_users = {user.record_id: user.employee_id or _same(by_email, user.email) for user in signing_in}
    tx.read_ahead({Employee: [*shown, *(of_users[user_id] for user_id in shown_users)], User: shown_users})
    shorts = {email: short for short, email in _shorts(known, signing_in).items()}
    users = [user for user_id in shown_users if (user := tx.find_by_key(User, user_id)) is not None]
    tx.read_ahead({Partner: (user.partner_id for user in users)})
    employees = [one for employee_id in shown if (one := tx.find_by_key(Employee, employee_id)) is not None]
    work = loads(tx, shown)
    away = absences.today(tx)
    decisions = last_decisions(tx, [item.employee_id for item in employees if item.training], READY_AFTER)
    return People(
        colleagues=[
            Colleague(
                employee=item,
                users=[user for user in signing_in if of_users[user.record_id] == item.employee_id],
                open_tasks=work.get(item.employee_id, (0, 0))[0],
                completed=work.get(item.employee_id, (0, 0))[1],
                streak=_streak(decisions.get(item.employee_id, ())),
                away=away.away(item.employee_id),
            )
            for item in employees
        ],
        accounts=[_account(tx, user, of_users[user.user_id], shorts) for user in users],
        employees=len(wanted),
        users=len(named),
        stand_ins=[(item.key, item.name) for item in _by_name(known) if item.is_active][: MOST + 1],
    )


def users(tx: Transaction, find: str = "") -> list[User]:
    """Return the users with ``find`` in name or e-mail, those who are active first, by name.

    Raises:
        ForbiddenError: the actor sees only their own work.
    """
    visibility.require_people(tx)
    found = (one for one in tx.find(User) if find.lower() in f"{one.name}\n{one.email}".lower())
    return sorted(found, key=place_of)


def place_of(user: User) -> tuple[bool, str, str]:
    """Return where a user stands in the list of all."""
    return not user.is_active, user.name.lower(), user.user_id


def find_user(tx: Transaction, name: str) -> User:
    """Return the user with an id or an e-mail.

    Raises:
        ForbiddenError: the actor sees only their own work.
        NotFoundError: there is none.
    """
    visibility.require_people(tx)
    return service.user_named(tx, name)


def _same(by_email: Mapping[str, Known], email: str | None) -> str | None:
    found = by_email.get(email or "")
    return found.record_id if found is not None else None


def _by_name(known: Iterable[Known]) -> list[Known]:
    return sorted(known, key=lambda item: (not item.is_active, item.name.lower(), item.record_id))


def _window(ids: Sequence[str], first: int) -> Sequence[str]:
    return ids[first : first + MOST]


def streak(tx: Transaction, employee_id: str) -> int:
    """Return how many of the last decisions on somebody's work came without a rejection in between."""
    return _streak(last_decisions(tx, [employee_id], READY_AFTER).get(employee_id, ()))


def _streak(newest_first: Iterable[ApprovalStatus]) -> int:
    return sum(1 for _ in takewhile(lambda status: status is not ApprovalStatus.REJECTED, newest_first))


def _shorts(known: Iterable[Known], users: Iterable[Known]) -> Mapping[str, str]:
    """Return the address that each short name stands for, as ``short_names.find`` reads it in remarks."""
    unjoined = (user.email or "" for user in users if user.is_active and user.is_unjoined)
    return short_names.unshared(unjoined, {item.key for item in known})


def _account(tx: Transaction, user: User, employee_id: str | None, shorts: Mapping[str, str]) -> Account:
    employee = tx.find_by_key(Employee, employee_id) if employee_id else None
    partner = tx.find_by_key(Partner, user.partner_id) if user.partner_id else None
    is_called = user.is_active and user.partner_id is None
    called = employee.key if employee is not None else shorts.get(user.email, user.email)
    return Account(user=user, employee=employee, partner=partner, called=called if is_called else None)
