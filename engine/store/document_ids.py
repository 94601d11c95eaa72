"""Gives documents the ids of their rows; the database keeps the count, no process does."""

# ruff: noqa: S608 - table and column names are checked when they are declared; values are always bound
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from engine.store.statements import Statements

_LARGEST_ID = 2**63 - 1
_SEQUENCE = "pg_get_serial_sequence(%s, 'doc_id')"


def as_id(value: Any) -> int | None:
    """Return ``value`` as an id, None if no row can have it (TinyDB takes ``1`` and ``"1"`` for the same)."""
    try:
        number = int(str(value))
    except ValueError:
        return None
    return number if str(number) == str(value) and abs(number) <= _LARGEST_ID else None


def assign_ids(connection: Connection, statements: Statements, given: Sequence[int | None]) -> list[int]:
    """Return an id per document: the given one, or a fresh one that is larger than all there are.

    Raises:
        ValueError: a given id is taken, by a row or by another document of the same call.
    """
    explicit = [doc_id for doc_id in given if doc_id is not None]
    if explicit:
        _check_free(connection, statements, explicit)
    fresh = iter(_take(connection, statements, len(given) - len(explicit), max(explicit, default=0)))
    return [next(fresh) if doc_id is None else doc_id for doc_id in given]


def restart_ids(connection: Connection, statements: Statements) -> None:
    """Let the ids of an empty table start at 1 again."""
    if statements.dialect == "postgresql":
        connection.exec_driver_sql(f"SELECT setval({_SEQUENCE}, 1, false)", (statements.table,))
    elif not statements.spec.key:
        connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (statements.spec.name,))


def _check_free(connection: Connection, statements: Statements, explicit: list[int]) -> None:
    condition, params = statements.ids_condition(explicit)
    taken = {
        row[0]
        for row in connection.exec_driver_sql(f"SELECT doc_id FROM {statements.table}{condition}", params)
    }
    for doc_id in explicit:
        if doc_id in taken:
            raise ValueError(f"Document with ID {doc_id} already exists")
        taken.add(doc_id)


def _take(connection: Connection, statements: Statements, count: int, beyond: int) -> Sequence[int]:
    if statements.dialect == "postgresql":
        return _take_from_sequence(connection, statements.table, count, beyond)
    if not count:
        return []
    # BEGIN IMMEDIATE holds off every other writer, so the largest id stays the largest.
    largest = connection.exec_driver_sql(f"SELECT max(doc_id) FROM {statements.table}").scalar() or 0
    if not statements.spec.key:
        used = connection.exec_driver_sql(
            "SELECT seq FROM sqlite_sequence WHERE name = ?", (statements.spec.name,)
        ).scalar()
        largest = max(largest, used or 0)
    first = max(largest, beyond) + 1
    return range(first, first + count)


def _take_from_sequence(connection: Connection, table: str, count: int, beyond: int) -> list[int]:
    if beyond > 0:
        connection.exec_driver_sql(
            f"SELECT setval(sequence, GREATEST(%s, COALESCE(pg_sequence_last_value(sequence), 0))) "
            f"FROM (SELECT {_SEQUENCE}::regclass AS sequence) AS named",
            (beyond, table),
        )
    if not count:
        return []
    numbers = connection.exec_driver_sql(
        f"SELECT nextval({_SEQUENCE}) FROM generate_series(1, %s)", (table, count)
    )
    return [row[0] for row in numbers]
