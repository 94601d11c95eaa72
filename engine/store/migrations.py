"""The ordered steps that bring a store from one version to the next, and where it keeps them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import sqlalchemy
from sqlalchemy import BigInteger, Column, Connection, Integer, MetaData, Table, Text, insert
from sqlalchemy.schema import CreateColumn

from engine.clock import SystemClock, to_text
from engine.errors import ConflictError, StoreVersionError

SYSTEM = MetaData()
#: One row per applied migration; the highest version is the store's.
MIGRATIONS_TABLE = Table(
    "store_migrations",
    SYSTEM,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("description", Text, nullable=False),
    Column("applied_at", Text, nullable=False),
    # Stores of releases before 0.3.0 get these two with their next step.
    Column("release", Text),
    Column("oldest_version", Integer),
)
#: The document tables: their name, their name in SQL, and what they were declared as.
CATALOGUE = Table(
    "store_tables",
    SYSTEM,
    Column("name", Text, primary_key=True),
    Column("sql_name", Text, nullable=False, unique=True),
    Column("declaration", Text, nullable=False),
)
#: The heads of append-only chains; locking a row serialises the writers of that chain.
HEADS = Table(
    "store_heads",
    SYSTEM,
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
    # The latest time that the chain tells; nothing is written to it with an earlier one (S10).
    Column("latest", Text, nullable=False, server_default=""),
)
COUNTERS = Table(
    "store_counters",
    SYSTEM,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)
_LATER_COLUMNS = (MIGRATIONS_TABLE.c.release, MIGRATIONS_TABLE.c.oldest_version, HEADS.c.latest)


@dataclass(frozen=True)
class Migration:
    """One step; ``apply`` runs in the transaction that records it.

    It finds the tables as the step before left them, and is made of ``engine.store.reshaping``. Each release
    has one step at most, because a program works with a store that is one version ahead of it.
    """

    version: int
    description: str
    apply: Callable[[Connection], None]
    #: The release that brings the step, as messages name it.
    release: str = ""
    #: Whether programs of the version before cannot work with the store any more: something that they need
    #: was renamed, dropped or given another meaning.
    closes_door: bool = False

    @property
    def oldest_version(self) -> int:
        """The version that a program must know at least to work with a store that has this step."""
        return self.version if self.closes_door else self.version - 1


def add_system_tables(connection: Connection) -> None:
    """Make the store's own tables that it does not have yet."""
    SYSTEM.create_all(connection)


#: The step that every store begins with. Later ones come from whoever declares the tables.
INITIAL = Migration(1, "initial shape", add_system_tables)


def create_store(connection: Connection, steps: Sequence[Migration]) -> None:
    """Make the system tables of a new store, which starts at the newest version."""
    SYSTEM.create_all(connection, checkfirst=False)
    for step in steps:
        _record(connection, step)


# Every start asks these: as text, since what is built is compiled once per engine, and that takes longer.
_VERSION = f"SELECT max(version) FROM {MIGRATIONS_TABLE.name}"  # noqa: S608 - constants
_VERSIONS = f"SELECT version FROM {MIGRATIONS_TABLE.name}"  # noqa: S608
_TABLES = f"SELECT sql_name FROM {CATALOGUE.name}"  # noqa: S608


def stored_version(connection: Connection) -> int:
    """Return the version of the store, 0 if no migration is recorded."""
    return connection.exec_driver_sql(_VERSION).scalar() or 0


def require_whole(connection: Connection, url: str, there: Collection[str]) -> int:
    """Return the version of a store; refuse one that somebody edited, or copied half of (S24).

    Raises:
        StoreVersionError: says what is missing; nothing is changed.
    """
    versions: list[int] = sorted(connection.exec_driver_sql(_VERSIONS).scalars())
    there = set(there)
    told = set(connection.exec_driver_sql(_TABLES).scalars()) if CATALOGUE.name in there else set()
    if versions != list(range(1, len(versions) + 1)) or not versions:
        listed = ", ".join(map(str, versions)) or "nothing"
        fault = f"its list of versions says {listed}, and has to be without gaps"
    elif not there >= (needed := {CATALOGUE.name, HEADS.name, COUNTERS.name}):
        fault = f"its table {min(needed - there)} is missing"
    elif missing := told - there:
        fault = f"its table {min(missing)} is missing"
    else:
        return versions[-1]
    raise StoreVersionError(
        f"The store at {url} is not whole: {fault}. Somebody changed it past Workbench, or copied a part of "
        "it. Restore the last backup. Nothing was changed."
    )


def refuse_others(connection: Connection, url: str) -> None:
    """Refuse to make a store among the tables of something else (S24).

    Raises:
        ConflictError: names one of them; nothing is changed.
    """
    if there := sorted(sqlalchemy.inspect(connection).get_table_names()):
        raise ConflictError(
            f"The database at {url} holds tables of something else ({', '.join(there[:3])}) and no store of "
            "Workbench. Nothing was changed. Name an empty or new database, or on PostgreSQL a schema of its "
            "own (?options=-csearch_path=...)."
        )


def apply_step(connection: Connection, step: Migration) -> None:
    """Apply one migration and record it, both in the caller's transaction."""
    _complete_system_tables(connection)
    step.apply(connection)
    _record(connection, step)


def _complete_system_tables(connection: Connection) -> None:
    """Give a store of an earlier release the tables and columns of its own that came later."""
    SYSTEM.create_all(connection)
    for column in _LATER_COLUMNS:
        there = {one["name"] for one in sqlalchemy.inspect(connection).get_columns(column.table.name)}
        if column.name not in there:
            definition = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {column.table.name} ADD COLUMN {definition}")


def _record(connection: Connection, step: Migration) -> None:
    connection.execute(
        insert(MIGRATIONS_TABLE).values(
            version=step.version,
            description=step.description,
            applied_at=to_text(SystemClock().now()),
            release=step.release or None,
            oldest_version=step.oldest_version,
        )
    )
