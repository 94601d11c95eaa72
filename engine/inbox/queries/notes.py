"""The last notes of people on a task, whatever its dialogue has grown to."""

from __future__ import annotations

from sqlalchemy import Integer, Text, select

from engine.loading import load_all
from engine.tasks.models import Note, NoteKind
from engine.tasks.queries.conditions import text_of
from engine.tasks.queries.prepared import Read, once, parameter
from engine.transaction import Transaction


def last_notes(tx: Transaction, task_id: str, most: int) -> list[Note]:
    """Return the last notes that people wrote on a task, the newest first."""
    rows = _last(tx).rows(tx, task_id=task_id, most=most)
    return load_all(Note, (document for (document,) in rows), tx.database)


@once
def _last(tx: Transaction) -> Read:
    table = tx.database.sql_table(Note.spec.table)
    is_by_hand = text_of(tx, table, "kind") == NoteKind.NOTE.value
    chosen = select(table.c.document).where(table.c.task_id == parameter("task_id", Text()), is_by_hand)
    return chosen.order_by(table.c.created_at.desc(), table.c.doc_id.desc()).limit(
        parameter("most", Integer())
    )
