"""Whose inbox is read: what of them chooses a statement, and what is put into it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Text,
    and_,
    false,
    literal,
    or_,
    select,
)

from engine.access import Actor, Permission, may
from engine.accounts.models import User
from engine.accounts.queries import addresses, own_ids
from engine.clock import to_text
from engine.inbox import seen
from engine.reference.models import Employee
from engine.store import Dialect
from engine.tasks.dates import end_of, start_of
from engine.tasks.queries.conditions import in_sight, ways_in
from engine.tasks.queries.prepared import parameter
from engine.transaction import Transaction

WORKSPACE = parameter("workspace_id", Text())
USER = parameter("user_id", Text())
EMPLOYEE = parameter("employee_id", Text())
PARTNER = parameter("partner_id", Text())
#: The employees that the reader is or ever was, as a JSON list.
EVER_EMPLOYEES = parameter("ever_employees", Text())
#: The employee's id, and the user's, as they stand in the JSON of a list.
QUOTED_EMPLOYEE = parameter("quoted_employee_id", Text())
QUOTED_USER = parameter("quoted_user_id", Text())
#: The reader's assignee roles as ``|writer|editor|``.
ROLES = parameter("assignee_roles", Text())
#: Up to when they have seen their news.
SINCE = parameter("since", Text())
#: What stands before an item in the names of those that they marked as seen (``seen.prefix_of``).
SEEN_ITEMS = parameter("seen_items", Text())
#: The moment by the clock, and the first moments of today and of tomorrow in the reader's zone.
NOW = parameter("now", Text())
DAY_BEGINS = parameter("day_begins", Text())
DAY_ENDS = parameter("day_ends", Text())


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
    #: Whether single items that are news by their moment may be marked as seen: else none is looked up.
    has_marked: bool

    @classmethod
    def of(cls, tx: Transaction, *, has_marked: bool = False) -> Shape:
        """Give that of the transaction's actor."""
        return _shape_of(tx.actor, may_judge_own=tx.settings.own_approval, has_marked=has_marked)

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

        They are what ``actors.oneself`` gives.
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


def values_of(tx: Transaction) -> dict[str, Any]:
    """Give the values of the actor's own parameters, and of now."""
    return {**_own_values(tx.actor), **_day(tx.today, tx.timezone), "now": to_text(tx.wall_clock)}


# What follows from who somebody is, and from the day, is the same in one read after another: building it
# takes as long as the database takes to count (P3).


@lru_cache(256)
def _shape_of(actor: Actor, *, may_judge_own: bool, has_marked: bool) -> Shape:
    return Shape(
        decides=may(actor, Permission.DECIDE),
        decides_as_partner=may(actor, Permission.DECIDE_AS_PARTNER) and actor.partner_id is not None,
        sees_own_work=may(actor, Permission.SEE_OWN_WORK),
        sees_everything=actor.sees_everything,
        is_employee=actor.employee_id is not None,
        claims=bool(actor.assignee_roles) and may(actor, Permission.CLAIM),
        may_judge_own=may_judge_own,
        has_marked=has_marked,
    )


@lru_cache(8)
def _day(day: date, zone: str) -> Mapping[str, str]:
    return {"day_begins": to_text(start_of(day, zone)), "day_ends": to_text(end_of(day, zone))}


@lru_cache(256)
def _own_values(actor: Actor) -> Mapping[str, str | None]:
    return {
        "seen_items": seen.prefix_of(actor),
        "workspace_id": actor.workspace_id,
        "user_id": actor.user_id,
        "employee_id": actor.employee_id,
        "partner_id": actor.partner_id,
        "ever_employees": json.dumps(sorted(actor.ever_employee_ids)),
        "quoted_employee_id": f'"{actor.employee_id}"',
        "quoted_user_id": f'"{actor.user_id}"',
        "assignee_roles": "".join(f"|{role}|" for role in sorted(actor.assignee_roles)),
    }


@lru_cache(8)  # a statement names one and the same wherever it asks
def _own_users(users: FromClause, employees: FromClause | None) -> CTE:
    ways = [users.c.user_id == USER]
    if employees is not None:
        of_reader = employees.c.employee_id == EMPLOYEE
        address = addresses(employees, of_reader, workspace_id=WORKSPACE).scalar_subquery()
        ways += [
            users.c.employee_id == EMPLOYEE,
            and_(users.c.employee_id.is_(None), users.c.email == address),
        ]
    return select(users.c.user_id).where(users.c.workspace_id == WORKSPACE, or_(*ways)).cte("own_users")


@lru_cache(8)
def _own_ids(dialect: Dialect, users: FromClause, employees: FromClause) -> CTE:
    return own_ids(dialect, users, employees, workspace_id=WORKSPACE, user_id=USER, ever=EVER_EMPLOYEES)
