"""SQL over users and what signs them in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, delete, or_, select

from engine.accounts.models import Session, User
from engine.loading import load
from engine.record import Record
from engine.reference.models import Employee
from engine.transaction import Transaction


def users_of(tx: Transaction, employee_id: str) -> list[str]:
    """Return the ids of the users that an employee is, as ``actors.actor_of`` joins them, in one statement.

    As they were when the transaction began: it may be asked in the middle of a change to other records.
    """
    users, employees = (tx.database.sql_table(kind.spec.table) for kind in (User, Employee))
    address = select(employees.c.email).where(employees.c.employee_id == employee_id).scalar_subquery()
    is_theirs = or_(
        users.c.employee_id == employee_id, and_(users.c.employee_id.is_(None), users.c.email == address)
    )
    chosen = select(users.c.user_id).where(users.c.workspace_id == tx.workspace_id, is_theirs)
    return list(tx.connection.execute(chosen.order_by(users.c.user_id)).scalars())


def find_with_employee(tx: Transaction, user_id: str) -> tuple[User, Employee | None] | None:
    """Return a user and their employee, joined as ``actors.actor_of`` says, in one statement."""
    tx.flush()
    users = tx.database.sql_table(User.spec.table)
    chosen = _with_employee(tx, users, select(users.c.document)).where(users.c.user_id == user_id)
    return _user_and_employee(tx, tx.connection.execute(chosen).fetchall())


def find_by_session(tx: Transaction, token_hash: str) -> tuple[Session, User, Employee | None] | None:
    """Return the session with this hash, its user and their employee, in one statement."""
    tx.flush()
    users, sessions = (tx.database.sql_table(kind.spec.table) for kind in (User, Session))
    chosen = _with_employee(tx, users, select(users.c.document)).add_columns(sessions.c.document)
    chosen = chosen.where(sessions.c.token_hash == token_hash, sessions.c.user_id == users.c.user_id)
    rows = tx.connection.execute(chosen).fetchall()
    found = _user_and_employee(tx, rows)
    return (load(Session, rows[0][2], tx.database), *found) if found else None


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


def forget(tx: Transaction, record_type: type[Record], keys: Sequence[str]) -> None:
    """Delete rows that are no records of work, by their keys; nothing in the transaction may touch them."""
    if keys:
        tx.flush()
        table = tx.database.sql_table(record_type.spec.table)
        tx.connection.execute(delete(table).where(table.c[record_type.spec.id_field].in_(keys)))
