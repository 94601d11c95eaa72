"""SQL over users and what signs them in."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any, TypeVar

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Select,
    Text,
    and_,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    type_coerce,
    union_all,
)

from engine.accounts.models import User
from engine.loading import load
from engine.record import Record
from engine.reference.models import Employee
from engine.store import Dialect
from engine.transaction import Transaction

R = TypeVar("R", bound=Record)


def own_ids(
    dialect: Dialect,
    users: FromClause,
    employees: FromClause,
    *,
    workspace_id: ColumnElement[Any],
    user_id: ColumnElement[Any],
    ever: ColumnElement[Any],
) -> CTE:
    """Ask for the ids of all that a person is and ever was, users and employees, as a column ``id`` (S3).

    ``ever`` lists as JSON the employees that their account is or was. Theirs are all accounts that are or
    were one of these, every employee that those are or were, the accounts of these again, and so on.
    """
    stood_for = _stood_for(dialect, users, employees, workspace_id)
    other = stood_for.alias()
    # Of the table, and not of the list: PostgreSQL wants both parts of what recurs in one collation.
    first = employees.c.employee_id.in_(select(_texts(dialect, ever)))
    person = select(employees.c.employee_id).where(first).cte("person", recursive=True)
    person = person.union(
        select(other.c.employee_id)
        .select_from(person)
        .join(stood_for, stood_for.c.employee_id == person.c.employee_id)
        .join(other, other.c.user_id == stood_for.c.user_id)
    )
    is_theirs = stood_for.c.employee_id.in_(select(person.c.employee_id))
    return union_all(
        select(type_coerce(user_id, Text()).label("id")),
        select(stood_for.c.user_id).where(is_theirs),
        select(person.c.employee_id),
    ).cte("own_ids")


def _stood_for(
    dialect: Dialect, users: FromClause, employees: FromClause, workspace_id: ColumnElement[Any]
) -> CTE:
    """Ask which employees each user is and ever was: by their join, by their e-mail, and before (S3)."""
    of_here = users.c.workspace_id == workspace_id
    # As ``addresses`` has it, for all at once.
    known = employees.alias()
    of_all = select(known.c.email).where(known.c.workspace_id == workspace_id)
    unshared = of_all.group_by(known.c.email).having(func.count() == 1)
    by_email = and_(
        users.c.employee_id.is_(None),
        employees.c.workspace_id == workspace_id,
        employees.c.email == users.c.email,
        employees.c.email.in_(unshared),
    )
    formerly = dialect.entries(users.c.former_list).alias()
    return union_all(
        select(users.c.user_id, users.c.employee_id).where(of_here, users.c.employee_id.is_not(None)),
        select(users.c.user_id, employees.c.employee_id)
        .select_from(users.join(employees, by_email))
        .where(of_here),
        select(users.c.user_id, employees.c.employee_id)
        .select_from(users.join(formerly, true()))
        .join(employees, employees.c.employee_id == type_coerce(formerly.c.value, Text()))
        .where(of_here),
    ).cte("stood_for")


def addresses(
    employees: FromClause, which: ColumnElement[bool], *, workspace_id: ColumnElement[Any]
) -> Select[Any]:
    """Ask for the addresses of these employees, as far as they are nobody else's too (S27)."""
    others = employees.alias()
    shared = exists().where(
        others.c.workspace_id == workspace_id,
        others.c.email == employees.c.email,
        others.c.employee_id != employees.c.employee_id,
    )
    return select(employees.c.email).where(employees.c.workspace_id == workspace_id, which, ~shared)


def find_own_ids(tx: Transaction, user_id: str, ever: Collection[str]) -> frozenset[str]:
    """Return the ids that ``own_ids`` asks for, of a user who is or was these employees, in one statement."""
    tx.flush()
    users, employees = (tx.database.sql_table(kind.spec.table) for kind in (User, Employee))
    found = own_ids(
        tx.database.dialect,
        users,
        employees,
        workspace_id=literal(tx.workspace_id),
        user_id=literal(user_id),
        ever=literal(json.dumps(sorted(ever))),
    )
    return frozenset(tx.connection.execute(select(found.c.id)).scalars())


def _texts(dialect: Dialect, listed: ColumnElement[Any]) -> ColumnElement[Any]:
    return type_coerce(dialect.entries(listed).alias().c.value, Text())


def find_with_employee(tx: Transaction, user_id: str) -> tuple[User, Employee | None] | None:
    """Return a user and their employee, joined as ``actors.actor_of`` says, in one statement."""
    tx.flush()
    users = tx.database.sql_table(User.spec.table)
    chosen = _with_employee(tx, users, select(users.c.document)).where(users.c.user_id == user_id)
    return _user_and_employee(tx, tx.connection.execute(chosen).fetchall())


def find_by_secret(
    tx: Transaction, record_type: type[R], token_hash: str, *columns: str
) -> tuple[R, User, Employee | None] | None:
    """Return the record with this hash in a column, its user and their employee, in one statement."""
    tx.flush()
    users, table = (tx.database.sql_table(kind.spec.table) for kind in (User, record_type))
    chosen = _with_employee(tx, users, select(users.c.document)).add_columns(table.c.document)
    chosen = chosen.where(
        or_(*(table.c[name] == token_hash for name in columns)),
        table.c.user_id == users.c.user_id,
        table.c.workspace_id == tx.workspace_id,  # of another workspace nobody would find it to end it
    )
    rows = tx.connection.execute(chosen).fetchall()
    found = _user_and_employee(tx, rows)
    return (load(record_type, rows[0][2], tx.database), *found) if found else None


def _with_employee(tx: Transaction, users: Any, chosen: Select[Any]) -> Select[Any]:
    """Ask for who a user is besides: by their join, else by their e-mail; two rows where that is two's."""
    employees = tx.database.sql_table(Employee.spec.table)
    by_email = and_(users.c.employee_id.is_(None), employees.c.email == users.c.email)
    joined = and_(
        employees.c.workspace_id == tx.workspace_id,
        or_(users.c.employee_id == employees.c.employee_id, by_email),
    )
    return (
        chosen.add_columns(employees.c.document)
        .select_from(users.outerjoin(employees, joined))
        .where(users.c.workspace_id == tx.workspace_id)
        .limit(2)
    )


def _user_and_employee(tx: Transaction, rows: Sequence[Any]) -> tuple[User, Employee | None] | None:
    if not rows:
        return None
    is_one = len(rows) == 1 and rows[0][1]
    employee = load(Employee, rows[0][1], tx.database) if is_one else None
    return load(User, rows[0][0], tx.database), employee


def unjoined(tx: Transaction) -> list[str]:
    """Return the addresses of the team's users who may sign in and whom their record joins to nobody."""
    tx.flush()
    table = tx.database.sql_table(User.spec.table)
    chosen = select(table.c.email).where(
        table.c.workspace_id == tx.workspace_id,
        table.c.employee_id.is_(None),
        tx.database.dialect.is_true(table.c.document, "is_active"),
        tx.database.dialect.field(table.c.document, "partner_id").is_(None),
    )
    return list(tx.connection.execute(chosen).scalars())


def forget(tx: Transaction, record_type: type[Record], keys: Sequence[str]) -> None:
    """Delete rows that are no records of work, by their keys; nothing in the transaction may touch them."""
    if keys:
        tx.flush()
        table = tx.database.sql_table(record_type.spec.table)
        tx.connection.execute(delete(table).where(table.c[record_type.spec.id_field].in_(keys)))
