"""Heads of append-only chains and counters: single SQL statements with names, never search-then-update."""

from __future__ import annotations

from sqlalchemy import Connection

from engine.errors import BadRequestError, ConflictError
from engine.store.dialects import Dialect, dialect_of
from engine.store.driver import execute
from engine.store.transactions import Head, Transactions

_SELECT = "SELECT position, digest FROM store_heads WHERE name = ?"
_ADVANCE = (
    "INSERT INTO store_heads (name, position, digest) VALUES (?, ?, ?) "
    "ON CONFLICT (name) DO UPDATE SET position = excluded.position, digest = excluded.digest "
    "WHERE store_heads.position < excluded.position RETURNING position"
)
_TAKE = (
    "INSERT INTO store_counters (name, value) VALUES (?, ?) "
    "ON CONFLICT (name) DO UPDATE SET value = store_counters.value + excluded.value RETURNING value"
)


def read_head(connection: Connection, name: str) -> Head:
    """Return the head of chain ``name``; position 0 and no digest when it is new."""
    row = execute(connection, _marked(connection, _SELECT), (name,)).fetchone()
    return Head(0, "") if row is None else Head(row[0], row[1])


def move_head(connection: Connection, name: str, head: Head) -> None:
    """Move the head of chain ``name`` forward, in the transaction that appended to it.

    Raises:
        ConflictError: the head is there already or further, so the chain would fork.
    """
    values = (name, head.position, head.digest)
    if execute(connection, _marked(connection, _ADVANCE), values).fetchone() is None:
        raise ConflictError(
            f"The chain {name} has reached position {head.position} already. Read its head inside the write "
            "transaction and append after it."
        )


class Chains:
    """The named heads and counters of one store."""

    def __init__(self, transactions: Transactions, dialect: Dialect) -> None:
        self._transactions = transactions
        self._take = _TAKE.replace("?", dialect.mark)

    def head(self, name: str) -> Head:
        """Return the head of chain ``name``; position 0 and no digest when it is new."""
        with self._transactions.read() as connection:
            return read_head(connection, name)

    def held_head(self, name: str) -> Head:
        """Return the head as this thread's write block, which locked it, knows it already; else read it."""
        held = self._transactions.held
        return held[1] if held is not None and held[0] == name else self.head(name)

    def advance(self, name: str, position: int, digest: str) -> None:
        """Move the head of chain ``name`` forward.

        Raises:
            ConflictError: the head is there already or further, so the chain would fork.
        """
        with self._transactions.write_or_join() as connection:
            move_head(connection, name, Head(position, digest))
            held = self._transactions.held
            if held is not None and held[0] == name:
                self._transactions.held = name, Head(position, digest)

    def take_numbers(self, counter: str, count: int) -> int:
        """Return the first of ``count`` fresh positive numbers, in one statement."""
        if count < 1:
            raise BadRequestError(f"Cannot take {count} numbers from {counter}; take at least 1.")
        with self._transactions.write_or_join() as connection:
            [(last,)] = execute(connection, self._take, (counter, count)).fetchall()
        return int(last) - count + 1


def _marked(connection: Connection, text: str) -> str:
    return text.replace("?", dialect_of(connection).mark)
