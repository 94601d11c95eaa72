"""Remarks that call somebody, found without asking first what all they may see."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from sqlalchemy import select, true

from engine.clock import to_text
from engine.loading import load
from engine.tasks.models import DeliverableComment, Note
from engine.transaction import Transaction

R = TypeVar("R", Note, DeliverableComment)


def calling(
    tx: Transaction, record_type: type[R], employee_id: str, since: datetime | None, limit: int
) -> list[R]:
    """Return remarks after ``since`` that call an employee, newest first, seen by them or not."""
    tx.flush()
    table = tx.database.sql_table(record_type.spec.table)
    chosen = (
        select(table.c.document)
        .where(
            table.c.workspace_id == tx.workspace_id,
            table.c.has_mentions == true(),
            table.c.created_at > (to_text(since) if since is not None else ""),
            tx.database.dialect.place_in(table.c.document, f'"{employee_id}"') > 0,
        )
        .order_by(table.c.created_at.desc(), table.c.doc_id.desc())
        .limit(limit)
    )
    return [load(record_type, text, tx.database) for text in tx.connection.execute(chosen).scalars()]
