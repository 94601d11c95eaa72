"""Plain SQL for the floor pages: ``sqlite3`` or psycopg, one connection per thread, nothing between."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg.rows import dict_row

Row = Mapping[str, Any]


class SqliteStore:
    """Reads from an SQLite file."""

    def __init__(self, url: str) -> None:
        self._path = unquote(urlsplit(url).path[1:])
        self._own = threading.local()

    def rows(self, text: str, *given: object) -> Sequence[Row]:
        """Return what a statement reads; ``?`` stands for what is given."""
        if not hasattr(self._own, "connection"):
            self._own.connection = sqlite3.connect(self._path, isolation_level=None)
            self._own.connection.row_factory = sqlite3.Row
        found: Sequence[Row] = self._own.connection.execute(text, given).fetchall()
        return found

    @staticmethod
    def field(alias: str, name: str) -> str:
        """Write a field of a stored document that has no column, as text."""
        return f"{alias}.document->>'$.{name}'"

    @staticmethod
    def holds(column: str) -> str:
        """Write the condition that a text holds another."""
        return f"instr({column}, ?) > 0"


class PostgresStore:
    """Reads from a database of PostgreSQL."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("postgresql+psycopg:", "postgresql:")
        self._own = threading.local()

    def rows(self, text: str, *given: object) -> Sequence[Row]:
        """Return what a statement reads; ``?`` stands for what is given."""
        if not hasattr(self._own, "connection"):
            self._own.connection = psycopg.connect(self._url, autocommit=True, row_factory=dict_row)
        found: Sequence[Row] = self._own.connection.execute(text.replace("?", "%s"), given).fetchall()
        return found

    @staticmethod
    def field(alias: str, name: str) -> str:
        """Write a field of a stored document that has no column, as text."""
        return f"{alias}.document::json->>'{name}'"

    @staticmethod
    def holds(column: str) -> str:
        """Write the condition that a text holds another."""
        return f"strpos({column}, ?) > 0"


FloorStore = SqliteStore | PostgresStore


def open_store(url: str) -> FloorStore:
    """Return the store at a database URL; nothing is opened yet."""
    return SqliteStore(url) if url.startswith("sqlite") else PostgresStore(url)
