"""Reads events by their numbers: what decides who is told of them, where they stand, and all of them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import BigInteger, String, select

from engine.audit.models import Event
from engine.changes.cursors import Place
from engine.changes.queries.visibility import Row
from engine.tasks.queries.prepared import Read, once, parameter
from engine.transaction import Transaction


def rows(tx: Transaction, seq: int, count: int) -> list[Row]:
    """Read what decides who is told of the ``count`` events after a number; they have no gaps."""
    tx.tell()
    found = _between(tx).rows(tx, workspace=tx.workspace_id, passed=seq, last=seq + count)
    return [Row(*row) for row in found]


@once
def _between(tx: Transaction) -> Read:
    table = tx.database.sql_table(Event.spec.table)
    columns = table.c.seq, table.c.action, table.c.entity_id, table.c.task_id, table.c.bundle_id
    return (
        select(*columns, table.c.occurred_at)
        .where(
            table.c.workspace_id == parameter("workspace", String()),
            table.c.seq > parameter("passed", BigInteger()),
            table.c.seq <= parameter("last", BigInteger()),
        )
        .order_by(table.c.seq)
    )


def places(tx: Transaction, one: int, other: int) -> Iterable[tuple[int, Place]]:
    """Yield the places of these events, as far as there are such."""
    for seq, digest in _digests(tx).rows(tx, workspace=tx.workspace_id, one=one, other=other):
        yield seq, Place.at(seq, digest or "")


@once
def _digests(tx: Transaction) -> Read:
    table = tx.database.sql_table(Event.spec.table)
    seq = table.c.seq
    return select(seq, tx.database.dialect.field(table.c.document, "hash")).where(
        table.c.workspace_id == parameter("workspace", String()),
        seq.in_([parameter("one", BigInteger()), parameter("other", BigInteger())]),
    )


def events(tx: Transaction, numbers: list[int]) -> list[Event]:
    """Read events; one that cannot be read any more is left out, as in every history."""
    return tx.find(Event, seq=numbers, order_by=("seq",))
