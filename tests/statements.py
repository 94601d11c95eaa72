"""Counts what a piece of work asks of the database: every statement on either driver, whoever sends it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy.pool import base as pool

#: The statements that open and close blocks, and set connections up, are not asked about anything.
_AROUND = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA", "SET", "SHOW")
#: What the pool asks a connection of PostgreSQL that it lends again: whether it still lives.
_PING = ("SELECT 1", "", ";")
_now = threading.local()


class Sent(str):
    """The text of a statement, with what it was sent with; of many rows the first."""

    params: Any = ()


def _note(text: Any, params: Any = (), *_: Any) -> None:
    noted: list[Sent] | None = getattr(_now, "noted", None)
    words = text if isinstance(text, str) else str(text)
    is_around = words.strip() in _PING or words.lstrip().upper().startswith(_AROUND)
    if noted is not None and not is_around:
        sent = Sent(" ".join(words.split()))
        sent.params = params
        noted.append(sent)


class _SqliteCursor(sqlite3.Cursor):
    def execute(self, text: str, *given: Any) -> Any:
        _note(text, *given)
        return super().execute(text, *given)

    def executemany(self, text: str, rows: Any) -> Any:
        _note(text, next(iter(rows), ()))
        return super().executemany(text, rows)


class _PostgresCursor(psycopg.Cursor[Any]):
    def execute(self, query: Any, *given: Any, **options: Any) -> Any:
        _note(query, *given)
        return super().execute(query, *given, **options)

    def executemany(self, query: Any, *given: Any, **options: Any) -> Any:
        _note(query)
        return super().executemany(query, *given, **options)

    def copy(self, statement: Any, *given: Any, **options: Any) -> Any:
        _note(statement)
        return super().copy(statement, *given, **options)


@contextmanager
def counted() -> Iterator[list[Sent]]:
    """Give the list of the statements that this thread sends inside the block.

    SQLAlchemy's events do not see what ``engine.store.driver`` runs: what both use are the pool's cursors.
    """
    original = pool._ConnectionFairy.cursor

    def cursor(fairy: Any, *given: Any, **options: Any) -> Any:
        connection = fairy.dbapi_connection
        if isinstance(connection, sqlite3.Connection):
            return connection.cursor(_SqliteCursor)
        connection.cursor_factory = _PostgresCursor
        return original(fairy, *given, **options)

    noted: list[Sent] = []
    pool._ConnectionFairy.cursor = cursor  # type: ignore[method-assign]  # for the tests alone
    _now.noted = noted
    try:
        yield noted
    finally:
        pool._ConnectionFairy.cursor = original  # type: ignore[method-assign]
        _now.noted = None
