"""Who acts: turning a user record into the actor that access rules speak of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from engine.access import Actor, ActorKind, Permission, Role, may
from engine.accounts import queries
from engine.accounts.models import User
from engine.reference.addresses import by_address
from engine.reference.models import Employee, EmployeeKind
from engine.transaction import Transaction


def actor_of(tx: Transaction, user: User) -> Actor:
    """Make the actor of a user, joined to their employee and that employee's assignee roles.

    A user who was added before the employee with their e-mail was loaded is joined by that e-mail, unless
    several employees have it (S27).
    """
    return joined(user, _employee(tx, user))


def find_active(tx: Transaction, user_id: str) -> Actor | None:
    """Find the actor of an active user; None where there is none."""
    found = queries.find_with_employee(tx, user_id)
    if found is None or not found[0].is_active:
        return None
    return joined(*found)


def find_again(tx: Transaction, actor: Actor) -> Actor | None:
    """Find somebody as they are now, with the scopes that they act within; None for who is gone."""
    found = find_active(tx, actor.user_id)
    return replace(found, scopes=actor.scopes, token_name=actor.token_name) if found else None


def joined(user: User, employee: Employee | None) -> Actor:
    """Make the actor of a user who is that employee, or none; who is not active claims nothing (R20)."""
    return Actor(
        user_id=user.user_id,
        workspace_id=user.workspace_id,
        name=user.name,
        roles=frozenset(user.roles),
        kind=_kind(user, employee),
        employee_id=employee.employee_id if employee else None,
        former_employee_ids=frozenset(user.former_employee_ids),
        assignee_roles=frozenset(employee.roles) if employee and employee.is_active else frozenset(),
        partner_id=user.partner_id,
        timezone=user.timezone,
    )


def kind_of(user: User) -> ActorKind:
    """Return what stands behind a user, whichever employee they are."""
    return _kind(user, None)


def administers(user: User) -> bool:
    """Whether somebody administers the workspace."""
    return may(joined(user, None), Permission.ADMINISTER)


def leads(user: User) -> bool:
    """Whether somebody looks after the work of everybody."""
    return may(joined(user, None), Permission.WORK_ALL)


def proposes(user: User) -> bool:
    """Whether somebody may propose changes of templates."""
    return may(joined(user, None), Permission.PROPOSE)


def managers_among(users: Iterable[User]) -> list[User]:
    """Return who manages: those with the role, or the admins where nobody has it."""
    asked = list(users)
    of_role = ([user for user in asked if role in user.roles] for role in (Role.MANAGER, Role.ADMIN))
    return next(filter(None, of_role), [])


def _kind(user: User, employee: Employee | None) -> ActorKind:
    """Say what stands behind a user; an agent stays one, whatever other roles it has."""
    if Role.AGENT in user.roles or (employee is not None and employee.kind is EmployeeKind.AGENT):
        return ActorKind.AGENT
    return ActorKind.PARTNER_USER if set(user.roles) == {Role.PARTNER} else ActorKind.USER


def employee_of(tx: Transaction, user_id: str | None) -> str | None:
    """Return the employee that a user is, by their join or else by their e-mail; None for nobody."""
    return employees_of(tx, [user_id])[user_id] if user_id else None


def employees_of(tx: Transaction, user_ids: Iterable[str]) -> dict[str, str | None]:
    """Return the employee that each user is, as ``employee_of`` does, in at most two statements."""
    wanted = list(user_ids)
    tx.read_ahead({User: wanted})
    users = [user for user_id in wanted if (user := tx.find_by_key(User, user_id)) is not None]
    tx.read_ahead({Employee: (user.employee_id for user in users)})
    addresses = {user.email for user in users if not user.employee_id}
    by_email = by_address(tx.find(Employee, email=sorted(addresses)) if addresses else [])
    found: dict[str, str | None] = dict.fromkeys(wanted)
    for user in users:
        joined = tx.find_by_key(Employee, user.employee_id) if user.employee_id else by_email.get(user.email)
        found[user.user_id] = joined.employee_id if joined is not None else None
    return found


def users_of(tx: Transaction, employee: Employee) -> list[User]:
    """Return the users who are an employee: by their join, or else by their e-mail."""
    joined, same_email, holders = tx.find_together(
        (User, {"employee_id": employee.employee_id}),
        (User, {"email": employee.email or "", "employee_id": None}),
        (Employee, {"email": employee.email or ""}),
    )
    return [*joined, *same_email] if len(holders) == 1 else joined


def oneself(tx: Transaction) -> frozenset[str]:
    """Return the ids of all that the actor is and ever was: their accounts, and the employees of these (S3).

    One statement; none for whoever was never an employee.
    """
    if not tx.actor.ever_employee_ids:
        return frozenset({tx.actor.user_id} - {""})
    found: frozenset[str] = tx.once(
        "oneself", lambda: queries.find_own_ids(tx, tx.actor.user_id, tx.actor.ever_employee_ids)
    )
    return found


def person(tx: Transaction, user_id: str) -> frozenset[str]:
    """Return what ``oneself`` does for any user: the ids of all that they are and ever were (S3)."""
    if user_id == tx.actor.user_id:
        return oneself(tx)
    user = tx.find_by_key(User, user_id)
    ever = {employee_of(tx, user_id), *(user.former_employee_ids if user else ())} - {None}
    return queries.find_own_ids(tx, user_id, [one for one in ever if one]) if ever else frozenset({user_id})


def is_self(tx: Transaction, user: User) -> bool:
    """Whether a user is the actor, or another account of the same person: both are one employee, or were."""
    return user.user_id in oneself(tx)


def _employee(tx: Transaction, user: User) -> Employee | None:
    if user.employee_id:
        return tx.find_by_key(Employee, user.employee_id)
    return by_address(tx.find(Employee, email=user.email)).get(user.email)


def system(workspace_id: str) -> Actor:
    """Return the actor of set-up steps and jobs; its events carry no user."""
    return Actor(
        user_id="",
        workspace_id=workspace_id,
        name="Workbench",
        roles=frozenset({Role.ADMIN}),
        kind=ActorKind.SYSTEM,
    )
