"""Runs fixed SQL straight on the driver: SQLAlchemy takes several times as long as SQLite itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine.interfaces import DBAPICursor

from engine.store.dialects import dialect_of
from engine.store.failures import VALUE_ERRORS, as_workbench_error


def execute(connection: Connection, text: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> DBAPICursor:
    """Run one statement in the transaction; the driver's errors become the engine's."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(text, params)
    except (connection.dialect.loaded_dbapi.Error, *VALUE_ERRORS) as error:
        _fold(connection, error)
    return cursor


def execute_script(connection: Connection, text: str) -> None:
    """Run the statements of a text one after another in the transaction, as it is written."""
    with driver_errors(connection):
        cursor: Any = connection.connection.cursor()  # without values PostgreSQL takes several at once
        cursor.execute(text)


@contextmanager
def driver_errors(connection: Connection) -> Iterator[None]:
    """Make the driver's errors in the block the engine's, for what others than ``execute`` ask of it."""
    try:
        yield
    except (connection.dialect.loaded_dbapi.Error, *VALUE_ERRORS) as error:
        _fold(connection, error)


def execute_long(
    connection: Connection, text: str, params: Sequence[Any] | Mapping[str, Any] = ()
) -> DBAPICursor:
    """Run a statement that takes longer to plan than to run, as ``execute`` does: planned once, then kept."""
    around = dialect_of(connection).planned_once()
    if not around:
        return execute(connection, text, params)
    before, after = around
    with sent_together(connection):
        execute(connection, before)
        found = execute(connection, text, params)
        execute(connection, after)
    return found


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


def copy(connection: Connection, text: str, rows: Iterable[Sequence[Any]]) -> None:
    """Bring rows into a table of PostgreSQL with COPY."""
    cursor: Any = connection.connection.cursor()  # COPY is in no standard of drivers
    try:
        with cursor.copy(text) as target:
            for row in rows:
                target.write_row(row)
    except (connection.dialect.loaded_dbapi.Error, *VALUE_ERRORS) as error:
        _fold(connection, error)


@contextmanager
def sent_together(connection: Connection, rows: int = 1) -> Iterator[None]:
    """Send the statements of a block, which write about so many rows, in as few round trips as pays.

    Inside it a cursor's ``rowcount`` is not known yet; fetching waits for the answer, and so does the end of
    the block, also of an inner one. What is refused is raised by then, at the earliest by the next statement.
    """
    try:
        with dialect_of(connection).sent_together(connection, rows):
            yield
    except connection.dialect.loaded_dbapi.Error as error:
        _fold(connection, error)


def _fold(connection: Connection, error: Exception) -> None:
    folded = as_workbench_error(error, connection.engine.url)
    if folded is not None:
        raise folded from error
    raise error
