"""Tries: how often something was tried under a name, counted for all processes that share a store.

Each name is a row of its own: no chain is locked for it, and no event tells of it. A name is kept as a hash,
because what people type into the wrong field is nobody's to read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from engine.store.dialects import Dialect
from engine.store.driver import execute
from engine.store.migrations import SYSTEM
from engine.store.transactions import Transactions

TRIES = Table(
    "store_tries",
    SYSTEM,
    Column("name", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    # Milliseconds since 1970.
    Column("last_at", BigInteger, nullable=False),
)
Index("store_tries_by_weight", TRIES.c.count, TRIES.c.last_at)
_BEGIN = "INSERT INTO store_tries (name, count, last_at) VALUES (?, 0, ?) ON CONFLICT (name) DO NOTHING"
_HOLD = "SELECT count, last_at FROM store_tries WHERE name = ?"
_COUNT = "UPDATE store_tries SET count = ?, last_at = ? WHERE name = ?"
_FORGET = "DELETE FROM store_tries WHERE name = ?"
_FORGET_OLD = "DELETE FROM store_tries WHERE last_at < ?"
_FORGET_LIGHT = (
    "DELETE FROM store_tries WHERE name IN "
    "(SELECT name FROM store_tries ORDER BY count DESC, last_at DESC LIMIT ? OFFSET ?)"
)


class Tries:
    """The tries of one store; safe between threads and processes. Moments are milliseconds since 1970."""

    def __init__(self, transactions: Transactions, dialect: Dialect) -> None:
        self._transactions, self._dialect = transactions, dialect

    def count(self, name: str, at: int, judge: Callable[[int, int], int]) -> None:
        """Set the count of a name to what ``judge`` makes of it and of the moment of its last try.

        Tries of one name take turns, in whatever process; what ``judge`` raises leaves everything as it is.
        """
        key = _key(name)
        with self._transactions.write() as connection:
            execute(connection, self._text(_BEGIN), (key, at))
            held = execute(connection, self._text(_HOLD) + self._dialect.row_lock, (key,)).fetchone()
            # Somebody who has just succeeded may have taken the row away: then the next try begins it again.
            count, last = (0, at) if held is None else (int(held[0]), int(held[1]))
            execute(connection, self._text(_COUNT), (judge(count, last), at, key))

    def forget(self, name: str) -> None:
        """Forget the tries of a name."""
        with self._transactions.write() as connection:
            execute(connection, self._text(_FORGET), (_key(name),))

    def prune(self, *, before: int, most: int) -> None:
        """Forget names whose last try was before a moment; of more than ``most`` those tried least."""
        with self._transactions.write() as connection:
            self._dialect.lock_table(connection, TRIES.name)  # two of these would wait for one another
            execute(connection, self._text(_FORGET_OLD), (before,))
            execute(connection, self._text(_FORGET_LIGHT), (self._dialect.everything, most))

    def _text(self, statement: str) -> str:
        return statement.replace("?", self._dialect.mark)


def _key(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
