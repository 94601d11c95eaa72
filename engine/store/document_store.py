"""``DocumentStore``: tables of documents with promoted columns, on SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import sqlalchemy
from sqlalchemy import Connection

from engine.store import hooks, timeouts
from engine.store.catalogue import Catalogue
from engine.store.chains import Chains
from engine.store.connections import for_others, parse_url
from engine.store.dialects import Dialect, dialect_named
from engine.store.driver import execute, execute_long, sent_together
from engine.store.failures import shown
from engine.store.migrations import Migration, stored_version
from engine.store.pieces import Pieces
from engine.store.positions import Positions
from engine.store.rows import DocumentTable, FirstSearch, Search, select_first_together, select_together
from engine.store.schema import TableSpec
from engine.store.shape import Shape
from engine.store.statements import Statements
from engine.store.transactions import Head, Transactions
from engine.store.tries import Tries
from engine.store.words import Words


class _TakenBackError(Exception):
    """Ends a transaction whose writes were only tried."""


#: Characters from which on a statement takes longer to plan than to run.
_LONG = 4000


class DocumentStore:
    """A store of documents at a URL; made if it does not exist and ``make`` is not false.

    With ``tables`` it has those and refuses others. Without, it has the tables it finds and those that are
    made on first use, whatever its version is. ``migrations`` are the steps from version 2 on that led to
    these tables, oldest first; released steps never change.

    Raises:
        StoreVersionError: the store is too new for this program, or older and ``migrate`` is false.
        UnavailableError: the store cannot be opened.
        ConflictError: there is none, and ``make`` is false.
        BadRequestError: the URL is not understood.
    """

    #: How long locks and connections are waited for before a call gives up.
    patience_seconds: ClassVar[float] = timeouts.LOCK_SECONDS

    def __init__(
        self,
        url: str,
        tables: Iterable[TableSpec] | None = None,
        *,
        migrations: Sequence[Migration] = (),
        migrate: bool = False,
        make: bool = True,
    ) -> None:
        address = parse_url(url)
        #: Where the store is, without a password.
        self.url = shown(address)
        self.dialect: Dialect = dialect_named(address.get_backend_name())
        self._transactions = Transactions(address, self.dialect, self.patience_seconds)
        self._chains = Chains(self._transactions, self.dialect)
        #: Named numbers that only rise: topics of chains, and how far somebody has read.
        self.positions = Positions(self._transactions, self.dialect)
        #: How often something was tried under a name.
        self.tries = Tries(self._transactions, self.dialect)
        #: Short texts by name that all servers of the store share: secrets, marks of folders.
        self.words = Words(self._transactions, self.dialect)
        #: Texts by the words in them.
        self.pieces = Pieces(self._transactions, self.dialect)
        self._catalogue = Catalogue(self.dialect, tables)
        self._tables: dict[str, DocumentTable] = {}
        self._shape = Shape(address, self._transactions, self.dialect, self._catalogue, migrations)
        try:
            self._shape.prepare(migrate=migrate, make=make or self.in_memory)
        except BaseException:
            self.close()
            raise

    @property
    def in_memory(self) -> bool:
        """Whether the store lives only as long as this object."""
        return self._transactions.in_memory

    @property
    def connections(self) -> tuple[int, int]:
        """How many connections of this process are in use now, and how many are kept for who asks next."""
        return self._transactions.connections

    # --- transactions ---------------------------------------------------------------------------

    def write(self, lock: str | None = None) -> AbstractContextManager[Connection]:
        """Open a write transaction: it commits on leaving and rolls back on any exception.

        SQLite begins with BEGIN IMMEDIATE. PostgreSQL runs READ COMMITTED and, with ``lock``, locks the head
        of that name before anything is read. A nested block is a savepoint. After a refused statement leave
        the innermost block before going on.

        Raises:
            StoreVersionError: the store was upgraded meanwhile beyond what this program can work with.
        """
        return self._transactions.write(lock)

    def read(self) -> AbstractContextManager[Connection]:
        """Open a snapshot for reading; inside ``write()`` it is the same connection."""
        return self._transactions.read()

    @property
    def kept(self) -> dict[Any, Any]:
        """What is kept for as long as the block lasts that this thread is in, and let go with it.

        Raises:
            RuntimeError: it is in none.
        """
        return self._transactions.kept

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

    def sent_together(self, rows: int) -> AbstractContextManager[None]:
        """Send the block's writes of about so many rows in as few round trips as pays; use it in ``write()``.

        What the database refuses is raised at the end of the block at the latest.
        """
        connection = self.current_write
        return nullcontext() if connection is None else sent_together(connection, rows)

    @property
    def is_writing(self) -> bool:
        """Whether this thread is in a write block."""
        return self._transactions.is_writing

    def connecting(self) -> dict[str, Any]:
        """Give what psycopg opens a connection to this store's server by, for a library that has its own."""
        return for_others(self._transactions.engine)

    # --- chains and counters --------------------------------------------------------------------

    def head(self, name: str) -> Head:
        """Return the head of the append-only chain ``name``; position 0 and no digest when it is new."""
        return self._chains.head(name)

    def held_head(self, name: str) -> Head:
        """Return the head of a chain that the write block was opened with as its ``lock``, without asking."""
        return self._chains.held_head(name)

    def latest_time(self) -> str:
        """Return the latest time that any chain tells, as ``engine.clock`` writes it; empty if none does."""
        (latest,) = self.run("SELECT COALESCE(max(latest), '') FROM store_heads")[0]
        return str(latest)

    def advance_head(self, name: str, position: int, digest: str, latest: str = "") -> None:
        """Move the head of chain ``name`` forward, in the transaction that appended to it.

        ``latest`` is the latest time that was appended, as ``engine.clock`` writes it; one that was told
        before and is later stays.

        Raises:
            ConflictError: the head is there already or further, so the chain would fork.
        """
        self._chains.advance(name, Head(position, digest, latest))

    def take_numbers(self, counter: str, count: int = 1) -> int:
        """Return the first of ``count`` fresh positive numbers, in one SQL statement."""
        return self._chains.take_numbers(counter, count)

    # --- tables -----------------------------------------------------------------------------------

    def table(self, name: str) -> DocumentTable:
        """Return the table ``name``, always the same object.

        Raises:
            BadRequestError: this store has declared tables, and that is none of them.
        """
        found = self._tables.get(name)
        if found is None:
            self._catalogue.check(name)
            found = self._tables[name] = DocumentTable(self._transactions, self._catalogue, name)
        return found

    def tables(self) -> set[str]:
        """Return the names of the tables that exist."""
        with self.read() as connection:
            return self._catalogue.names(connection)

    def drop_table(self, name: str) -> None:
        """Drop a table that was made on first use; declared tables stay."""
        with self.write() as connection:
            self._catalogue.drop(connection, name)

    def sql_table(self, name: str) -> sqlalchemy.Table:
        """Return the SQLAlchemy table of a document table, for the reads of ``queries.py`` files."""
        with self.read() as connection:
            return self._catalogue.sql_table(connection, name)

    def tally(self, name: str) -> sqlalchemy.Table:
        """Return the table of how many rows a tallied table has: its tallied columns, and ``total``.

        Combinations that no row has any more stay, with 0.
        """
        return self._catalogue.tally(name)

    def listing(self, name: str, column: str) -> sqlalchemy.Table:
        """Return the table of which rows have an entry in a listed column: ``entry`` and ``doc_id``."""
        return self._catalogue.listing(name, column)

    def places_of(self, table: str, column: str, document: str, most: int) -> list[str]:
        """Return what a promoted column holds beside a document, of as many rows as have it at most.

        It looks at every row: for what should never be, such as a document that does not say what it is.
        """
        name = self.sql_table(table)
        chosen = sqlalchemy.select(name.c[column]).where(name.c.document == document)
        with self.read() as connection:
            return [str(place) for place in connection.execute(chosen.limit(most)).scalars()]

    def run(self, text: str, params: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a read in fixed SQL, straight from the driver and as it gives them."""
        with self.read() as connection:
            run = execute_long if len(text) > _LONG else execute
            return run(connection, text, params).fetchall()  # type: ignore[return-value]  # rows are tuples

    def select_together(self, wanted: Sequence[Search]) -> list[list[str]]:
        """Read what several ``select_rows`` without an order would, in one statement."""
        with self.read() as connection:
            return select_together(connection, [(self.table(name), where) for name, where in wanted])

    def select_first_together(self, wanted: Sequence[FirstSearch]) -> list[list[str]]:
        """Read what several ``select_rows`` with a limit would, each in no order, in one statement."""
        with self.read() as connection:
            return select_first_together(
                connection,
                [(self.table(name), where, order_by, limit) for name, where, order_by, limit in wanted],
            )

    def statements(self, connection: Connection, name: str) -> Statements | None:
        """Return the SQL of a table, None for a table that nothing has been written to yet."""
        return self._catalogue.find(connection, name)

    def ensure_table(self, connection: Connection, name: str) -> Statements:
        """Return the SQL of a table, made first if it does not exist, in the caller's write transaction."""
        return self._catalogue.ensure(connection, name)

    def has_declared_tables(self) -> bool:
        """Say whether the store was made for declared tables, whoever has opened it now."""
        with self.read() as connection:
            return self._catalogue.holds_declared(connection)

    # --- shape ------------------------------------------------------------------------------------

    @property
    def schema_version(self) -> int:
        """The version of the stored shape."""
        with self.read() as connection:
            return stored_version(connection)

    @property
    def known_version(self) -> int:
        """The version that this program would give a new store."""
        return self._shape.versions.known

    @property
    def is_ahead(self) -> bool:
        """Whether a newer release has upgraded the store by one version, as far as was seen."""
        return self._shape.versions.is_ahead

    @property
    def migrated(self) -> list[str]:
        """What opening this store has migrated, in words."""
        return self._shape.migrated

    @property
    def backup(self) -> Path | None:
        """The copy that was made before anything was migrated."""
        return self._shape.backup

    def look_again(self) -> bool:
        """Look at the store's version; return whether it is ahead of this program.

        Raises:
            StoreVersionError: it is none that this program can work with any more.
        """
        return self._shape.look_again()

    def upgrade(self) -> list[str]:
        """Apply the migrations that the store lacks, each in its own transaction; return what was done."""
        return self._shape.upgrade()

    def time(self) -> float:
        """Return what the database's own clock says, in seconds since 1970."""
        ((milliseconds,),) = self.run(f"SELECT {self.dialect.clock}")
        return float(milliseconds) / 1000

    def ping(self) -> None:
        """Do nothing if the database answers, else raise UnavailableError."""
        with self.read() as connection:
            connection.exec_driver_sql("SELECT 1")

    def begin_serving(self) -> None:
        """Wait from now on for no statement longer than people wait for a page (``engine.store.timeouts``).

        Upgrades, exports and the command line, which do not call this, take the time that they need.
        """
        self._transactions.begin_serving()

    def hook_faults(self) -> list[str]:
        """Say which triggers and views the store has beside its own, and which of its own it lacks."""
        with self.read() as connection:
            return list(hooks.find_faults(connection, self._catalogue.declared(), self.dialect))

    def try_to_write(self) -> None:
        """Write to every declared table, and take it back: whether this program may work there (G10).

        Raises:
            UnavailableError: it can only be read, or lacks a right; names it.
        """
        with suppress(_TakenBackError), self.write() as connection:
            for spec in self._catalogue.declared():
                for statement in self.dialect.without_effect(spec):
                    connection.exec_driver_sql(statement)
            self.take_numbers("tried", 1)
            raise _TakenBackError

    def try_for_room(self) -> None:
        """Take about a megabyte of the database's disk, and give it back; of SQLite's the system tells.

        Raises:
            UnavailableError: there is none.
        """
        with suppress(_TakenBackError), self.write() as connection:
            for statement in self.dialect.taking_room():
                connection.exec_driver_sql(statement)
            raise _TakenBackError

    def disconnect(self) -> None:
        """Close the connections that nobody uses now, before the process forks; later calls open new ones.

        No connection may be used on both sides of a fork. A store in memory would be lost by this.
        """
        self._transactions.disconnect()

    def close(self) -> None:
        """Close all connections."""
        self._transactions.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url}>"
