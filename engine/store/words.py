"""Words: short texts that a store keeps by name, whoever is first, the same for every process that shares it.

They are no records: no event tells of them and no export has them. A copy of the database does.
"""

from __future__ import annotations

import secrets

from sqlalchemy import Column, Table, Text

from engine.store.dialects import Dialect
from engine.store.driver import execute
from engine.store.migrations import SYSTEM
from engine.store.transactions import Transactions

WORDS = Table(
    "store_words",
    SYSTEM,
    Column("name", Text, primary_key=True),
    Column("word", Text, nullable=False),
)
_FIND = "SELECT word FROM store_words WHERE name = ?"
_KEEP = "INSERT INTO store_words (name, word) VALUES (?, ?) ON CONFLICT (name) DO NOTHING"


class Words:
    """The words of one store; safe between threads and processes."""

    def __init__(self, transactions: Transactions, dialect: Dialect) -> None:
        self._transactions, self._dialect = transactions, dialect

    def find(self, name: str) -> str | None:
        """Return the word of that name; None where none was kept."""
        with self._transactions.read() as connection:
            row = execute(connection, self._text(_FIND), (name,)).fetchone()
        return None if row is None else str(row[0])

    def keep(self, name: str, word: str) -> str:
        """Keep a word unless there is one; return the one that counts, whoever was first."""
        with self._transactions.write_or_join() as connection:
            execute(connection, self._text(_KEEP), (name, word))
            row = execute(connection, self._text(_FIND), (name,)).fetchone()
        return word if row is None else str(row[0])

    def secret(self, name: str) -> str:
        """Give the secret of that name, 384 bits of chance, made with the first question for it."""
        return self.find(name) or self.keep(name, secrets.token_urlsafe(48))

    def _text(self, statement: str) -> str:
        return statement.replace("?", self._dialect.mark)
