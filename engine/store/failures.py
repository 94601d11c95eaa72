"""The one place that turns a database driver's error into an error of the engine."""

from __future__ import annotations

import sqlite3

from sqlalchemy import URL, Engine, event, exc
from sqlalchemy.engine import ExceptionContext

from engine.errors import BadRequestError, ConflictError, UnavailableError, WorkbenchError

#: What the drivers raise for values: half characters, and whole numbers beyond 64 bits.
VALUE_ERRORS = (UnicodeEncodeError, OverflowError)
#: Beginnings of SQLite's symbolic error names, and what they mean to an operator.
_SQLITE: tuple[tuple[str, str], ...] = (
    (
        "SQLITE_FULL",
        "The disk that holds {store} is full. Nothing was changed. Free some space and try again.",
    ),
    (
        "SQLITE_READONLY",
        (
            "{store} can only be read: the file or its folder is read-only. Nothing was changed. "
            "Give this user the right to write there and try again."
        ),
    ),
    (
        "SQLITE_BUSY",
        (
            "{store} was locked by another process for too long. Nothing was changed. Try again; "
            "if it goes on, look for a process that holds a transaction open."
        ),
    ),
    ("SQLITE_LOCKED", "{store} was locked for too long. Nothing was changed. Try again."),
    (
        "SQLITE_CANTOPEN",
        (
            "{store} cannot be opened: it is a folder, or the folder it lies in is missing or read-only. "
            "Nothing was changed. Check the path and the right to write there, or name another database."
        ),
    ),
    (
        "SQLITE_NOTADB",
        "{store} is not a database file. Name another path, or move that file away and restore a backup.",
    ),
    (
        "SQLITE_CORRUPT",
        "{store} is damaged. Stop writing to it, keep a copy, and restore the last backup.",
    ),
    (
        "SQLITE_IOERR",
        "The disk failed while {store} was in use. Nothing was changed. Check the disk and try again.",
    ),
)
#: The same for PostgreSQL's SQLSTATE classes and codes; longer ones first.
_POSTGRESQL: tuple[tuple[str, str], ...] = (
    ("53100", "The disk of {store} is full. Nothing was changed. Free some space there and try again."),
    ("53300", "{store} takes no more connections. Try again, or raise max_connections there."),
    (
        "0A000",
        "{store} cannot do this now: {reason}. If it is a standby, connect to the primary; else try again.",
    ),
    ("25006", "{store} can only be read (a standby or a read-only role). Connect to the primary server."),
    ("42501", "The user of {store} lacks a right: {reason}. Grant it and try again."),
    (
        "55P03",
        (
            "{store}: a lock was not given in time. Nothing was changed. Try again; if it goes on, look for "
            "a transaction that stays open."
        ),
    ),
    ("40", "{store}: two transactions stood in each other's way. Nothing was changed. Try again."),
    ("57", "{store} ended the connection ({reason}). Try again in a moment."),
    ("08", "{store} ended the connection ({reason}). Try again in a moment."),
    ("53", "{store} has run out of a resource: {reason}. Nothing was changed. Try again later."),
    ("28", "{store} refused the sign-in: {reason}. Check user and password in the database URL."),
    ("3D", "{store} does not exist on that server. Create it, or name another database."),
)


def store_name(url: URL) -> str:
    """Return how messages name the database, without its password."""
    return f"the database {url.render_as_string(hide_password=True)}"


def fold_errors(engine: Engine) -> None:
    """Make SQLAlchemy's ``engine`` raise errors of our engine."""
    store = store_name(engine.url)

    def fold(context: ExceptionContext) -> None:
        error = as_workbench_error(context.original_exception, store)
        if error is not None:
            raise error from context.original_exception

    event.listen(engine, "handle_error", fold)


def as_workbench_error(error: BaseException, store: str) -> WorkbenchError | None:
    """Give the error that a driver's error means to a caller; None where it is a mistake of the program."""
    if isinstance(error, sqlite3.Error):
        return _from_sqlite(error, store)
    return _bad_value(error) if isinstance(error, VALUE_ERRORS) else _from_postgresql(error, store)


def pool_exhausted(error: exc.TimeoutError, store: str) -> UnavailableError:
    """Give the error for a pool whose connections all stayed in use."""
    return UnavailableError(
        _sentence(f"{store}: all connections of this process are in use. Try again in a moment. ({error})")
    )


def _sentence(text: str) -> str:
    """Return the text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def _from_sqlite(error: sqlite3.Error, store: str) -> WorkbenchError | None:
    name: str = getattr(error, "sqlite_errorname", "") or ""
    text = str(error)
    if name in {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_ROWID"}:
        columns = text.partition(": ")[2]
        table = columns.partition(".")[0]
        return _duplicate(table, columns.replace(f"{table}.", ""))
    if name == "SQLITE_CONSTRAINT_TRIGGER":
        return _append_only(text)
    for beginning, message in _SQLITE:
        if name.startswith(beginning):
            return UnavailableError(_sentence(message.format(store=store)))
    return None


def _from_postgresql(error: BaseException, store: str) -> WorkbenchError | None:
    import psycopg  # noqa: PLC0415 - a store in a file is opened without it

    if not isinstance(error, psycopg.Error):
        return None
    state = error.sqlstate or ""
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if state == "23505":
        detail = error.diag.message_detail or ""
        return _duplicate(error.diag.table_name or "", detail.partition("(")[2].partition(")")[0])
    if state == "P0001" and reason.startswith("append-only: "):
        return _append_only(reason)
    if isinstance(error, psycopg.DataError):
        return _bad_value(error)
    for beginning, message in _POSTGRESQL:
        if state.startswith(beginning):
            return UnavailableError(_sentence(message.format(store=store, reason=reason)))
    if not state and isinstance(error, psycopg.OperationalError):
        return UnavailableError(
            _sentence(
                f"{store} cannot be reached: {reason}. Check that the server runs and that "
                "the database URL is right."
            )
        )
    return None


def _duplicate(table: str, columns: str) -> ConflictError:
    return ConflictError(
        f"{table} already holds a record with the same {columns}. Nothing was changed. "
        "Use another value, or change the record that is there."
    )


def _bad_value(error: BaseException) -> BadRequestError:
    """Give the error for a value that no column can hold or be compared with."""
    return BadRequestError(
        f"A value cannot be kept or looked for: {str(error).splitlines()[0]}. Nothing was changed. "
        "Use text without control characters, and numbers of at most 18 digits."
    )


def _append_only(text: str) -> ConflictError:
    return ConflictError(
        f"{text.removeprefix('append-only: ')}: its rows are never changed. Add a new row instead."
    )
