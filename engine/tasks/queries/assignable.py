"""Who may be assigned, from columns and one flag: no employee is read for their name alone (P3)."""

from __future__ import annotations

from sqlalchemy import Integer, String, select

from engine.reference.models import Employee
from engine.tasks.queries.prepared import Read, once, parameter
from engine.transaction import Transaction


def active_employees(tx: Transaction, most: int | None = None) -> list[tuple[str, str]]:
    """Return the ids and names of the active employees by key, the first ``most`` of them or all."""
    tx.flush()
    window = {} if most is None else {"most": most}
    rows = _active(tx, most is not None).rows(tx, workspace=tx.workspace_id, **window)
    return [(employee_id, name) for employee_id, name in rows]


@once
def _active(tx: Transaction, is_cut: bool) -> Read:
    table = tx.database.sql_table(Employee.spec.table)
    chosen = (
        select(table.c.employee_id, table.c.name)
        .where(
            table.c.workspace_id == parameter("workspace", String()),
            tx.database.dialect.is_true(table.c.document, "is_active"),
        )
        .order_by(table.c.key)
    )
    return chosen.limit(parameter("most", Integer())) if is_cut else chosen
