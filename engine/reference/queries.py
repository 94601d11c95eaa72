"""SQL over reference data."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from engine.loading import load_all
from engine.reference.models import Absence
from engine.transaction import Transaction


def absences(tx: Transaction, first: date, last: date) -> list[Absence]:
    """Return the absences that hold and have a day from ``first`` to ``last``, the earliest first."""
    tx.flush()
    table = tx.database.sql_table(Absence.spec.table)
    chosen = (
        select(table.c.document)
        .where(
            table.c.workspace_id == tx.workspace_id,
            table.c.removed_at.is_(None),
            table.c.last_day >= first.isoformat(),
            table.c.first_day <= last.isoformat(),
        )
        .order_by(table.c.first_day, table.c.absence_id)
    )
    return load_all(Absence, tx.connection.execute(chosen).scalars(), tx.database)
