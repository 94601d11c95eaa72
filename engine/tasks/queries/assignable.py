"""Who may be assigned, from columns and one flag: no employee is read for their name alone (P3)."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import Dialect, Integer, String, Table, bindparam, select

from engine.reference.models import Employee
from engine.store import dialects
from engine.tasks.queries.prepared import Prepared
from engine.transaction import Transaction


def active_employees(tx: Transaction, most: int | None = None) -> list[tuple[str, str]]:
    """Return the ids and names of the active employees by key, the first ``most`` of them or all."""
    tx.flush()
    table = tx.database.sql_table(Employee.spec.table)
    read = _active(table, tx.connection.dialect, tx.database.dialect, is_cut=most is not None)
    window = {} if most is None else {"most": most}
    return [(employee_id, name) for employee_id, name in read.rows(tx, workspace=tx.workspace_id, **window)]


@lru_cache(16)
def _active(table: Table, dialect: Dialect, database: dialects.Dialect, *, is_cut: bool) -> Prepared:
    chosen = (
        select(table.c.employee_id, table.c.name)
        .where(
            table.c.workspace_id == bindparam("workspace", None, String),
            database.is_true(table.c.document, "is_active"),
        )
        .order_by(table.c.key)
    )
    return Prepared(chosen.limit(bindparam("most", None, Integer)) if is_cut else chosen, dialect)
