"""Heads of append-only chains and counters: single SQL statements with names, never search-then-update."""

# ruff: noqa: S608 - table and column names are those of a migration; values are always bound

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from engine.errors import BadRequestError, ConflictError
from engine.store.dialects import Dialect, dialect_of
from engine.store.driver import execute
from engine.store.transactions import Head, Transactions

_SELECT = "SELECT position, digest, latest FROM store_heads WHERE name = ?"
_ADVANCE = (
    "INSERT INTO store_heads (name, position, digest, latest) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (name) DO UPDATE SET position = excluded.position, digest = excluded.digest, "
    "latest = CASE WHEN excluded.latest > store_heads.latest "
    "THEN excluded.latest ELSE store_heads.latest END "
    "WHERE store_heads.position < excluded.position RETURNING position"
)
_TAKE = (
    "INSERT INTO store_counters (name, value) VALUES (?, ?) "
    "ON CONFLICT (name) DO UPDATE SET value = store_counters.value + excluded.value RETURNING value"
)


def read_head(connection: Connection, name: str) -> Head:
    """Return the head of chain ``name``; position 0 and no digest when it is new."""
    row = execute(connection, _marked(connection, _SELECT), (name,)).fetchone()
    return Head(0, "") if row is None else Head(*row)


def move_head(connection: Connection, name: str, head: Head) -> None:
    """Move the head of chain ``name`` forward, in the transaction that appended to it.

    A later time that it tells already stays.

    Raises:
        ConflictError: the head is there already or further, so the chain would fork.
    """
    values = (name, head.position, head.digest, head.latest)
    if execute(connection, _marked(connection, _ADVANCE), values).fetchone() is None:
        raise ConflictError(
            f"The chain {name} has reached position {head.position} already. Read its head inside the write "
            "transaction and append after it."
        )


def date_heads(connection: Connection, table: str, name: str, moment: str) -> None:
    """Let all heads tell the latest ``moment`` of the rows that name their chain in column ``name``."""
    execute(
        connection,
        f'UPDATE store_heads SET latest = COALESCE((SELECT max("{moment}") FROM "{table}" '
        f'WHERE "{table}"."{name}" = store_heads.name), \'\')',
        (),
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

    def advance(self, name: str, head: Head) -> None:
        """Move the head of chain ``name`` forward; a later time that it tells already stays.

        Raises:
            ConflictError: the head is there already or further, so the chain would fork.
        """
        with self._transactions.write_or_join() as connection:
            move_head(connection, name, head)
            held = self._transactions.held
            if held is not None and held[0] == name:
                self._transactions.held = name, replace(head, latest=max(head.latest, held[1].latest))

    def take_numbers(self, counter: str, count: int) -> int:
        """Return the first of ``count`` fresh positive numbers, in one statement."""
        if count < 1:
            raise BadRequestError(f"Cannot take {count} numbers from {counter}; take at least 1.")
        with self._transactions.write_or_join() as connection:
            [(last,)] = execute(connection, self._take, (counter, count)).fetchall()
        return int(last) - count + 1


def _marked(connection: Connection, text: str) -> str:
    return text.replace("?", dialect_of(connection).mark)
