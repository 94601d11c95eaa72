"""Topics: named positions in a chain, moved forward with it, so that a reader learns what concerns it.

Whoever appends to a chain names the topics that the entry concerns; a reader asks in one indexed read for the
latest position of those it shows, and need not look further while that stays.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import BigInteger, Column, Connection, Table, Text

from engine.store.dialects import Dialect, dialect_of
from engine.store.driver import execute
from engine.store.migrations import SYSTEM
from engine.store.transactions import Transactions

TOPICS = Table(
    "store_topics",
    SYSTEM,
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
)
#: As many in one statement, well within what both databases take as parameters.
_BATCH = 500


def move_topics(connection: Connection, names: Collection[str], position: int) -> None:
    """Move topics forward to a position, in the transaction that reached it; they never go back."""
    mark = dialect_of(connection).mark
    # In one order always, so that two writers cannot wait for each other in a circle.
    ordered = sorted(names)
    for start in range(0, len(ordered), _BATCH):
        batch = ordered[start : start + _BATCH]
        rows = ", ".join([f"({mark}, {mark})"] * len(batch))
        text = (
            f"INSERT INTO store_topics (name, position) VALUES {rows} "  # noqa: S608 - marks alone
            "ON CONFLICT (name) DO UPDATE SET position = excluded.position "
            "WHERE store_topics.position < excluded.position"
        )
        execute(connection, text, [value for name in batch for value in (name, position)])


class Topics:
    """The topics of one store."""

    def __init__(self, transactions: Transactions, dialect: Dialect) -> None:
        self._transactions, self._mark = transactions, dialect.mark

    def move(self, names: Collection[str], position: int) -> None:
        """Move topics forward, as ``move_topics`` does, in the write block that this thread is in."""
        with self._transactions.write_or_join() as connection:
            move_topics(connection, names, position)

    def position(self, names: Collection[str]) -> int:
        """Give the latest position of any of these topics, 0 where none was ever moved; one indexed read."""
        marks = ", ".join([self._mark] * len(names))
        text = f"SELECT max(position) FROM store_topics WHERE name IN ({marks})"  # noqa: S608 - marks alone
        with self._transactions.read() as connection:
            [row] = execute(connection, text, sorted(names)).fetchall()
        return int(row[0] or 0)
