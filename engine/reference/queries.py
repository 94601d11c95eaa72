"""SQL reads over reference data."""

from __future__ import annotations

from sqlalchemy import select

from engine.reference.models import Employee
from engine.transaction import Transaction


def active_employees(tx: Transaction) -> list[tuple[str, str]]:
    """Return the ids and names of the active employees by key, without reading more of them (P3)."""
    tx.flush()
    table = tx.database.sql_table(Employee.spec.table)
    field, is_true = tx.database.dialect.field, tx.database.dialect.is_true
    chosen = (
        select(table.c.employee_id, field(table.c.document, "name").label("name"))
        .where(table.c.workspace_id == tx.workspace_id, is_true(table.c.document, "is_active"))
        .order_by(table.c.key)
    )
    return [(row.employee_id, row.name) for row in tx.connection.execute(chosen)]
