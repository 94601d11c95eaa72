"""Gives TinyDB's documents the ids of their rows; the database keeps the count, no process does."""

# ruff: noqa: S608 - table and column names are checked when they are declared; values are always bound
from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from engine.store.statements import Statements

_LARGEST_ID = 2**63 - 1


def as_id(value: object) -> int | None:
    """Read ``value`` as an id; None if no row can have it (to TinyDB ``1`` and ``"1"`` are the same)."""
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
    count, beyond = len(given) - len(explicit), max(explicit, default=0)
    fresh = iter(statements.dialect.take_ids(connection, statements.spec, count, beyond))
    return [next(fresh) if doc_id is None else doc_id for doc_id in given]


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
