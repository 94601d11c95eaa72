"""Who was called by name: remarks with mentions, newest first, on the tasks that the actor sees."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from sqlalchemy import or_, select, true

from engine.clock import to_text
from engine.deliverables.models import DeliverableComment
from engine.loading import load
from engine.tasks.models import Note
from engine.tasks.queries.conditions import scopes
from engine.tasks.queries.reading import task_table
from engine.transaction import Transaction

R = TypeVar("R", Note, DeliverableComment)


def remarks_for(
    tx: Transaction, record_type: type[R], employee_id: str, since: datetime | None, limit: int
) -> list[R]:
    """Return the notes or comments after ``since`` that mention an employee, newest first."""
    tx.flush()
    table = tx.database.sql_table(record_type.spec.table)
    chosen = select(table.c.document).where(
        table.c.workspace_id == tx.workspace_id,
        table.c.has_mentions == true(),
        # Quoted as a text of its own: inside a remark's words the quotes would be escaped.
        tx.database.dialect.place_in(table.c.document, f'"{employee_id}"') > 0,
    )
    if not tx.actor.sees_everything:
        tasks = task_table(tx)
        chosen = chosen.where(table.c.task_id.in_(select(tasks.c.task_id).where(or_(*scopes(tx, tasks)))))
    if since is not None:
        chosen = chosen.where(table.c.created_at > to_text(since))
    newest_first = chosen.order_by(table.c.created_at.desc(), table.c.doc_id.desc()).limit(limit)
    return [load(record_type, text, tx.database) for text in tx.connection.execute(newest_first).scalars()]
