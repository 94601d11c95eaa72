"""SQL reads over users."""

from __future__ import annotations

from sqlalchemy import and_, or_, select

from engine.accounts.models import User
from engine.loading import load
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
    """Return a user and their employee, joined as ``actors.actor_of`` says, in one statement.

    Every request asks for it.
    """
    tx.flush()
    users, employees = (tx.database.sql_table(kind.spec.table) for kind in (User, Employee))
    by_email = and_(users.c.employee_id.is_(None), employees.c.email == users.c.email)
    joined = and_(
        employees.c.workspace_id == tx.workspace_id,
        or_(users.c.employee_id == employees.c.employee_id, by_email),
    )
    chosen = (
        select(users.c.document, employees.c.document)
        .select_from(users.outerjoin(employees, joined))
        .where(users.c.user_id == user_id, users.c.workspace_id == tx.workspace_id)
    )
    row = tx.connection.execute(chosen).first()
    if row is None:
        return None
    employee = load(Employee, row[1], tx.database) if row[1] else None
    return load(User, row[0], tx.database), employee
