"""Copies of a whole store as it was at one moment: before a migration, and for a backup, while it is used.

A store of any version is copied, and put back, as it is: no table is looked into.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy
from sqlalchemy import URL, Connection

from engine.clock import SystemClock
from engine.errors import BadRequestError, ConflictError, UnavailableError
from engine.store.connections import file_of, is_in_memory, open_engine, open_to_look, parse_url
from engine.store.dialects import dialect_named
from engine.store.failures import shown
from engine.store.migrations import HEADS, MIGRATIONS_TABLE

#: How long a connection of a backup is waited for.
_PATIENCE_SECONDS = 5.0
_HEADS = f"SELECT name, position, digest FROM {HEADS.name} ORDER BY name"  # noqa: S608 - a constant
_VERSION = f"SELECT max(version) FROM {MIGRATIONS_TABLE.name}"  # noqa: S608 - a constant


@dataclass(frozen=True)
class Copied:
    """What a copy of a store is of."""

    #: The kind of database.
    database: str
    #: The version of its shape.
    schema_version: int
    #: Where its tables are in the database; empty where that has no such places.
    schema: str
    #: The ends of its chains: name -> (entries, digest of the last).
    heads: Mapping[str, tuple[int, str]]


def backup_pattern(url: URL, version: int) -> str | None:
    """Give where the copy of a store would go, ``<time>`` in its name; None where no file is to be copied."""
    file = file_of(url)
    return None if file is None else str(_path(file, version, "<time>"))


def _path(file: Path, version: int, moment: str) -> Path:
    return file.with_name(f"{file.name}.version-{version}.{moment}.backup")


def back_up(url: URL, version: int) -> Path | None:
    """Copy the store as its last commit left it; return the copy, None where there is no file to copy.

    It is called inside the write transaction of the first migration, so that no write falls between the copy
    and the change. The copy is there whole or not at all.

    Raises:
        UnavailableError: the copy cannot be made; nothing was migrated.
    """
    file = file_of(url)
    if file is None:
        return None
    path = _path(file, version, f"{SystemClock().now():%Y%m%dT%H%M%S%fZ}")
    part = path.with_suffix(".part")
    try:
        _copy(file, part)
        part.replace(path)
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):  # it may not be there, and what went wrong is told below
            part.unlink()
        raise UnavailableError(
            f"The store cannot be backed up to {path}: {error}. Nothing was migrated. Make room, or give "
            "this user the right to write there, and try again."
        ) from error
    return path


def _copy(file: Path, part: Path) -> None:
    """Copy through SQLite's backup API, which takes the log too, and bring it to the disk."""
    part.touch(mode=file.stat().st_mode & 0o777)
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(part)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
    with part.open("rb") as written:
        os.fsync(written.fileno())


def kind_of(url: str) -> str:
    """Name the kind of database at a URL.

    Raises:
        BadRequestError: it is not understood, or names a store in memory, which nobody can copy.
    """
    address = parse_url(url)
    if is_in_memory(address):
        raise BadRequestError("A store in memory ends with its program; it cannot be backed up.")
    return dialect_named(address.get_backend_name()).name


def programs_for(url: str) -> tuple[str, ...]:
    """Name the programs that copying a store takes, and putting it back, beside this one."""
    return () if file_of(parse_url(url)) is not None else ("pg_dump", "pg_restore")


def size_of(url: str) -> int:
    """Return how many bytes the database takes on its disk.

    Raises:
        UnavailableError: it cannot be asked.
    """
    address = parse_url(url)
    file = file_of(address)
    if file is not None:
        return file.stat().st_size
    with _snapshot(address) as connection:
        return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())


def copy_store(url: str, target: Path) -> Copied:
    """Write a copy of the store to the file ``target``: all that was committed when this began, or more.

    Whoever works with the store goes on meanwhile; nobody waits.

    Raises:
        UnavailableError: the database cannot be read, or the copy cannot be written; says what to do.
    """
    address, kind = parse_url(url), kind_of(url)
    file = file_of(address)
    if file is None:
        return _dump(address, kind, target)
    try:
        _copy(file, target)
        with closing(sqlite3.connect(target)) as copy:
            heads = {name: (position, digest) for name, position, digest in copy.execute(_HEADS)}
            (version,) = copy.execute(_VERSION).fetchone()
    except sqlite3.Error as error:
        raise UnavailableError(f"The store {shown(address)} cannot be copied: {error}.") from error
    return Copied(kind, version, "", heads)


def refuse_used(url: str) -> None:
    """Refuse to put a copy where anything is already.

    Raises:
        ConflictError: there is a file, or the database has tables; says what to do.
    """
    address = parse_url(url)
    file = file_of(address)
    if file is not None:
        there = [
            path for path in (file, *(Path(f"{file}{end}") for end in ("-wal", "-shm"))) if path.exists()
        ]
        if there:
            raise ConflictError(
                f"{there[0]} is there already; nothing was changed. Stop every program that uses it, move it "
                "away together with its -wal and -shm files, and repeat this."
            )
        return
    engine = open_to_look(address, _PATIENCE_SECONDS)
    with closing(_Disposing(engine)), engine.connect() as connection:
        tables = sqlalchemy.inspect(connection).get_table_names()
    if tables:
        raise ConflictError(
            f"{shown(address)} holds tables already; nothing was changed. Stop every program that uses it, "
            "make an empty database, and name that."
        )


def put_back(url: str, source: Path, schema: str) -> None:
    """Bring a copy of a store that was in this ``schema`` back to where nothing is: all of it, or nothing.

    Raises:
        ConflictError: something is there (``refuse_used``).
        UnavailableError: it cannot be written; says what to do.
    """
    refuse_used(url)
    address = parse_url(url)
    file = file_of(address)
    if file is None:
        _make_schema(address, schema)
        words = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
        # No pattern here. What is in the schema is put back, and not the schema, which may be there.
        _run("pg_restore", address, [*words, f"--schema={schema}", str(source)])
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.part")
    try:
        with part.open("wb") as target, source.open("rb") as copy:
            part.chmod(0o600)
            shutil.copyfileobj(copy, target)
            target.flush()
            os.fsync(target.fileno())
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)


def _dump(address: URL, kind: str, target: Path) -> Copied:
    """Have PostgreSQL's own program write what one snapshot holds, and read the ends of chains in that."""
    with _snapshot(address) as connection:
        (snapshot,) = connection.exec_driver_sql("SELECT pg_export_snapshot()").one()
        heads = {row.name: (row.position, row.digest) for row in connection.exec_driver_sql(_HEADS)}
        version = connection.exec_driver_sql(_VERSION).scalar_one()
        # The database may hold other things, such as loaded exports, in schemas of their own.
        (schema,) = connection.exec_driver_sql("SELECT current_schema()").one()
        words = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
        words.append(f"--schema={_as_pattern(schema)}")
        target.touch(mode=0o600)
        _run("pg_dump", address, [*words, f"--file={target}"])
    return Copied(kind, version, schema, heads)


def _as_pattern(schema: str) -> str:
    """Write the name of a schema so that PostgreSQL's programs take every sign of it for itself."""
    return '"' + schema.replace('"', '""') + '"'


def _make_schema(address: URL, schema: str) -> None:
    """Make the schema that a copy is of, unless it is there.

    Raises:
        ConflictError: programs that are given this address would look for their tables in another one.
    """
    with _snapshot(address) as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {_as_pattern(schema)}")
        (found,) = connection.exec_driver_sql("SELECT current_schema()").one()
        if found != schema:
            raise ConflictError(
                f"The backup is of the schema {schema}, and {shown(address)} has its tables in {found}; "
                f"nothing was changed there. Add ?options=-csearch_path={schema} to its address."
            )


@contextmanager
def _snapshot(address: URL) -> Iterator[Connection]:
    engine, _ = open_engine(address, _PATIENCE_SECONDS)
    with closing(_Disposing(engine)), engine.connect() as plain:
        connection = plain.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


@dataclass
class _Disposing:
    """Closes the connections of an engine."""

    engine: sqlalchemy.Engine

    def close(self) -> None:
        """Close them."""
        self.engine.dispose()


def _run(program: str, address: URL, words: Sequence[str]) -> None:
    """Run a program of PostgreSQL on a database; its password goes by the environment, which nobody reads.

    Raises:
        UnavailableError: it is not installed, or failed; says why in its words.
    """
    found = shutil.which(program)
    if found is None:
        raise UnavailableError(
            f"{program} is not installed here: PostgreSQL's own programs back up its stores and put them "
            "back. Install them (postgresql-client), of the server's release or a later one."
        )
    kind = dialect_named(address.get_backend_name()).name
    plain = address.set(drivername=kind, password=None).render_as_string(hide_password=False)
    environment = {**os.environ, **({"PGPASSWORD": str(address.password)} if address.password else {})}
    done = subprocess.run(  # noqa: S603 - a program of the system's, on the operator's own database
        [found, f"--dbname={plain}", "--no-password", *words],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = " ".join(done.stderr.split())[:1000]
        raise UnavailableError(f"{program} failed for {shown(address)}: {said}")
