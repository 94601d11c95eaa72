"""What the statements of this process take, and which of them are slow (NFR-028).

Both drivers are measured where all statements come by, whoever sends them: at their cursors. Of SQLite, rows
that are taken one by one (``fetchone``) are not measured: that would cost each row more than it takes.
"""

from __future__ import annotations

import logging
import math
import re
import sqlite3
import threading
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Self

_log = logging.getLogger(__name__)
#: Texts within a statement: the product binds its values, so these are words of its own. Nobody has to trust
#: that: a log tells none.
_TEXTS = re.compile(r"'(?:[^']|'')*'")
_LONGEST_SHAPE = 500


class Spent(threading.local):
    """What one thread has spent so far; whoever wants to know of a while takes the difference."""

    #: Statements that it has sent.
    statements: int = 0
    #: Seconds that it waited for the database, or computed in SQLite.
    seconds: float = 0.0
    #: Statements among them that were slow.
    slow: int = 0


spent = Spent()


@dataclass
class _Limit:
    """From how many seconds on a statement is slow, in this process."""

    seconds: float = math.inf


_limit = _Limit()


def tell_of_slow(milliseconds: int) -> None:
    """Log each statement of this process from now on that takes so long; 0 for none."""
    _limit.seconds = milliseconds / 1000 if milliseconds else math.inf


def shape_of(statement: str) -> str:
    """Give a statement as a log may tell it: in one line, without a value."""
    return " ".join(_TEXTS.sub("'…'", statement[: 4 * _LONGEST_SHAPE]).split())[:_LONGEST_SHAPE]


def judge(statement: Any, seconds: float, before: float = 0.0) -> None:
    """Log a statement if it has been slow with these seconds, and was not with those ``before`` them."""
    if before < _limit.seconds <= before + seconds:
        spent.slow += 1
        _log.warning("slow statement, %d ms: %s", (before + seconds) * 1000, shape_of(str(statement)))


class SqliteCursor(sqlite3.Cursor):
    """A cursor of SQLite that is measured."""

    _statement: str = ""
    #: What the statement has taken so far: SQLite computes while rows are taken.
    _seconds: float = 0.0

    def execute(self, statement: str, *given: Any) -> Self:
        """Run a statement up to its first row."""
        self._statement, self._seconds = statement, 0.0
        began = perf_counter()
        try:
            return super().execute(statement, *given)
        finally:
            spent.statements += 1
            self._add(perf_counter() - began)

    def executemany(self, statement: str, rows: Any) -> Self:
        """Run a statement for each of some rows."""
        self._statement, self._seconds = statement, 0.0
        began = perf_counter()
        try:
            return super().executemany(statement, rows)
        finally:
            spent.statements += 1
            self._add(perf_counter() - began)

    def fetchall(self) -> list[Any]:
        """Take all rows that are left."""
        began = perf_counter()
        try:
            return super().fetchall()
        finally:
            self._add(perf_counter() - began)

    def fetchmany(self, size: int | None = None) -> list[Any]:
        """Take some rows."""
        began = perf_counter()
        try:
            return super().fetchmany(self.arraysize if size is None else size)
        finally:
            self._add(perf_counter() - began)

    def _add(self, seconds: float) -> None:
        spent.seconds += seconds
        judge(self._statement, seconds, self._seconds)
        self._seconds += seconds


class SqliteConnection(sqlite3.Connection):
    """A connection to SQLite that is measured."""

    def cursor(self, factory: Any = SqliteCursor) -> Any:
        """Open a cursor."""
        return super().cursor(factory)

    def commit(self) -> None:
        """Keep what was written, which waits for the disk."""
        began = perf_counter()
        try:
            super().commit()
        finally:
            seconds = perf_counter() - began
            spent.seconds += seconds
            judge("COMMIT", seconds)
