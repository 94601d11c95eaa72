"""Opens the connection pool of a database URL, with the settings that make writes durable and safe."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, QueuePool

from engine.errors import BadRequestError, UnavailableError
from engine.store import timeouts
from engine.store.driver import execute
from engine.store.failures import file_replaced, fold_errors
from engine.store.measuring import SqliteConnection

if TYPE_CHECKING:
    from engine.store.silence import Connector

#: At most this many connections per process, kept and extra together (store.md).
POOL_KEPT, POOL_EXTRA = 10, 40
#: What each connection to SQLite may keep in memory; 4 MiB. A write of another process empties it anyway, and
#: what one page or one write touches at 100,000 tasks fits: with four times as much neither costs less, with
#: half of it a start costs a seventh more (P5). The connection given back last is taken first, so that few of
#: a pool fill it.
_CACHE_KIB = 4 * 1024
#: So many pages of 4 KiB, 16 MB, gather in the log before they are copied into the file. What many writes
#: touch, such as the ends of indexes, is copied once then: with SQLite's own 1,000, a look at 900 reminders
#: cost a seventh more, and took half as long again.
_PAGES_IN_LOG = 4_000
_IN_MEMORY = (None, "", ":memory:")
#: Which log a connection has open. SQLite keeps it as long as anybody has the file open: where another one
#: has its name, or none, a backup was put in the place of the store, and what is written goes nowhere (S24).
_LOG = "log"


def parse_url(text: str) -> URL:
    """Return the SQLAlchemy URL of ``sqlite:///path``, ``sqlite://`` or ``postgresql://...``.

    Raises:
        BadRequestError: another kind of database, or not a URL.
    """
    try:
        url = make_url(text)
    except (ArgumentError, NoSuchModuleError, ValueError):  # whose words may show a part of the password
        url = URL.create("unknown")
    kind = url.drivername.partition("+")[0]
    if kind == "sqlite" and not url.host:
        return url.set(drivername="sqlite")
    if kind in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    raise BadRequestError(
        "The database URL is not understood. Use sqlite:///folder/file.db (three slashes, four for an "
        "absolute path) or postgresql://user:password@host:port/database; in user and password write "
        "@ as %40, / as %2F and : as %3A."
    )


def is_in_memory(url: URL) -> bool:
    """Return whether the store lives only as long as its ``DocumentStore``."""
    return url.get_backend_name() == "sqlite" and url.database in _IN_MEMORY


def file_of(url: URL) -> Path | None:
    """Give the file of a SQLite store, None for every other store."""
    if url.get_backend_name() != "sqlite" or is_in_memory(url):
        return None
    name = url.database or ""
    return Path(unquote(urlsplit(name).path)) if name.startswith("file:") else Path(name)


def open_engine(url: URL, patience_seconds: float) -> tuple[Engine, Connector | None]:
    """Return a pooled engine; ``patience_seconds`` is how long locks and connections are waited for.

    With it comes what watches over connections to a server; a file has none.
    """
    if url.get_backend_name() == "sqlite":
        engine = _sqlite_engine(url, patience_seconds)
        fold_errors(engine, url)
        return engine, None
    from engine.store.silence import Connector  # noqa: PLC0415 - a store in a file is opened without psycopg

    engine = create_engine(
        url,
        pool_size=POOL_KEPT,
        max_overflow=POOL_EXTRA,
        pool_timeout=patience_seconds,
        pool_use_lifo=True,
        hide_parameters=True,  # an error tells no values to the log
    )
    connector = Connector(patience_seconds)
    connector.attend(engine)
    fold_errors(engine, url)
    return engine, connector


def for_others(engine: Engine) -> dict[str, Any]:
    """Give what a library opens connections of its own by, to the same database, with the same patience."""
    _, given = engine.dialect.create_connect_args(engine.url)
    del given["context"]  # how SQLAlchemy alone reads and writes values
    return {
        "connect_timeout": timeouts.CONNECT_SECONDS,
        "application_name": f"workbench {os.getpid()}",
        **timeouts.WIRE,
        **given,
    }


def open_to_look(url: URL, patience_seconds: float) -> Engine:
    """Return an engine for reads that leave the store as it is: no file is made, no journal mode is changed.

    SQLite's read-only mode would leave the files of a log beside a store that nobody else has open.
    """
    file = file_of(url)
    if file is None:
        return open_engine(url, patience_seconds)[0]
    as_it_is = url.set(database=f"file:{quote(str(file))}", query={"mode": "rw", "uri": "true"})
    engine = create_engine(as_it_is, poolclass=NullPool, connect_args={"timeout": patience_seconds})
    fold_errors(engine, url)
    return engine


def _sqlite_engine(url: URL, patience_seconds: float) -> Engine:
    in_memory = is_in_memory(url)
    file = file_of(url)
    log = None if file is None else Path(f"{file.resolve()}-wal")
    if not in_memory and not (url.database or "").startswith("file:"):
        _make_folder(Path(url.database or "").parent)
        _make_private(Path(url.database or ""))
    engine = create_engine(
        url,
        poolclass=QueuePool,
        # A store in memory is its one connection: threads take turns on it.
        pool_size=1 if in_memory else POOL_KEPT,
        max_overflow=0 if in_memory else POOL_EXTRA,
        pool_timeout=patience_seconds,
        pool_use_lifo=True,
        hide_parameters=True,  # an error tells no values to the log
        connect_args={
            "check_same_thread": False,
            "timeout": patience_seconds,
            "factory": SqliteConnection,
        },
    )

    def connected(connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
        # The driver must not open transactions by itself: ``begin`` below does, with the right kind.
        connection.isolation_level = None
        connection.execute(_busy_timeout(patience_seconds))
        _use_wal(connection, patience_seconds)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        # Negative means KiB.
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        connection.execute(f"PRAGMA wal_autocheckpoint={_PAGES_IN_LOG}")
        # Without it INSERT OR REPLACE deletes rows behind the append-only triggers.
        connection.execute("PRAGMA recursive_triggers=ON")
        entry.info[_LOG] = _identity(log)

    def begin(connection: Connection) -> None:
        opened = connection.info[_LOG]
        if opened is not None and _identity(log) != opened:
            raise file_replaced(url)
        options = connection.get_execution_options()
        brief, begin_with = options.get("lock_seconds"), options.get("sqlite_begin", "BEGIN")
        if brief is None:
            execute(connection, begin_with)
            return
        execute(connection, _busy_timeout(brief))
        try:
            execute(connection, begin_with)
        finally:
            execute(connection, _busy_timeout(patience_seconds))

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begin)
    return engine


def _identity(file: Path | None) -> tuple[int, int] | None:
    """Tell a file from another one that has its name; None where there is none."""
    try:
        found = file.stat() if file is not None else None
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found is not None else None


def _busy_timeout(seconds: float) -> str:
    return f"PRAGMA busy_timeout={seconds * 1000:.0f}"


def _use_wal(connection: sqlite3.Connection, patience_seconds: float) -> None:
    """Switch to WAL once per file; SQLite does not wait by itself when two processes do it together."""
    if connection.execute("PRAGMA journal_mode").fetchone()[0] in {"wal", "memory"}:
        return
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if tables and "store_migrations" not in tables:  # of something else: it is refused, as it is (S24)
        return
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > deadline:
                raise
            time.sleep(0.005)
        else:
            # The log is opened by a read, and only then does its last other reader leave it where it is.
            connection.execute("PRAGMA user_version").fetchone()
            return


def _make_private(file: Path) -> None:
    """Make a file that only its owner may read, unless it is there: SQLite would make it for everybody (S26).

    The files of the log beside it get its mode.
    """
    try:
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError:  # it is there, or connecting says why it cannot be made
        return


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnavailableError(
            f"The folder {folder} for the database cannot be made: {error.strerror}. "
            "Check the path and the rights."
        ) from error
