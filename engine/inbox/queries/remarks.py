"""Remarks that call somebody, found without first reading everything they may see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import FromClause, Select, func, literal_column, select, true, union_all

from engine.clock import to_text
from engine.deliverables.models import DeliverableComment
from engine.inbox.queries.counting import Count
from engine.loading import load
from engine.tasks.models import Note
from engine.tasks.queries import is_seen
from engine.tasks.queries.conditions import text_of
from engine.transaction import Transaction

Remark = Note | DeliverableComment
_KINDS: tuple[type[Remark], ...] = (Note, DeliverableComment)


def calling(tx: Transaction, employee_id: str, since: datetime | None, limit: int) -> list[Remark]:
    """Return notes and comments after ``since`` that call an employee, as many of each, seen by them or not.

    Notes come first, each the newest first.
    """
    tx.flush()
    reads = []
    for place, record_type in enumerate(_KINDS):
        table = tx.database.sql_table(record_type.spec.table)
        found = _calling(tx, table, employee_id, since, limit)
        kind: Any = literal_column(f"{place:d}").label("kind")
        columns = (kind, table.c.created_at, table.c.doc_id)
        reads.append(select(found.with_only_columns(*columns, table.c.document).subquery()))
    rows = sorted(tx.connection.execute(union_all(*reads)), key=_newest_first)
    return [load(_KINDS[row.kind], row.document, tx.database) for row in rows]


def _newest_first(row: Any) -> tuple[int, int, int]:
    moment = datetime.fromisoformat(row.created_at)
    return row.kind, -round(moment.timestamp() * 1000), -row.doc_id


def calling_counted(
    tx: Transaction,
    record_type: type[Remark],
    employee_id: str,
    since: datetime | None,
    limit: int,
    *,
    but_by: Sequence[str],
) -> Count:
    """Return the count of those of ``calling`` that others wrote on tasks that the actor sees."""
    table = tx.database.sql_table(record_type.spec.table)
    columns = (table.c.task_id, text_of(tx, table, "created_by").label("created_by"))
    found = _calling(tx, table, employee_id, since, limit).with_only_columns(*columns).subquery()
    counted = select(func.count()).select_from(found)
    return counted.where(found.c.created_by.not_in(but_by), is_seen(tx, found.c.task_id))


def _calling(
    tx: Transaction, table: FromClause, employee_id: str, since: datetime | None, limit: int
) -> Select[Any]:
    """Return the read of all columns of the remarks that call an employee, newest first."""
    return (
        select(table)
        .where(
            table.c.workspace_id == tx.workspace_id,
            table.c.has_mentions == true(),
            table.c.created_at > (to_text(since) if since is not None else ""),
            tx.database.dialect.place_in(table.c.document, f'"{employee_id}"') > 0,
        )
        .order_by(table.c.created_at.desc(), table.c.doc_id.desc())
        .limit(limit)
    )
