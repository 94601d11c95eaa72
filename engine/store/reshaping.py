"""What a migration is made of: changes to the tables, columns and indexes of a store.

Each runs in the transaction of its step, on the tables as that step finds them; the declarations of today's
program play no part, because a released step does the same for ever. What a step does to documents is in
``engine.store.rewriting``.
"""

# ruff: noqa: S608 - table and column names are checked when they are declared; values are always bound
from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Column, Connection, delete, insert, select, update
from sqlalchemy.schema import CreateColumn

from engine.errors import StoreVersionError
from engine.store import sql_tables
from engine.store.dialects import dialect_of
from engine.store.driver import execute
from engine.store.migrations import CATALOGUE
from engine.store.schema import ColumnType, TableSpec


def add_column(
    connection: Connection, table: str, column: str, kind: ColumnType, *, initial: object = None
) -> None:
    """Add a promoted column to a stored table and to its declaration; ``initial`` is what all rows get.

    Rows that a program of the version before adds later have nothing in it.

    Raises:
        StoreVersionError: the store has no such table.
    """
    old = stored_spec(connection, table)
    dialect = dialect_of(connection)
    definition = CreateColumn(Column(column, dialect.column_type(kind)))
    connection.exec_driver_sql(
        f'ALTER TABLE "{table}" ADD COLUMN {definition.compile(dialect=connection.dialect)}'
    )
    _declare(connection, table, replace(old, columns={**old.columns, column: kind}))
    if initial is not None:
        execute(connection, f'UPDATE "{table}" SET "{column}" = {dialect.mark}', (initial,))


def drop_column(connection: Connection, table: str, column: str) -> None:
    """Drop a promoted column with the indexes it is in; the documents keep their field.

    Raises:
        StoreVersionError: the store has no such column, or rows are found, counted or listed by it.
    """
    old = _spec_with(connection, table, column)
    if column in (*old.key, *old.tallied, *old.listed):
        raise StoreVersionError(
            f"{table}.{column} belongs to the key, the tallies or the listings; it cannot be dropped."
        )
    new = replace(
        old,
        columns={name: kind for name, kind in old.columns.items() if name != column},
        indexes=tuple(columns for columns in old.indexes if column not in columns),
        unique=tuple(columns for columns in old.unique if column not in columns),
    )
    sql_tables.drop_indexes(connection, old, new, dialect_of(connection))
    connection.exec_driver_sql(f'ALTER TABLE "{table}" DROP COLUMN "{column}"')
    _declare(connection, table, new)


def rename_column(connection: Connection, table: str, column: str, name: str) -> None:
    """Rename a promoted column, in indexes, tallies and listings too; the documents keep their field.

    Raises:
        StoreVersionError: the store has no such column.
    """
    old = _spec_with(connection, table, column)

    def renamed(columns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name if each == column else each for each in columns)

    new = replace(
        old,
        key=renamed(old.key),
        columns={name if each == column else each: kind for each, kind in old.columns.items()},
        indexes=tuple(map(renamed, old.indexes)),
        unique=tuple(map(renamed, old.unique)),
        tallied=renamed(old.tallied),
        listed=renamed(old.listed),
    )
    _change(connection, old, new, f'ALTER TABLE "{table}" RENAME COLUMN "{column}" TO "{name}"')


def add_index(connection: Connection, table: str, columns: tuple[str, ...], *, unique: bool = False) -> None:
    """Add an index over promoted columns."""
    old = stored_spec(connection, table)
    wanted = replace(old, unique=(columns,), indexes=()) if unique else replace(old, indexes=(columns,))
    new = old.with_indexes_of(wanted)
    sql_tables.change_indexes(connection, old, new, dialect_of(connection))
    _declare(connection, table, new)


def drop_index(connection: Connection, table: str, columns: tuple[str, ...]) -> None:
    """Drop the index over these columns: the only way in which one goes away."""
    old = stored_spec(connection, table)
    new = replace(
        old,
        indexes=tuple(each for each in old.indexes if each != columns),
        unique=tuple(each for each in old.unique if each != columns),
    )
    sql_tables.drop_indexes(connection, old, new, dialect_of(connection))
    _declare(connection, table, new)


def add_table(connection: Connection, spec: TableSpec) -> None:
    """Make a table that a later step goes on with; tables of today's program need no step."""
    sql_tables.create_table(connection, spec, dialect_of(connection))
    connection.execute(
        insert(CATALOGUE).values(name=spec.name, sql_name=spec.name, declaration=spec.to_text())
    )


def drop_table(connection: Connection, table: str) -> None:
    """Drop a table with everything in it.

    Raises:
        StoreVersionError: the store has no such table.
    """
    sql_tables.drop_table(connection, stored_spec(connection, table), dialect_of(connection))
    connection.execute(delete(CATALOGUE).where(CATALOGUE.c.name == table))


def rename_table(connection: Connection, table: str, name: str) -> None:
    """Rename a table, and its indexes, triggers, tallies and listings with it.

    Raises:
        StoreVersionError: the store has no such table.
    """
    old = stored_spec(connection, table)
    new = replace(old, name=name)
    _change(connection, old, new, f'ALTER TABLE "{table}" RENAME TO "{name}"')


def stored_spec(connection: Connection, table: str) -> TableSpec:
    """Read how a stored table was declared.

    Raises:
        StoreVersionError: the store has no such table.
    """
    text = connection.scalar(select(CATALOGUE.c.declaration).where(CATALOGUE.c.name == table))
    if text is None:
        raise StoreVersionError(
            f"The store has no table {table}, which every store of its version has. It is damaged: restore a "
            "backup. Nothing was changed."
        )
    return TableSpec.from_text(table, text)


def has_table(connection: Connection, table: str) -> bool:
    """Say whether the store has a table, which a step may find missing in a store of an early release."""
    return connection.scalar(select(CATALOGUE.c.name).where(CATALOGUE.c.name == table)) is not None


def _spec_with(connection: Connection, table: str, column: str) -> TableSpec:
    spec = stored_spec(connection, table)
    if column not in spec.columns:
        raise StoreVersionError(
            f"The stored table {table} has no column {column}, which every store of its version has. It is "
            "damaged: restore a backup. Nothing was changed."
        )
    return spec


def _change(connection: Connection, old: TableSpec, new: TableSpec, statement: str) -> None:
    """Change a table's names: what names them is taken away before, and made anew after."""
    dialect = dialect_of(connection)
    sql_tables.drop_triggers(connection, old, dialect)
    bare = replace(old, indexes=(), unique=(), key=())
    sql_tables.drop_indexes(connection, old, bare, dialect)
    connection.exec_driver_sql(statement)
    sql_tables.change_indexes(connection, replace(new, indexes=(), unique=(), key=()), new, dialect)
    sql_tables.create_triggers(connection, new, dialect)
    _declare(connection, old.name, new)


def _declare(connection: Connection, table: str, spec: TableSpec) -> None:
    connection.execute(
        update(CATALOGUE)
        .where(CATALOGUE.c.name == table)
        .values(name=spec.name, sql_name=spec.name, declaration=spec.to_text())
    )
