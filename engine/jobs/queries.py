"""Deletes what is kept for a while alone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from engine import ids
from engine.idempotency import IdempotencyKey, KeptAnswer
from engine.transaction import Transaction


def forget_answers(tx: Transaction, before: datetime, most: int) -> int:
    """Delete answers that were kept before a moment, and the keys that lead to them; return how many."""
    answers, keys = (tx.database.sql_table(kind.spec.table) for kind in (KeptAnswer, IdempotencyKey))
    old = (
        select(answers.c.kept_answer_id)
        .where(
            answers.c.workspace_id == tx.workspace_id,
            answers.c.kept_answer_id < ids.first_of(str(KeptAnswer.spec.prefix), before),
        )
        .limit(most)
    )
    found = list(tx.connection.execute(old).scalars())
    if found:
        result = tx.database.dialect.field(keys.c.document, "result_id")
        tx.connection.execute(delete(keys).where(keys.c.workspace_id == tx.workspace_id, result.in_(found)))
        tx.connection.execute(delete(answers).where(answers.c.kept_answer_id.in_(found)))
    return len(found)
