"""Makes the SQL tables of declarations: their columns, indexes, triggers, tallies and listings."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from sqlalchemy import BigInteger, Column, Connection, Index, MetaData, Table, Text
from sqlalchemy.schema import CreateTable

from engine.store import listings, tallies
from engine.store.dialects import Dialect
from engine.store.schema import TableSpec, index_name


def build_table(spec: TableSpec, dialect: Dialect) -> Table:
    """Give the SQLAlchemy table of a declaration, with its indexes; the same object each time.

    A table that is not declared (no key) never uses an id twice, as TinyDB does.
    """
    return _table_of(spec.name, spec.to_text(), dialect)


@lru_cache(maxsize=256)  # building those of a store anew would be most of the time that opening it takes
def _table_of(name: str, declaration: str, dialect: Dialect) -> Table:
    spec = TableSpec.from_text(name, declaration)
    promoted = [
        Column(name, dialect.column_type(kind), nullable=name not in spec.key)
        for name, kind in spec.columns.items()
    ]
    table = Table(
        spec.name,
        MetaData(),
        dialect.id_column(),
        *promoted,
        Column("document", Text(), nullable=False),
        sqlite_autoincrement=not spec.key,
    )
    uniques = dict.fromkeys((spec.key, *spec.unique) if spec.key else spec.unique)
    for columns in uniques:
        _add_index(table, columns, dialect, unique=True)
    for columns in spec.indexes:
        if columns not in uniques:
            _add_index(table, columns, dialect, unique=False)
    return table


def _add_index(table: Table, columns: tuple[str, ...], dialect: Dialect, *, unique: bool) -> None:
    """Add one index. NULL sorts first in it on both databases."""
    parts = [dialect.index_part(table.c[name]) for name in columns]
    Index(index_name(table.name, columns, unique=unique), *parts, unique=unique)


def tally_table(spec: TableSpec, dialect: Dialect) -> Table:
    """Give the SQLAlchemy table of the tallies: the tallied columns, and ``total``; the same each time."""
    return _tally_table_of(spec.name, spec.to_text(), dialect)


@lru_cache(maxsize=256)
def _tally_table_of(name: str, declaration: str, dialect: Dialect) -> Table:
    spec = TableSpec.from_text(name, declaration)
    columns = [
        Column(name, dialect.column_type(spec.columns[name]), primary_key=True, autoincrement=False)
        for name in spec.tallied
    ]
    return Table(
        tallies.tally_name(spec), MetaData(), *columns, Column("total", BigInteger(), nullable=False)
    )


@lru_cache(maxsize=64)
def listing_table(table: str, column: str, dialect: Dialect) -> Table:
    """Give the SQLAlchemy table of the entries of a listed column: ``entry``, and ``doc_id`` of the row."""
    return Table(
        listings.listing_name(table, column),
        MetaData(),
        Column("entry", dialect.column_type("text"), primary_key=True),
        Column("doc_id", BigInteger(), primary_key=True),
        sqlite_with_rowid=False,
    )


def create_table(connection: Connection, spec: TableSpec, dialect: Dialect) -> None:
    """Make the table of a declaration, with its indexes and triggers."""
    create_rows(connection, spec, dialect)
    create_triggers(connection, spec, dialect)


def create_rows(connection: Connection, spec: TableSpec, dialect: Dialect) -> None:
    """Make the table of a declaration with its indexes, which come in the same order in every store.

    Where two indexes look alike to SQLite it takes the one that was made last.
    """
    table = build_table(spec, dialect)
    connection.execute(CreateTable(table))
    for index in _in_order(table):
        index.create(connection)


def _in_order(table: Table) -> list[Index]:
    return sorted(table.indexes, key=lambda index: str(index.name))


def drop_table(connection: Connection, spec: TableSpec, dialect: Dialect) -> None:
    """Drop the table of a declaration, with its indexes and triggers."""
    drop_triggers(connection, spec, dialect)
    build_table(spec, dialect).drop(connection)


def create_triggers(connection: Connection, spec: TableSpec, dialect: Dialect) -> None:
    """Make the triggers of a table, and count its rows where it has tallies."""
    statements = dialect.append_only_ddl(spec.name) if spec.append_only else []
    if spec.tallied:
        tally_table(spec, dialect).create(connection, checkfirst=False)
        statements += [tallies.count_all(spec), *dialect.tally_ddl(spec)]
    _run(connection, statements, dialect)
    _create_listings(connection, spec, spec.listed, dialect)


def drop_triggers(connection: Connection, spec: TableSpec, dialect: Dialect) -> None:
    """Take away the triggers of a table, and its tallies with them."""
    _run(connection, dialect.drop_triggers_ddl(spec), dialect)
    if spec.tallied:
        tally_table(spec, dialect).drop(connection)
    for column in spec.listed:
        listing_table(spec.name, column, dialect).drop(connection)


def add_listings(connection: Connection, old: TableSpec, new: TableSpec, dialect: Dialect) -> None:
    """Make the listings that ``new`` has and ``old`` lacks."""
    _create_listings(connection, new, [column for column in new.listed if column not in old.listed], dialect)


def _create_listings(
    connection: Connection, spec: TableSpec, columns: Iterable[str], dialect: Dialect
) -> None:
    for column in columns:
        listing_table(spec.name, column, dialect).create(connection, checkfirst=False)
        every = listings.enter_all(spec, column, dialect.entries_of(f'"{spec.name}"', column))
        _run(connection, [every, *dialect.listing_ddl(spec.name, column)], dialect)


def change_indexes(connection: Connection, old: TableSpec, new: TableSpec, dialect: Dialect) -> None:
    """Make the indexes that ``new`` has and ``old`` lacks; drop those of ``old`` that ``new`` lacks."""
    drop_indexes(connection, old, new, dialect)
    before = {index.name for index in build_table(old, dialect).indexes}
    for index in _in_order(build_table(new, dialect)):
        if index.name not in before:
            index.create(connection)


def drop_indexes(connection: Connection, old: TableSpec, new: TableSpec, dialect: Dialect) -> None:
    """Drop the indexes of ``old`` that ``new`` lacks."""
    after = {index.name for index in build_table(new, dialect).indexes}
    for index in build_table(old, dialect).indexes:
        if index.name not in after:
            index.drop(connection)


def _run(connection: Connection, statements: Iterable[str], dialect: Dialect) -> None:
    for statement in statements:
        connection.exec_driver_sql(dialect.literal(statement))
