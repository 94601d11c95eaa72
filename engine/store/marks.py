"""Marks: the latest word under a name, without history; for what changes often and is no record.

Seen up to when, used last when: each write is one statement, without the lock of a chain and without an event
(definitions.md section 5, ledger writes).
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Column, Connection, Table, Text

from engine.store.dialects import Dialect, dialect_of
from engine.store.driver import execute, execute_many
from engine.store.migrations import SYSTEM
from engine.store.transactions import Transactions

MARKS = Table(
    "store_marks",
    SYSTEM,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
_RAISE = (
    "INSERT INTO store_marks (name, value) VALUES (?, ?) "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE store_marks.value < excluded.value"
)
_FIND = "SELECT value FROM store_marks WHERE name = ?"


def write_marks(connection: Connection, values: Mapping[str, str]) -> None:
    """Raise marks in a step's own transaction."""
    if values:
        execute_many(connection, _RAISE.replace("?", dialect_of(connection).mark), list(values.items()))


class Marks:
    """The marks of one store."""

    def __init__(self, transactions: Transactions, dialect: Dialect) -> None:
        self._transactions = transactions
        self._raise, self._find = (text.replace("?", dialect.mark) for text in (_RAISE, _FIND))

    def raise_to(self, name: str, value: str) -> None:
        """Set a mark, unless it stands higher already (as text, by code point).

        It is a transaction of its own: whoever waits for the lock of a chain does not hold it up.
        """
        with self._transactions.write() as connection:
            execute(connection, self._raise, (name, value))

    def find(self, name: str) -> str | None:
        """Give the mark's value, None where it was never set."""
        with self._transactions.read() as connection:
            row = execute(connection, self._find, (name,)).fetchone()
        return None if row is None else str(row[0])
