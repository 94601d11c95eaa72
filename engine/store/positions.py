"""Positions: named numbers that only rise, without history; each write is one statement.

The topics of a chain are positions: whoever appends to it names what the entry concerns, and a reader asks in
one indexed read how far all that it shows has come. How far somebody has read is one too.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache

from sqlalchemy import BigInteger, Column, Connection, Table, Text

from engine.store.dialects import Dialect, dialect_of
from engine.store.driver import execute
from engine.store.migrations import SYSTEM
from engine.store.transactions import Transactions

POSITIONS = Table(
    "store_positions",
    SYSTEM,
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
)
#: Asked for among the names, it says which past the others are of: equal positions mean the same entries if
#: it is equal too. None is given where a store has one past only.
PAST = "past"
_RAISE = (
    "INSERT INTO store_positions (name, position) {given} "
    "ON CONFLICT (name) DO UPDATE SET position = excluded.position "
    "WHERE store_positions.position < excluded.position"
)
_MOVE = (
    "INSERT INTO store_positions (name, position) {given} "
    "ON CONFLICT (name) DO UPDATE SET position = CASE "
    "WHEN store_positions.position < excluded.position THEN excluded.position "
    "ELSE store_positions.position + 1 END"
)


def raise_positions(connection: Connection, positions: Mapping[str, int]) -> None:
    """Raise positions, in the caller's transaction; those that stand higher already stay."""
    _put(connection, _RAISE, positions)


def _put(connection: Connection, text: str, positions: Mapping[str, int]) -> None:
    # In one order always, so that two writers cannot wait for each other in a circle.
    given, params = dialect_of(connection).numbers(dict(sorted(positions.items())))
    execute(connection, text.format(given=given), params)


class Positions:
    """The positions of one store."""

    def __init__(self, transactions: Transactions, dialect: Dialect) -> None:
        self._transactions, self._dialect = transactions, dialect

    def raise_to(self, positions: Mapping[str, int]) -> None:
        """Raise positions, in the write block that this thread is in, else in a transaction of its own.

        The latter waits for nobody who holds the lock of a chain.
        """
        with self._transactions.write_or_join() as connection:
            raise_positions(connection, positions)

    def move_to(self, positions: Mapping[str, int]) -> None:
        """Raise positions as ``raise_to`` does, those that stand there or higher by one.

        So who follows one knows of each write, whatever the clocks of the writers say.
        """
        with self._transactions.write_or_join() as connection:
            _put(connection, _MOVE, positions)

    def read(self, names: Collection[str]) -> dict[str, int]:
        """Give the positions of those of these names that were ever raised; one indexed read."""
        raised = [name for name in names if name != PAST]
        text = _asked_for(self._dialect, len(raised), with_past=len(raised) < len(names))
        with self._transactions.read() as connection:
            return dict(execute(connection, text, raised).fetchall())


@lru_cache(256)
def _asked_for(dialect: Dialect, count: int, *, with_past: bool) -> str:
    """Return the text of ``Positions.read``: every page asks it, and building it takes longer."""
    marks = ", ".join([dialect.mark] * count)
    text = f"SELECT name, position FROM store_positions WHERE name IN ({marks})"  # noqa: S608 - marks alone
    return f"{text} UNION ALL SELECT '{PAST}', {dialect.past}" if with_past and dialect.past else text
