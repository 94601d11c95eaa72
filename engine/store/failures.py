"""The one place that turns a database driver's error into an error of the engine.

Each has two forms: one for the operator, which names the database and gives the driver's reason without a
password, and one for whoever happens to ask the board, which tells nothing of where the database is (G3).
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from sqlalchemy import URL, Engine, event
from sqlalchemy.engine import ExceptionContext

from engine.errors import (
    BadRequestError,
    ConflictError,
    OutcomeUnknownError,
    StoreUnavailableError,
    UnavailableError,
    WorkbenchError,
)
from engine.store import timeouts

#: What the drivers raise for values: half characters, and whole numbers beyond 64 bits.
VALUE_ERRORS = (UnicodeEncodeError, OverflowError)
#: The part of a database URL's query that messages show; anything else may hold a secret.
_SHOWN = frozenset({"host", "port", "sslmode", "application_name", "target_session_attrs", "mode", "uri"})
_HIDDEN = "***"
_UNCHANGED = "Nothing was changed."
_UNKNOWN_TO_ALL = "Whether it was kept is not known: check before you send it again."
#: What the drivers call a lock that was not given in time.
_LOCKED = frozenset({"55P03", "SQLITE_BUSY", "SQLITE_BUSY_TIMEOUT"})
_HELD = (
    "something else writes to {store} and has not let others write for longer than it is waited for "
    f"({timeouts.LOCK_SECONDS:.0f} seconds, "
    f"{timeouts.BRIEF_LOCK_SECONDS} after others waited without success)"
)


@dataclass(frozen=True)
class _Failure:
    """What a driver's error means."""

    #: What is wrong, told of ``{store}``.
    cause: str
    #: What the operator is to do.
    advice: str
    #: Whether the driver's own words say more.
    has_reason: bool = False

    def error(self, url: URL, reason: str) -> StoreUnavailableError:
        """Make the error: the operator reads where and why, everybody else what."""
        because = f" ({reason})" if self.has_reason and reason else ""
        cause = self.cause.format(store=store_name(url), user=url.username or "")
        told = self.cause.format(store="the database", user="its own")
        return StoreUnavailableError(
            _sentence(f"{cause}{because}. {_UNCHANGED} {self.advice}"),
            public=_sentence(f"{told}. {_UNCHANGED}"),
        )


_DISK_FULL = _Failure("the disk that holds {store} is full", "Free some space and try again.")
#: Beginnings of SQLite's symbolic error names, and what they mean; longer ones first.
_SQLITE: dict[str, _Failure] = {
    "SQLITE_FULL": _DISK_FULL,
    # Whoever opens the file next to a full disk cannot even read: its index of the log finds no place.
    "SQLITE_IOERR_SHMSIZE": _DISK_FULL,
    "SQLITE_READONLY": _Failure(
        "{store} can only be read: the file or its folder is read-only",
        "Give this user the right to write there and try again.",
    ),
    "SQLITE_BUSY": _Failure(
        _HELD,
        "Try again; if it goes on, look for a process that holds a transaction open (`fuser` names those "
        "that have the file open).",
    ),
    "SQLITE_LOCKED": _Failure("{store} was locked for too long", "Try again."),
    "SQLITE_CANTOPEN": _Failure(
        "{store} cannot be opened: it is a folder or another user's, or the folder it lies in is missing or "
        "read-only",
        "Check the path, and as whom this runs: it needs the right to write there. Or name another database.",
    ),
    "SQLITE_NOTADB": _Failure(
        "{store} is not a database file", "Name another path, or move that file away and restore a backup."
    ),
    "SQLITE_CORRUPT": _Failure(
        "{store} is damaged", "Stop writing to it, keep a copy, and restore the last backup."
    ),
    "SQLITE_IOERR": _Failure(
        "the disk failed while {store} was in use: it is broken, or its file system went away",
        "Check the disk and try again.",
        has_reason=True,
    ),
    "SQLITE_NOMEM": _Failure("this process has no memory left for {store}", "Free some and try again."),
}
_GONE = _Failure("{store} ended the connection", "Try again in a moment.", has_reason=True)
_PASSWORD = _Failure(
    "{store} refuses the password of the user {user}", "Correct it in the database URL (WORKBENCH_DATABASE)."
)
_ENTRY = _Failure(
    "{store} does not let the user {user} in from here",
    "Check the user in the database URL, and pg_hba.conf on the server.",
    has_reason=True,
)
_ENCRYPTED = _Failure(
    "{store} and this program do not agree on an encrypted connection",
    "Set sslmode in the database URL as the server wants it: disable, require, or verify-full with "
    "sslrootcert.",
    has_reason=True,
)
_MISSING = _Failure("{store} does not exist on that server", "Create it, or name another database.")
_FULL_HOUSE = _Failure(
    "{store} takes no more connections",
    "Try again; if it goes on, raise max_connections there, or let fewer processes answer.",
)
_STARTS_OR_ENDS = _Failure(
    "{store} ended the connection or takes none: its server starts or shuts down",
    "Try again in a moment.",
    has_reason=True,
)
_SILENT = _Failure(
    "{store} does not answer",
    "Check that its server runs and is not overloaded, and the network between.",
    has_reason=True,
)
#: The same for PostgreSQL's SQLSTATE codes and classes; longer ones first.
_POSTGRESQL: dict[str, _Failure] = {
    "0A000": _Failure(
        "{store} cannot do this now",
        "If it is a standby, connect to the primary; else try again.",
        has_reason=True,
    ),
    "25006": _Failure(
        "{store} can only be read: it is a standby, or a setting of the server, the database or the role "
        "makes it read-only",
        "Connect to the primary server, or end default_transaction_read_only. Pages can be read meanwhile.",
    ),
    "25P03": _Failure(
        "{store} ended a transaction in which nothing happened for too long", "Try again.", has_reason=True
    ),
    "28P01": _PASSWORD,
    "28000": _ENTRY,
    "3D000": _MISSING,
    "3F000": _Failure(
        "{store} has no schema in which tables could be made",
        "Create the schema that search_path names, or correct search_path.",
        has_reason=True,
    ),
    "42501": _Failure("the user {user} of {store} lacks a right", "Grant it and try again.", has_reason=True),
    "42P01": _Failure(
        "{store} lacks a table that Workbench has made",
        "Somebody dropped it, or search_path leads to another schema: correct that, or restore a backup.",
        has_reason=True,
    ),
    "53100": _Failure("the disk of {store} is full", "Free some space there and try again."),
    "53200": _Failure("the server of {store} has no memory left", "Try again; give it more, or less to do."),
    "53300": _FULL_HOUSE,
    "53": _Failure("{store} has run out of a resource", "Try again later.", has_reason=True),
    "55P03": _Failure(
        _HELD,
        "Try again; if it goes on, look for a transaction that stays open.",
    ),
    "57014": _Failure(
        f"{{store}} gave up a statement that took too long ({timeouts.STATEMENT_SECONDS:.0f} seconds)",
        "Ask for less at once, or look what keeps the server busy.",
        has_reason=True,
    ),
    "57P01": _STARTS_OR_ENDS,
    "57P02": _STARTS_OR_ENDS,
    "57P03": _STARTS_OR_ENDS,
    "57P04": _MISSING,
    "57P05": _GONE,
    "57": _GONE,
    "58": _Failure("the system under {store} failed", "Check its disk and its log.", has_reason=True),
    "08": _GONE,
    "40": _Failure("in {store} two transactions stood in each other's way", "Try again."),
    "XX001": _Failure(
        "{store} is damaged", "Stop writing to it and restore the last backup.", has_reason=True
    ),
    "XX002": _Failure("an index of {store} is damaged", "REINDEX it.", has_reason=True),
}
#: What a refused connection is told by: its error has no code, only words of the driver and the server.
_CONNECTING: dict[str, _Failure] = {
    "too many": _FULL_HOUSE,
    "password authentication failed": _PASSWORD,
    "no password supplied": _PASSWORD,
    "authentication failed": _ENTRY,
    "no encryption": _ENCRYPTED,
    "support SSL": _ENCRYPTED,
    "SSL error": _ENCRYPTED,
    "SSL connection": _ENCRYPTED,
    "certificate": _ENCRYPTED,
    "pg_hba.conf": _ENTRY,
    "is not permitted to log in": _ENTRY,
    "permission denied for database": _ENTRY,
    'role "': _ENTRY,
    'database "': _MISSING,
    "remaining connection slots": _FULL_HOUSE,
    "the database system is": _STARTS_OR_ENDS,
    "resolve host": _Failure(
        "the host of {store} is not known", "Check its name in the database URL.", has_reason=True
    ),
    "translate host name": _Failure(
        "the host of {store} is not known", "Check its name in the database URL.", has_reason=True
    ),
    "Connection refused": _Failure(
        "{store} cannot be reached: nobody listens there",
        "Check that the server runs, and host and port in the database URL.",
    ),
    "No such file or directory": _Failure(
        "{store} cannot be reached: nobody listens there",
        "Check that the server runs, and the folder of its socket in the database URL.",
        has_reason=True,
    ),
}
_UNREACHABLE = _Failure(
    "{store} cannot be reached",
    "Check that the server runs and that the database URL is right.",
    has_reason=True,
)


def shown(url: URL) -> str:
    """Return a database URL as messages show it: without a password, wherever that stands."""
    query = {name: value if name in _SHOWN else _HIDDEN for name, value in url.query.items()}
    plain = url.set(drivername=url.drivername.partition("+")[0], query=query)  # as ``psql`` takes it
    return plain.render_as_string(hide_password=True).replace("%2A%2A%2A", _HIDDEN)


def store_name(url: URL) -> str:
    """Return how messages for operators name the database."""
    return f"the database {shown(url)}"


def fold_errors(engine: Engine, url: URL) -> None:
    """Make SQLAlchemy's ``engine`` raise errors of our engine, which name the store as its operator does."""

    def fold(context: ExceptionContext) -> None:
        # A dead connection that was kept is replaced, and nobody has to hear of it.
        error = None if context.is_pre_ping else as_workbench_error(context.original_exception, url)
        if error is not None:
            raise error from context.original_exception

    event.listen(engine, "handle_error", fold)


def as_workbench_error(error: BaseException, url: URL) -> WorkbenchError | None:
    """Give the error that a driver's error means to a caller; None where it is a mistake of the program."""
    if isinstance(error, sqlite3.Error):
        return _from_sqlite(error, url)
    return _bad_value(error) if isinstance(error, VALUE_ERRORS) else _from_postgresql(error, url)


def pool_exhausted(url: URL) -> StoreUnavailableError:
    """Give the error for a pool whose connections all stayed in use."""
    failure = _Failure(
        "all connections of this process to {store} are in use", "Try again; see what keeps them busy."
    )
    return failure.error(url, "")


def file_replaced(url: URL) -> StoreUnavailableError:
    """Give the error for a file, or its log, that is another than the one a program has open (S24)."""
    return StoreUnavailableError(
        f"The file of {store_name(url)} was moved, deleted or replaced while this program had "
        "it open. Nothing was changed. Stop every program that uses it, put the right file in its "
        "place, without the -wal and -shm files of another, and start again.",
        public="The file of the database was moved, deleted or replaced. Nothing was changed.",
    )


def was_locked(error: UnavailableError) -> bool:
    """Whether a lock was waited for in vain."""
    cause = error.__cause__
    name = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
    return name in _LOCKED


def locked_by(holder: str, error: UnavailableError) -> UnavailableError:
    """Tell the operator whose transaction it was that a lock was waited for in vain (G11).

    Names of programs and processes are nobody else's business (G3).
    """
    return StoreUnavailableError(f"{error.message} It is held by {holder}.", public=error.public)


def was_lost(error: UnavailableError) -> bool:
    """Whether the connection was lost, so that nobody knows what became of the last statement."""
    if not isinstance(error.__cause__, Exception) or isinstance(error.__cause__, sqlite3.Error):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state.startswith(("57P", "08"))


def outcome_unknown(error: UnavailableError) -> OutcomeUnknownError:
    """Give the error of a write that the database was to confirm when it was lost."""
    unknown = (
        "It was to confirm a write, and whether that was kept is not known: check before you do it again."
    )
    return OutcomeUnknownError(
        f"{error.message.replace(_UNCHANGED, unknown)}",
        public=f"The database was lost while it was to confirm what you sent. {_UNKNOWN_TO_ALL}",
    )


def connection_lost(url: URL) -> StoreUnavailableError:
    """Give the error of a block that goes on after its connection was lost."""
    return _GONE.error(url, "")


def is_silent(url: URL) -> StoreUnavailableError:
    """Give the error of a request that does not wait for a database which did not answer others."""
    return _SILENT.error(url, "others have just waited without an answer; it is asked again in a few seconds")


def _sentence(text: str) -> str:
    """Return the text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def _from_sqlite(error: sqlite3.Error, url: URL) -> WorkbenchError | None:
    name: str = getattr(error, "sqlite_errorname", "") or ""
    text = str(error)
    if name in {"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_ROWID"}:
        columns = text.partition(": ")[2]
        table = columns.partition(".")[0]
        return _duplicate(table, columns.replace(f"{table}.", ""))
    if name == "SQLITE_CONSTRAINT_TRIGGER":
        return _append_only(text)
    found = next((meant for beginning, meant in _SQLITE.items() if name.startswith(beginning)), None)
    return None if found is None else found.error(url, text)


def _from_postgresql(error: BaseException, url: URL) -> WorkbenchError | None:
    import psycopg  # noqa: PLC0415 - a store in a file is opened without it

    if not isinstance(error, psycopg.Error):
        return None
    state, reason = error.sqlstate or "", _reason(error, url)
    if state == "23505":
        detail = error.diag.message_detail or ""
        return _duplicate(error.diag.table_name or "", detail.partition("(")[2].partition(")")[0])
    if state == "P0001" and reason.startswith("append-only: "):
        return _append_only(reason)
    if isinstance(error, psycopg.DataError):
        return _bad_value(error)
    if not state:
        is_connection = isinstance(error, psycopg.OperationalError)
        return _connecting(error, reason).error(url, reason) if is_connection else None
    found = next((meant for beginning, meant in _POSTGRESQL.items() if state.startswith(beginning)), None)
    return None if found is None else found.error(url, reason)


def _connecting(error: Exception, reason: str) -> _Failure:
    """Tell why there is no connection, by words: libpq gives no code while it connects."""
    from engine.store.silence import SilentError  # noqa: PLC0415 - as psycopg, which it is made of

    if isinstance(error, SilentError):
        return _SILENT
    if reason.startswith(("consuming input failed", "the connection is", "sending query failed")):
        return _GONE
    return next((meant for words, meant in _CONNECTING.items() if words in reason), _UNREACHABLE)


def _reason(error: Exception, url: URL) -> str:
    """Give the driver's own words in one line, without what the URL keeps secret."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    if lines and "failed:" in text and len(lines) > 1:
        text = " ".join(lines)  # a host with several addresses, and what each of them said
    secrets = [url.password, *(value for name, value in url.query.items() if name not in _SHOWN)]
    for secret in secrets:
        if isinstance(secret, str) and secret:
            text = text.replace(secret, _HIDDEN)
    return text


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
