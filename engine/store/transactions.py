"""Transactions of one thread: write blocks, snapshot reads, savepoints for nested blocks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import URL, Connection, Engine, exc
from sqlalchemy.pool import QueuePool

from engine.errors import StoreUnavailableError, StoreVersionError, UnavailableError
from engine.store import timeouts
from engine.store.circuit import Circuit
from engine.store.connections import file_of, is_in_memory, open_engine
from engine.store.dialects import Dialect
from engine.store.driver import execute
from engine.store.failures import (
    connection_lost,
    file_replaced,
    is_silent,
    locked_by,
    outcome_unknown,
    pool_exhausted,
    store_name,
    was_locked,
    was_lost,
)
from engine.store.migrations import MIGRATIONS_TABLE

_VERSION = f"SELECT max(version) FROM {MIGRATIONS_TABLE.name}"  # noqa: S608 - a constant
#: The version and the head that a write begins with, in one round trip. PostgreSQL locks the table of
#: versions before it waits for the head, so that no upgrade comes in between.
_BEGIN = f"SELECT ({_VERSION}), position, digest, latest FROM store_heads WHERE name = "  # noqa: S608 - a constant
_MAKE_HEAD = "INSERT INTO store_heads (name, position, digest) VALUES (%s, 0, '') ON CONFLICT DO NOTHING"


@dataclass(frozen=True)
class Head:
    """The end of an append-only chain: how many entries it has, and the digest of the last."""

    position: int
    digest: str
    #: The latest time that any of them tells, as ``engine.clock`` writes it; empty where none does.
    latest: str = ""


class _Current(threading.local):
    """What this thread has open; threads share nothing."""

    connection: Connection | None = None
    writing: bool = False
    #: What whoever opened its block keeps until the block ends, by their own keys.
    kept: dict[Any, Any] | None = None
    #: The head that its write block holds, by name: nobody else moves it.
    held: tuple[str, Head] | None = None
    #: What is being done without the store; None while it may be asked.
    sealed_for: str | None = None


class Transactions:
    """The pool of one database, and the block each thread has open on it."""

    def __init__(self, url: URL, dialect: Dialect, patience_seconds: float) -> None:
        self.engine, self._connector = open_engine(url, patience_seconds)
        #: Whether the store is one connection, which threads take turns on.
        self.in_memory = is_in_memory(url)
        self._locks_heads = dialect.locks_heads
        self._begin_with = f"{_BEGIN}{dialect.mark}{dialect.row_lock}"
        #: What every outermost write begins with: a look at the version of the store.
        self.check_version: Callable[[Connection, int], None] | None = None
        self._url, self._dialect = url, dialect
        self._current = _Current()
        self._closed = False
        self._writer: Engine = self.engine.execution_options(**dialect.writer_options)
        brief = min(patience_seconds, timeouts.BRIEF_LOCK_SECONDS)
        self._brief_writer: Engine = self._writer.execution_options(lock_seconds=brief)
        #: Whether the lock that a write takes was just waited for in vain, by the name of its head.
        self._circuits: dict[str | None, Circuit] = {}
        self._reader: Engine = self.engine.execution_options(**dialect.reader_options)
        self._file = None if self.in_memory else file_of(url)
        #: Which file that was when the store was opened: another may be put in its place.
        self._opened: tuple[int, int] | None = None

    @property
    def current(self) -> Connection | None:
        """The connection of the block this thread is in, if any."""
        return self._current.connection

    @property
    def current_write(self) -> Connection | None:
        """The connection of the write block this thread is in, if any.

        Raises:
            RuntimeError: the thread is in a read block, whose snapshot cannot become a write.
        """
        if self._current.connection is not None and not self._current.writing:
            raise RuntimeError("This thread is inside read(); leave that block before you write.")
        return self._current.connection

    @property
    def is_writing(self) -> bool:
        """Whether this thread is in a write block."""
        return self._current.writing

    @contextmanager
    def write(self, lock: str | None = None) -> Iterator[Connection]:
        """Open a write transaction, or a savepoint inside one; any exception rolls it back.

        Once a lock was waited for in vain, one write at a time waits for it in full, and the others of this
        process briefly, until one is committed: who waits keeps a thread from answering others (G11).
        """
        connection = self.current_write
        if connection is not None:
            self._current.held = None  # whatever the savepoint does to the head may be rolled back
            with connection.begin_nested():
                if lock is not None and self._locks_heads:
                    self._take(connection, lock)
                yield connection
            return
        circuit = self._circuits.setdefault(lock if self._locks_heads else None, Circuit())
        writer = self._writer if circuit.may_try() else self._brief_writer
        with self._begin(writer, circuit) as connection, self._as_current_write(connection):
            self._enter(connection, lock)
            yield connection
        circuit.has_answered()

    @property
    def kept(self) -> dict[Any, Any]:
        """What is kept for as long as the block lasts that this thread is in, and let go with it."""
        if self._current.kept is None:
            raise RuntimeError("This thread is in no block; nothing would let go what it keeps.")
        return self._current.kept

    @property
    def held(self) -> tuple[str, Head] | None:
        """The name of the head that this thread's write block holds, and where it stands."""
        return self._current.held

    @held.setter
    def held(self, held: tuple[str, Head]) -> None:
        self._current.held = held

    @contextmanager
    def write_or_join(self) -> Iterator[Connection]:
        """Give the write block this thread is in, without a savepoint, else open one of its own."""
        connection = self.current_write
        if connection is not None:
            yield connection
            return
        with self.write() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a snapshot; inside a block, give that block's connection."""
        if self._current.connection is not None:
            yield self._current.connection
            return
        with self._begin(self._reader) as connection:
            current = self._current
            current.connection, current.kept = connection, {}
            try:
                yield connection
            finally:
                current.connection = current.kept = None

    @contextmanager
    def read_apart(self) -> Iterator[Connection]:
        """Open a snapshot that does not become this thread's block, for generators that outlive a call."""
        if self._current.connection is not None:
            yield self._current.connection
            return
        with self._begin(self._reader) as connection:
            yield connection

    @contextmanager
    def read_fresh(self) -> Iterator[Connection]:
        """Open a snapshot of now, beside whatever block this thread is in."""
        with self._begin(self._reader) as connection:
            yield connection

    @contextmanager
    def sealed(self, doing: str) -> Iterator[None]:
        """Refuse this thread every statement inside the block: whatever runs there has read all it needs.

        Raises:
            RuntimeError: a block is open already, or one is opened inside; the message names ``doing``.
        """
        if self._current.connection is not None:
            raise RuntimeError(f"{doing} inside a transaction. Leave that block first.")
        outer, self._current.sealed_for = self._current.sealed_for, doing
        try:
            yield
        finally:
            self._current.sealed_for = outer

    @property
    def connections(self) -> tuple[int, int]:
        """How many connections are in use now, and how many are kept for whoever asks next."""
        pool = cast(QueuePool, self.engine.pool)
        return pool.checkedout(), pool.checkedin()

    def begin_serving(self) -> None:
        """Wait from now on for no statement longer than people wait for a page."""
        if self._connector is not None:
            self._connector.serves = True
            self.engine.dispose()

    def disconnect(self) -> None:
        """Close the connections that nobody uses now; later calls open new ones.

        Raises:
            RuntimeError: the store is in memory, where its one connection is all there is.
        """
        if self.in_memory:
            raise RuntimeError("a store in memory ends with its connection")
        self.engine.dispose()

    def close(self) -> None:
        """Close all connections; later calls are refused."""
        self._closed = True
        self.engine.dispose()

    @contextmanager
    def _begin(self, engine: Engine, circuit: Circuit | None = None) -> Iterator[Connection]:
        if self._closed:
            raise StoreUnavailableError(f"The store is closed: {store_name(self._url)}. Open it again.")
        if self._current.sealed_for is not None:
            raise RuntimeError(f"{self._current.sealed_for} and asks the store. Read it before.")
        connection = self._connect(engine)
        is_done = False
        try:
            with connection, connection.begin():
                yield connection
                is_done = True
        except exc.PendingRollbackError as error:  # it was lost, and whoever heard of it went on
            raise connection_lost(self._url) from error
        except UnavailableError as error:
            if is_done and circuit is not None and was_lost(error):
                raise outcome_unknown(error) from error
            if was_locked(error):
                if engine is self._writer and circuit is not None:
                    circuit.has_failed()
                if holder := self._holder_of_lock():
                    raise locked_by(holder, error) from error
            raise
        except (exc.DBAPIError, connection.dialect.loaded_dbapi.Error) as error:
            self._look_for_upgrade(error)
            raise

    def _connect(self, engine: Engine) -> Connection:
        self._require_same_file()
        if self._connector is not None and not self._connector.circuit.may_try():
            raise is_silent(self._url)
        try:
            return engine.connect()
        except exc.TimeoutError as error:
            raise pool_exhausted(self._url) from error

    def _holder_of_lock(self) -> str | None:
        """Say whose transaction it was that a lock was waited for in vain; None where nobody can tell."""
        try:
            with self._reader.connect() as connection, connection.begin():
                return self._dialect.oldest_holder(connection)
        except UnavailableError:
            return None  # what was waited for in vain is told all the same

    def _look_for_upgrade(self, error: Exception) -> None:
        """Say that a newer release took away what a statement needs, if that is why it failed (G8).

        Raises:
            StoreVersionError: it is.
        """
        if self.check_version is None or self.in_memory:
            return
        with self.engine.connect() as connection:
            try:
                self.check_version(connection, self._version(connection))
            except StoreVersionError as upgraded:
                raise upgraded from error

    def _require_same_file(self) -> None:
        """Refuse to go on with a file that is not there any more: what is written to it is lost (S24)."""
        if self._file is None:
            return
        try:
            found = self._file.stat()
        except OSError:  # connecting says why, unless it was there before
            is_same = self._opened is None
        else:
            self._opened = self._opened or (found.st_dev, found.st_ino)
            is_same = self._opened == (found.st_dev, found.st_ino)
        if not is_same:
            raise file_replaced(self._url)

    @contextmanager
    def _as_current_write(self, connection: Connection) -> Iterator[None]:
        self._current.connection, self._current.writing, self._current.kept = connection, True, {}
        try:
            yield
        finally:
            self._current.connection, self._current.writing = None, False
            self._current.kept = self._current.held = None

    def _enter(self, connection: Connection, lock: str | None) -> None:
        """Look at the version, and take the head of that name, in one statement."""
        if lock is not None:
            version, *head = self._take(connection, lock)
            self._current.held = lock, Head(*head)
        elif self.check_version is not None:
            version = self._version(connection)
        if self.check_version is not None:
            self.check_version(connection, version or 0)

    def _take(self, connection: Connection, lock: str) -> Sequence[Any]:
        """Give the version and the head, which is locked, on SQLite by BEGIN IMMEDIATE already."""
        found = execute(connection, self._begin_with, (lock,)).fetchone()
        if found is None and self._locks_heads:
            execute(connection, _MAKE_HEAD, (lock,))
            found = execute(connection, self._begin_with, (lock,)).fetchone()
        return found or (self._version(connection), 0, "", "")

    def _version(self, connection: Connection) -> int:
        row = execute(connection, _VERSION).fetchone()
        return (row[0] if row else None) or 0
