"""Runs fixed SQL straight on the driver: SQLAlchemy takes several times as long as SQLite itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine.interfaces import DBAPICursor

from engine.store.dialects import dialect_of
from engine.store.failures import VALUE_ERRORS, as_workbench_error, store_name


def execute(connection: Connection, text: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> DBAPICursor:
    """Run one statement in the transaction; the driver's errors become the engine's."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(text, params)
    except (connection.dialect.loaded_dbapi.Error, *VALUE_ERRORS) as error:
        _fold(connection, error)
    return cursor


def execute_many(connection: Connection, text: str, rows: Sequence[Sequence[Any]]) -> DBAPICursor:
    """Run one statement once per row of parameters; the cursor counts the rows it wrote in all."""
    if len(rows) == 1:
        return execute(connection, text, rows[0])
    cursor = connection.connection.cursor()
    try:
        cursor.executemany(text, rows)
    except (connection.dialect.loaded_dbapi.Error, *VALUE_ERRORS) as error:
        _fold(connection, error)
    return cursor


@contextmanager
def sent_together(connection: Connection) -> Iterator[None]:
    """Send the statements of a block in one round trip, where there is a way to go.

    Inside it a cursor's ``rowcount`` is not known yet; fetching waits for the answer, and so does the end of
    the block, also of an inner one. What is refused is raised by then, at the earliest by the next statement.
    """
    try:
        with dialect_of(connection).sent_together(connection):
            yield
    except connection.dialect.loaded_dbapi.Error as error:
        _fold(connection, error)


def _fold(connection: Connection, error: Exception) -> None:
    folded = as_workbench_error(error, store_name(connection.engine.url))
    if folded is not None:
        raise folded from error
    raise error
