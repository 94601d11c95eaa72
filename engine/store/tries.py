"""Tries: how often something was tried under a name, counted for all processes that share a store.

Each name is a row of its own: no chain is locked for it, and no event tells of it. A name is kept as a hash,
because what people type into the wrong field is nobody's to read. Names have two parts: all those with one
first part can be forgotten together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from functools import partial
from typing import TypeAlias

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, Table, Text

from engine.store.dialects import Dialect
from engine.store.driver import execute
from engine.store.migrations import SYSTEM
from engine.store.transactions import Transactions

TRIES = Table(
    "store_tries",
    SYSTEM,
    Column("name", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("under_way", Integer, nullable=False),
    # Milliseconds since 1970.
    Column("last_at", BigInteger, nullable=False),
)
Index("store_tries_by_weight", TRIES.c.count, TRIES.c.last_at)
_BEGIN = (
    "INSERT INTO store_tries (name, count, under_way, last_at) VALUES (?, 0, 0, ?) "
    "ON CONFLICT (name) DO NOTHING"
)
_HOLD = "SELECT count, under_way, last_at FROM store_tries WHERE name = ?"
_COUNT = "UPDATE store_tries SET count = ?, under_way = ?, last_at = ? WHERE name = ?"
_FORGET = "DELETE FROM store_tries WHERE name = ?"
_FORGET_ALL = "DELETE FROM store_tries WHERE name > ? AND name < ?"
_FORGET_OLD = "DELETE FROM store_tries WHERE last_at < ?"
_FORGET_LIGHT = (
    "DELETE FROM store_tries WHERE name IN "
    "(SELECT name FROM store_tries ORDER BY count DESC, last_at DESC LIMIT ? OFFSET ?)"
)
Name: TypeAlias = tuple[str, str]


#: What is kept of one name: how many tries failed, how many are under way, and the moment of the last one, in
#: milliseconds since 1970.
Tried: TypeAlias = tuple[int, int, int]


class Tries:
    """The tries of one store; safe between threads and processes."""

    def __init__(self, transactions: Transactions, dialect: Dialect) -> None:
        self._transactions, self._dialect = transactions, dialect

    def count(self, names: Collection[Name], at: int, judge: Callable[[Name, Tried], Tried | None]) -> None:
        """Set what is kept of each name to what ``judge`` makes of it; None forgets it.

        Tries of one name take turns, in whatever process; what ``judge`` raises leaves everything as it is.
        A name that is not known is given with nothing, last tried ``at``.
        """
        with self._transactions.write() as connection:
            for name in sorted(names, key=_key):  # all in one order: no circles
                self._count(connection, _key(name), at, partial(judge, name))

    def _count(
        self, connection: Connection, key: str, at: int, judge: Callable[[Tried], Tried | None]
    ) -> None:
        execute(connection, self._text(_BEGIN), (key, at))
        held = execute(connection, self._text(_HOLD) + self._dialect.row_lock, (key,)).fetchone()
        # Somebody who has just succeeded may have taken the row away: then the next try begins it again.
        judged = judge((0, 0, at) if held is None else (int(held[0]), int(held[1]), int(held[2])))
        if judged is None:
            execute(connection, self._text(_FORGET), (key,))
        else:
            execute(connection, self._text(_COUNT), (*judged, key))

    def forget(self, first: str) -> None:
        """Forget all names with this first part."""
        group = _hash(first)
        with self._transactions.write() as connection:
            execute(connection, self._text(_FORGET_ALL), (f"{group}/", f"{group}/g"))

    def prune(self, *, before: int, most: int) -> None:
        """Forget names whose last try was before a moment; of more than ``most`` those tried least."""
        with self._transactions.write() as connection:
            self._dialect.lock_table(connection, TRIES.name)  # two of these would wait for one another
            execute(connection, self._text(_FORGET_OLD), (before,))
            execute(connection, self._text(_FORGET_LIGHT), (self._dialect.everything, most))

    def _text(self, statement: str) -> str:
        return statement.replace("?", self._dialect.mark)


def _key(name: Name) -> str:
    return "/".join(map(_hash, name))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
