"""Runs fixed SQL straight on the driver: SQLAlchemy takes several times as long as SQLite itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine.interfaces import DBAPICursor

from engine.store.failures import VALUE_ERRORS, as_workbench_error, store_name


def execute(connection: Connection, text: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> DBAPICursor:
    """Run one statement in the transaction; the driver's errors become the engine's."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(text, params)
    except (connection.dialect.loaded_dbapi.Error, *VALUE_ERRORS) as error:
        _fold(connection, error)
    return cursor


def execute_many(connection: Connection, text: str, rows: Sequence[Sequence[Any]]) -> int:
    """Run one statement once per row of parameters; return how many rows it wrote in all."""
    if len(rows) == 1:
        return execute(connection, text, rows[0]).rowcount
    cursor = connection.connection.cursor()
    try:
        cursor.executemany(text, rows)
    except (connection.dialect.loaded_dbapi.Error, *VALUE_ERRORS) as error:
        _fold(connection, error)
    return cursor.rowcount


def _fold(connection: Connection, error: Exception) -> None:
    folded = as_workbench_error(error, store_name(connection.engine.url))
    if folded is not None:
        raise folded from error
    raise error
