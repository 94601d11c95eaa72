"""Places: marks of folders that belong to the store, so that each server finds the same one (G4)."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from engine.store.dialects import Dialect
from engine.store.driver import execute
from engine.store.migrations import SYSTEM
from engine.store.transactions import Transactions

PLACES = Table(
    "store_places",
    SYSTEM,
    Column("name", Text, primary_key=True),
    Column("mark", Text, nullable=False),
)
_FIND = "SELECT mark FROM store_places WHERE name = ?"
_KEEP = "INSERT INTO store_places (name, mark) VALUES (?, ?) ON CONFLICT (name) DO NOTHING"


class Places:
    """The marks of one store."""

    def __init__(self, transactions: Transactions, dialect: Dialect) -> None:
        self._transactions, self._dialect = transactions, dialect

    def find(self, name: str) -> str | None:
        """Return the mark of a place; None where none was kept."""
        with self._transactions.read() as connection:
            row = execute(connection, self._text(_FIND), (name,)).fetchone()
        return None if row is None else str(row[0])

    def keep(self, name: str, mark: str) -> str:
        """Keep a mark unless there is one; return the one that counts, whoever was first."""
        with self._transactions.write_or_join() as connection:
            execute(connection, self._text(_KEEP), (name, mark))
            row = execute(connection, self._text(_FIND), (name,)).fetchone()
        return mark if row is None else str(row[0])

    def _text(self, statement: str) -> str:
        return statement.replace("?", self._dialect.mark)
