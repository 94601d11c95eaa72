"""Plain SQL for the floor pages: ``sqlite3`` or psycopg, one connection per thread, nothing between."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg.rows import dict_row

Row = Mapping[str, Any]


class Connections(threading.local):
    """The connection of a thread; one that was opened before a fork is the other process's."""

    connection: Any = None
    process_id = 0


class SqliteStore:
    """Reads from an SQLite file."""

    def __init__(self, url: str) -> None:
        self._path, self._own = unquote(urlsplit(url).path[1:]), Connections()

    def rows(self, text: str, *given: object) -> Sequence[Row]:
        """Return what a statement reads; ``?`` stands for what is given."""
        own = self._own
        if own.process_id != os.getpid():
            own.connection = sqlite3.connect(self._path, isolation_level=None)
            own.connection.row_factory = sqlite3.Row
            own.process_id = os.getpid()
        found: Sequence[Row] = own.connection.execute(text, given).fetchall()
        return found

    @staticmethod
    def field(alias: str, name: str) -> str:
        """Write a field of a stored document that has no column, as text."""
        return f"{alias}.document->>'$.{name}'"

    @staticmethod
    def holds(text: str) -> str:
        """Write the condition that a text holds what is given."""
        return f"instr({text}, ?) > 0"

    @staticmethod
    def matching(word: str) -> tuple[str, str]:
        """Write the bare full-text match: who is found by a word's beginning, and what is given for it."""
        found = "store_piece_tokens JOIN store_pieces p ON p.piece_id = store_piece_tokens.rowid"
        return f"SELECT p.owner FROM {found} WHERE store_piece_tokens MATCH ?", f'"{word}" *'


class PostgresStore:
    """Reads from a database of PostgreSQL."""

    def __init__(self, url: str) -> None:
        self._url, self._own = url.replace("postgresql+psycopg:", "postgresql:"), Connections()

    def rows(self, text: str, *given: object) -> Sequence[Row]:
        """Return what a statement reads; ``?`` stands for what is given."""
        own = self._own
        if own.process_id != os.getpid():
            own.connection = psycopg.connect(self._url, autocommit=True, row_factory=dict_row)
            own.process_id = os.getpid()
        found: Sequence[Row] = own.connection.execute(text.replace("?", "%s"), given).fetchall()
        return found

    @staticmethod
    def field(alias: str, name: str) -> str:
        """Write a field of a stored document that has no column, as text."""
        return f"{alias}.document::json->>'{name}'"

    @staticmethod
    def holds(text: str) -> str:
        """Write the condition that a text holds what is given."""
        return f"strpos({text}, ?) > 0"

    @staticmethod
    def matching(word: str) -> tuple[str, str]:
        """Write the bare full-text match: who is found by a word's beginning, and what is given for it."""
        tokens = "array_to_tsvector(string_to_array(btrim(p.tokens), ' '))"
        return f"SELECT p.owner FROM store_pieces p WHERE {tokens} @@ CAST(? AS tsquery)", f"'{word}':*"


FloorStore = SqliteStore | PostgresStore


def open_store(url: str) -> FloorStore:
    """Return the store at a database URL; nothing is opened yet."""
    return SqliteStore(url) if url.startswith("sqlite") else PostgresStore(url)
