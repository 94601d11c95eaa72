"""``Database``: a TinyDB whose tables are SQL tables of documents, on SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ClassVar

import sqlalchemy
import tinydb
from sqlalchemy import Connection

from engine.errors import StoreVersionError
from engine.store.catalogue import Catalogue
from engine.store.chains import Chains, Head
from engine.store.connections import is_in_memory, parse_url
from engine.store.migrations import (
    INITIAL,
    MIGRATIONS_TABLE,
    Migration,
    apply_step,
    create_store,
    stored_version,
)
from engine.store.rows import Search, select_together
from engine.store.schema import Dialect, TableSpec
from engine.store.statements import Statements
from engine.store.storage import SqlStorage
from engine.store.table import DocumentTable
from engine.store.transactions import Transactions

#: Any number will do, as long as every process that makes tables takes the same.
_CREATION_LOCK = "SELECT pg_advisory_xact_lock(7306153)"


class Database(tinydb.TinyDB):
    """A store of documents at a URL, with TinyDB's API.

    ``Database(url)`` behaves like TinyDB and makes tables on first use. With ``tables`` it has those and
    refuses others. A store that does not exist is created. ``migrations`` are the steps from version 2 on
    that led to these tables, oldest first; released steps never change.

    Raises:
        StoreVersionError: the store is newer than this program, or older and ``migrate`` is false.
        UnavailableError: the store cannot be opened.
        BadRequestError: the URL is not understood.
    """

    table_class: type[DocumentTable] = DocumentTable
    #: How long locks and connections are waited for before a call gives up.
    patience_seconds: ClassVar[float] = 20.0

    def __init__(
        self,
        url: str,
        tables: Iterable[TableSpec] | None = None,
        *,
        migrations: Sequence[Migration] = (),
        migrate: bool = False,
    ) -> None:
        parsed = parse_url(url)
        self.url = parsed.render_as_string(hide_password=True)
        #: Whether the store lives only as long as this object.
        self.in_memory = is_in_memory(parsed)
        self._transactions = Transactions(parsed, self.patience_seconds)
        self.dialect: Dialect = "postgresql" if self._transactions.is_postgresql else "sqlite"
        self._chains = Chains(self._transactions, self.dialect)
        self._catalogue = Catalogue(self.dialect, tables)
        self._steps = (INITIAL, *migrations)
        #: What opening this store has migrated, in words.
        self.migrated: list[str] = []
        super().__init__(self, storage=SqlStorage)
        try:
            self._prepare(migrate=migrate)
        except BaseException:
            self.close()
            raise

    # --- transactions ---------------------------------------------------------------------------

    def write(self, lock: str | None = None) -> AbstractContextManager[Connection]:
        """Open a write transaction: it commits on leaving and rolls back on any exception.

        SQLite begins with BEGIN IMMEDIATE. PostgreSQL runs READ COMMITTED and, with ``lock``, locks the head
        of that name before anything is read. A nested block is a savepoint. After a refused statement leave
        the innermost block before going on.
        """
        return self._transactions.write(lock)

    def read(self) -> AbstractContextManager[Connection]:
        """Open a snapshot for reading; inside ``write()`` it is the same connection."""
        return self._transactions.read()

    def read_apart(self) -> AbstractContextManager[Connection]:
        """Open a snapshot as ``read()`` does, without making it this thread's current block."""
        return self._transactions.read_apart()

    def sealed(self, doing: str) -> AbstractContextManager[None]:
        """Refuse this thread every statement inside the block; ``doing`` begins the refusal's message."""
        return self._transactions.sealed(doing)

    @property
    def current_write(self) -> Connection | None:
        """The connection of the write block this thread is in, if any."""
        return self._transactions.current_write

    # --- chains and counters --------------------------------------------------------------------

    def head(self, name: str) -> Head:
        """Return the head of the append-only chain ``name``; position 0 and no digest when it is new."""
        return self._chains.head(name)

    def advance_head(self, name: str, position: int, digest: str) -> None:
        """Move the head of chain ``name`` forward, in the transaction that appended to it.

        Raises:
            ConflictError: the head is there already or further, so the chain would fork.
        """
        self._chains.advance(name, position, digest)

    def take_numbers(self, counter: str, count: int = 1) -> int:
        """Return the first of ``count`` fresh positive numbers, in one SQL statement."""
        return self._chains.take_numbers(counter, count)

    # --- shape ----------------------------------------------------------------------------------

    @property
    def schema_version(self) -> int:
        """The version of the stored shape."""
        with self.read() as connection:
            return stored_version(connection)

    def upgrade(self) -> list[str]:
        """Apply the migrations that the store lacks, each in its own transaction; return what was done."""
        done = []
        for step in self._steps:
            with self._creating() as connection:
                if step.version > stored_version(connection):
                    apply_step(connection, step)
                    done.append(f"{step.version}: {step.description}")
        return done

    def ping(self) -> None:
        """Do nothing if the database answers, else raise UnavailableError."""
        with self.read() as connection:
            connection.exec_driver_sql("SELECT 1")

    def sql_table(self, name: str) -> sqlalchemy.Table:
        """Return the SQLAlchemy table of a document table, for the reads of ``queries.py`` files."""
        with self.read() as connection:
            return self._catalogue.sql_table(connection, name)

    def tally(self, name: str) -> sqlalchemy.Table:
        """Return the table of how many rows a tallied table has: its tallied columns, and ``total``.

        Combinations that no row has any more stay, with 0.
        """
        return self._catalogue.tally(name)

    def select_together(self, wanted: Sequence[Search]) -> list[list[str]]:
        """Return what several ``select_rows`` without an order would give, in one statement."""
        with self.read() as connection:
            return select_together(connection, [(self.table(name), where) for name, where in wanted])

    def statements(self, connection: Connection, name: str) -> Statements | None:
        """Return the SQL of a table, None for a table that nothing has been written to yet."""
        return self._catalogue.find(connection, name)

    def ensure_table(self, connection: Connection, name: str) -> Statements:
        """Return the SQL of a table, made first if it does not exist, in the caller's write transaction."""
        found = self._catalogue.find(connection, name)
        if found is None:
            self._lock_creation(connection)
            found = self._catalogue.create(connection, name)
        return found

    # --- TinyDB's own vocabulary -----------------------------------------------------------------

    def table(self, name: str, **kwargs: Any) -> DocumentTable:
        """Return the table ``name``, always the same object (``cache_size`` has no effect).

        Raises:
            BadRequestError: this database has declared tables, and that is none of them.
        """
        self._catalogue.check(name)
        if name not in self._tables:
            self._tables[name] = self.table_class(self, name, **kwargs)
        table = self._tables[name]
        assert isinstance(table, DocumentTable)  # noqa: S101 - TinyDB types the dict by its own class
        return table

    def tables(self) -> set[str]:
        """Return the names of the tables that exist."""
        with self.read() as connection:
            return self._catalogue.names(connection)

    def drop_table(self, name: str) -> None:
        """Drop a table that was made on first use; declared tables stay."""
        self._catalogue.refuse_drop()
        self._tables.pop(name, None)
        with self.write() as connection:
            self._catalogue.drop(connection, name)

    def drop_tables(self) -> None:
        """Drop all tables that were made on first use; declared tables stay."""
        self._catalogue.refuse_drop()
        with self.write() as connection:
            for name in self._catalogue.names(connection):
                self._catalogue.drop(connection, name)
        self._tables.clear()

    def close(self) -> None:
        """Close all connections."""
        self._opened = False
        self._transactions.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url}>"

    def __getattr__(self, name: str) -> Any:
        """Forward to the default table, as TinyDB does; a database of declared tables has none."""
        if "_catalogue" not in self.__dict__ or self._catalogue.is_declared:
            raise AttributeError(
                f"{type(self).__name__} has no attribute {name!r}; name a table: db.table(...)"
            )
        return getattr(self.table(self.default_table_name), name)

    # --- inside ----------------------------------------------------------------------------------

    def _prepare(self, *, migrate: bool) -> None:
        """Create, check or migrate the store, then make the declared tables it lacks."""
        newest = self._steps[-1].version
        with self.read() as connection:
            exists = sqlalchemy.inspect(connection).has_table(MIGRATIONS_TABLE.name)
        if not exists:
            with self._creating() as connection:
                if not sqlalchemy.inspect(connection).has_table(MIGRATIONS_TABLE.name):
                    create_store(connection, self._steps)
                    self._catalogue.declare(connection)
        version = self.schema_version
        if version > newest:
            raise StoreVersionError(
                f"The store at {self.url} has version {version}; this program knows versions up to {newest}. "
                "Use the newer program that wrote it, or restore an older backup. Nothing was changed."
            )
        if version < newest and not migrate:
            raise StoreVersionError(
                f"The store at {self.url} has version {version}; this program needs {newest}. Make a backup, "
                "then run `workbench upgrade`. Nothing was changed."
            )
        if version < newest:
            self.migrated = self.upgrade()
        with self.read() as connection:
            complete = self._catalogue.is_complete(connection)
        if not complete:
            with self._creating() as connection:
                self._catalogue.declare(connection)

    @contextmanager
    def _creating(self) -> Iterator[Connection]:
        """Open a write transaction in which no other process makes tables."""
        with self.write() as connection:
            self._lock_creation(connection)
            yield connection

    def _lock_creation(self, connection: Connection) -> None:
        if self.dialect == "postgresql":
            connection.exec_driver_sql(_CREATION_LOCK)
