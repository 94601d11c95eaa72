"""A PostgreSQL that does not answer: noticed within seconds, and then nobody waits for it (G2).

Every wait of the driver has a limit, and so has the look at a connection that was kept. Once one of them has
waited in vain, all others of the process are refused at once for a few seconds; then one tries again.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Generator
from typing import Any, Self, TypeVar, cast

import psycopg
from psycopg import errors
from sqlalchemy import Connection, Dialect, Engine, event, exc
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from engine.errors import StoreUnavailableError
from engine.store import timeouts
from engine.store.circuit import Circuit
from engine.store.measuring import judge, spent

Got = TypeVar("Got")
#: How often a wait looks whether it has lasted too long.
_LOOK_EVERY_SECONDS = 0.1
_IS_NEW = "is_new"


def _is_the_first_error(record: logging.LogRecord) -> bool:
    """Whether the driver tells more than that it took a block back, after an error that is raised anyway."""
    return not str(record.msg).startswith("error ignored ")


logging.getLogger("psycopg").addFilter(_is_the_first_error)


class SilentError(psycopg.OperationalError):
    """The server has not answered in time; the connection is closed."""


class _MeasuredCursor(psycopg.Cursor[Any]):
    """A cursor whose statements are counted, and told where they are slow."""

    def execute(self, query: Any, *given: Any, **options: Any) -> Self:
        """Run a statement; within a pipeline it is only sent."""
        began = time.perf_counter()
        try:
            return super().execute(query, *given, **options)
        finally:
            spent.statements += 1
            judge(query, time.perf_counter() - began)

    def executemany(self, query: Any, *given: Any, **options: Any) -> None:
        """Run a statement for each of some rows."""
        began = time.perf_counter()
        try:
            super().executemany(query, *given, **options)
        finally:
            spent.statements += 1
            judge(query, time.perf_counter() - began)


class Watched(psycopg.Connection[Any]):
    """A connection whose waits end."""

    circuit: Circuit
    #: How long it is waited for a byte of the server.
    patience_seconds: float

    def wait(
        self,
        gen: Generator[Any, Any, Got],
        interval: float = _LOOK_EVERY_SECONDS,
        timeout: float | None = None,
    ) -> Got:
        """Wait as the driver does, though not for a server that is silent.

        Raises:
            SilentError: nothing came for too long, or others have found the server silent meanwhile.
        """
        began = time.perf_counter()
        try:
            return super().wait(self._with_patience(gen), interval, timeout)
        except SilentError:
            self.circuit.has_failed()
            self.pgconn.finish()
            raise
        finally:
            spent.seconds += time.perf_counter() - began

    def _with_patience(self, gen: Generator[Any, Any, Got]) -> Generator[Any, Any, Got]:
        began = heard_at = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                now = time.monotonic()
                if ready:
                    heard_at = now
                elif now - heard_at > self._patience(began):
                    gen.close()
                    raise SilentError(f"no answer for {now - heard_at:.0f} seconds")
                wanted = gen.send(ready)
        except StopIteration as done:
            return cast(Got, done.value)

    def _patience(self, began: float) -> float:
        if self.circuit.has_failed_since(began):
            return min(self.patience_seconds, timeouts.PING_SECONDS)
        return self.patience_seconds


class Connector:
    """Opens the connections of one engine, and looks at those that were kept before they are used."""

    def __init__(self, lock_seconds: float) -> None:
        self.circuit = Circuit()
        #: Whether requests are served, which wait for no statement longer than people do.
        self.serves = False
        self._lock_seconds = lock_seconds

    def attend(self, engine: Engine) -> None:
        """Open every connection of ``engine`` from now on."""
        event.listen(engine, "do_connect", self._connect)
        event.listen(engine, "connect", _mark_as_new)

        def look(connection: Watched, entry: ConnectionPoolEntry, _proxy: object) -> None:
            if not entry.info.pop(_IS_NEW, False):
                self._look_at(engine.dialect, connection)

        event.listen(engine, "checkout", look)
        event.listen(engine, "begin", _begin)

    def _connect(
        self, _dialect: Dialect, _entry: ConnectionPoolEntry, words: tuple[Any, ...], given: dict[str, Any]
    ) -> DBAPIConnection:
        """Connect.

        Raises:
            StoreUnavailableError: the database keeps its texts in no encoding.
            psycopg.Error: it cannot be reached, or refuses.
        """
        try:
            connection = Watched.connect(*words, **self._asked(given))
        except errors.ConnectionTimeout as error:
            self.circuit.has_failed()
            raise SilentError(f"no answer for {timeouts.CONNECT_SECONDS} seconds") from error
        except psycopg.Error:
            self.circuit.has_answered()
            raise
        self.circuit.has_answered()
        connection.circuit, connection.patience_seconds = self.circuit, self._patience_seconds
        connection.cursor_factory = _MeasuredCursor
        if connection.pgconn.parameter_status(b"server_encoding") == b"SQL_ASCII":
            connection.close()
            raise StoreUnavailableError(
                "The database has the encoding SQL_ASCII, which tells no letter from another. Nothing was "
                "changed. Make one with CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0."
            )
        return cast(DBAPIConnection, connection)

    @property
    def _patience_seconds(self) -> float:
        return timeouts.SILENCE_SECONDS if self.serves else timeouts.WORK_SECONDS

    def _asked(self, given: dict[str, Any]) -> dict[str, Any]:
        """Give what is asked of the driver and the server; what the URL says comes first."""
        limits = {"lock_timeout": self._lock_seconds}
        if self.serves:
            limits |= {
                "statement_timeout": timeouts.STATEMENT_SECONDS,
                "idle_in_transaction_session_timeout": timeouts.IDLE_SECONDS,
            }
        ours = " ".join(f"-c {name}={seconds * 1000:.0f}" for name, seconds in limits.items())
        return {
            "connect_timeout": timeouts.CONNECT_SECONDS,
            "application_name": f"workbench {os.getpid()}",
            **timeouts.WIRE,
            **given,
            "options": f"{ours} {given.get('options', '')}".strip(),
        }

    def _look_at(self, dialect: Dialect, connection: Watched) -> None:
        """Ask a kept connection whether it is alive; have it replaced where the server has ended it.

        Raises:
            SilentError: the server does not answer.
        """
        connection.patience_seconds = timeouts.PING_SECONDS
        try:
            dialect.do_ping(cast(DBAPIConnection, connection))
        except SilentError:
            raise
        except psycopg.Error as error:
            raise exc.InvalidatePoolError from error
        connection.patience_seconds = self._patience_seconds
        self.circuit.has_answered()


def _begin(connection: Connection) -> None:
    """Begin a snapshot READ ONLY, and a write as the database has it: READ WRITE would overrule that (G9)."""
    options = connection.get_execution_options()
    cast(Watched, connection.connection.driver_connection).read_only = options.get("store_reads") or None
    if (brief := options.get("lock_seconds")) is not None:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {brief * 1000:.0f}")


def _mark_as_new(_connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    entry.info[_IS_NEW] = True
