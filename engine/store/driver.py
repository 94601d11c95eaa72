"""Runs fixed SQL straight on the driver: SQLAlchemy takes several times as long as SQLite itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from sqlalchemy import Connection
from sqlalchemy.engine.interfaces import DBAPICursor

from engine.store.failures import VALUE_ERRORS, as_workbench_error, store_name


def execute(connection: Connection, text: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> DBAPICursor:
    """Run one statement in the transaction; the driver's errors become the engine's."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(text, params)
    except (sqlite3.Error, psycopg.Error, *VALUE_ERRORS) as error:
        _fold(connection, error)
    return cursor


def execute_many(connection: Connection, text: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run one statement once per row of parameters."""
    if len(rows) == 1:
        execute(connection, text, rows[0])
        return
    try:
        connection.connection.cursor().executemany(text, rows)
    except (sqlite3.Error, psycopg.Error, *VALUE_ERRORS) as error:
        _fold(connection, error)


def _fold(connection: Connection, error: Exception) -> None:
    folded = as_workbench_error(error, store_name(connection.engine.url))
    if folded is not None:
        raise folded from error
    raise error
