"""Secrets of one store: made once, whoever asks first, and the same for every process that shares it.

They are no records: no event tells of them and no export has them. A copy of the database does.
"""

from __future__ import annotations

import secrets

from sqlalchemy import Column, Table, Text

from engine.store.dialects import Dialect
from engine.store.driver import execute
from engine.store.migrations import SYSTEM
from engine.store.transactions import Transactions

SECRETS = Table(
    "store_secrets",
    SYSTEM,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
_MAKE = "INSERT INTO store_secrets (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING"
_READ = "SELECT value FROM store_secrets WHERE name = ?"


class Secrets:
    """The secrets of one store; safe between threads and processes."""

    def __init__(self, transactions: Transactions, dialect: Dialect) -> None:
        self._transactions, self._dialect = transactions, dialect

    def get(self, name: str) -> str:
        """Give the secret of that name, 384 bits of chance, made with the first question for it."""
        with self._transactions.read() as connection:
            rows = execute(connection, self._text(_READ), (name,)).fetchall()
        if not rows:
            with self._transactions.write() as connection:
                execute(connection, self._text(_MAKE), (name, secrets.token_urlsafe(48)))
                # Of several that come together one has made it, and the others find that.
                rows = execute(connection, self._text(_READ), (name,)).fetchall()
        return str(rows[0][0])

    def _text(self, statement: str) -> str:
        return statement.replace("?", self._dialect.mark)
