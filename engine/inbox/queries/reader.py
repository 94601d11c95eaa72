"""Whose inbox is read: what of them chooses a statement, and what is put into it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Select,
    Text,
    and_,
    exists,
    false,
    literal,
    or_,
    select,
    type_coerce,
    union_all,
)

from engine.access import Actor, Permission, may
from engine.accounts.models import User
from engine.reference.models import Employee
from engine.store import Dialect
from engine.tasks.queries.conditions import in_sight, ways_in
from engine.tasks.queries.prepared import parameter
from engine.transaction import Transaction

WORKSPACE = parameter("workspace_id", Text())
USER = parameter("user_id", Text())
EMPLOYEE = parameter("employee_id", Text())
PARTNER = parameter("partner_id", Text())
#: The employees that the reader is or ever was, as a JSON list.
EVER_EMPLOYEES = parameter("ever_employees", Text())
#: The employee's id as it stands in the JSON of a list.
QUOTED_EMPLOYEE = parameter("quoted_employee_id", Text())
#: The reader's assignee roles as ``|writer|editor|``.
ROLES = parameter("assignee_roles", Text())
#: Up to when they have seen their news.
SINCE = parameter("since", Text())


@dataclass(frozen=True)
class Shape:
    """What of a reader chooses the statement: few combinations occur."""

    decides: bool
    decides_as_partner: bool
    sees_own_work: bool
    sees_everything: bool
    is_employee: bool
    claims: bool
    may_judge_own: bool

    @classmethod
    def of(cls, tx: Transaction) -> Shape:
        """Give that of the transaction's actor."""
        actor = tx.actor
        return cls(
            decides=may(actor, Permission.DECIDE),
            decides_as_partner=may(actor, Permission.DECIDE_AS_PARTNER) and actor.partner_id is not None,
            sees_own_work=may(actor, Permission.SEE_OWN_WORK),
            sees_everything=actor.sees_everything,
            is_employee=actor.employee_id is not None,
            claims=bool(actor.assignee_roles) and may(actor, Permission.CLAIM),
            may_judge_own=tx.settings.own_approval,
        )

    @property
    def has_inbox(self) -> bool:
        """Whether anything may ever wait for the reader."""
        return self.decides or self.decides_as_partner or self.sees_own_work

    def own_users(self, tx: Transaction) -> CTE:
        """Return all users that the reader's employee is, as ``actors.employees_of`` has it; found once."""
        users, employees = (tx.database.sql_table(kind.spec.table) for kind in (User, Employee))
        return _own_users(users, employees if self.is_employee else None)

    def own_ids(self, tx: Transaction) -> CTE:
        """Return whose work is the reader's own, as ``judging.relation`` has it: users and employees.

        The users are all that are, or ever were, one of the employees that the reader is or ever was.
        """
        users, employees = (tx.database.sql_table(kind.spec.table) for kind in (User, Employee))
        return _own_ids(tx.database.dialect, users, employees)

    def sees(self, tx: Transaction, tasks: FromClause) -> list[ColumnElement[bool]]:
        """Return the conditions that the reader sees a task: the rule of ``visibility.sees``."""
        if self.sees_everything:
            return []
        if not self.sees_own_work:
            return [false()]
        return [in_sight(tx, tasks, partial(self.involvements, tx))]

    def involvements(self, tx: Transaction, tasks: FromClause) -> list[ColumnElement[bool]]:
        """Return the ways in which a task is the reader's."""
        role = literal("|") + tasks.c.assignee_role + literal("|")
        has_role = tx.database.dialect.place_in(ROLES, role) > 0 if self.claims else None
        return ways_in(tasks, USER, EMPLOYEE if self.is_employee else None, has_role)


def values_of(actor: Actor) -> dict[str, Any]:
    """Give the values of an actor's own parameters."""
    return {
        "workspace_id": actor.workspace_id,
        "user_id": actor.user_id,
        "employee_id": actor.employee_id,
        "partner_id": actor.partner_id,
        "ever_employees": json.dumps(sorted(actor.ever_employee_ids)),
        "quoted_employee_id": f'"{actor.employee_id}"',
        "assignee_roles": "".join(f"|{role}|" for role in sorted(actor.assignee_roles)),
    }


def _addresses(
    employees: FromClause, among: Callable[[ColumnElement[Any]], ColumnElement[bool]]
) -> Select[Any]:
    """Return the addresses of those employees, as far as they are nobody else's too (S27)."""
    others = employees.alias()
    shared = exists().where(
        others.c.workspace_id == WORKSPACE,
        others.c.email == employees.c.email,
        others.c.employee_id != employees.c.employee_id,
    )
    return select(employees.c.email).where(among(employees.c.employee_id), ~shared)


@lru_cache(8)  # a statement names one and the same wherever it asks
def _own_users(users: FromClause, employees: FromClause | None) -> CTE:
    ways = [users.c.user_id == USER]
    if employees is not None:
        address = _addresses(employees, lambda employee_id: employee_id == EMPLOYEE).scalar_subquery()
        ways += [
            users.c.employee_id == EMPLOYEE,
            and_(users.c.employee_id.is_(None), users.c.email == address),
        ]
    return select(users.c.user_id).where(users.c.workspace_id == WORKSPACE, or_(*ways)).cte("own_users")


@lru_cache(8)
def _own_ids(dialect: Dialect, users: FromClause, employees: FromClause) -> CTE:
    def among_ever(employee_id: ColumnElement[Any]) -> ColumnElement[bool]:
        return employee_id.in_(select(_texts(dialect, EVER_EMPLOYEES)))

    addresses = _addresses(employees, among_ever)
    were = _texts(dialect, users.c.former_list)
    is_same = or_(
        users.c.user_id == USER,
        among_ever(users.c.employee_id),
        and_(users.c.employee_id.is_(None), users.c.email.in_(addresses)),
        exists(select(were).where(among_ever(were))),
    )
    accounts = select(users.c.user_id.label("id")).where(users.c.workspace_id == WORKSPACE, is_same)
    return union_all(accounts, select(_texts(dialect, EVER_EMPLOYEES).label("id"))).cte("own_ids")


def _texts(dialect: Dialect, listed: ColumnElement[Any]) -> ColumnElement[Any]:
    return type_coerce(dialect.entries(listed).alias().c.value, Text())
