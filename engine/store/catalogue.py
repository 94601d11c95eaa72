"""Knows which document tables a store has, what they are called in SQL, and makes those it lacks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache

import sqlalchemy
from sqlalchemy import Connection, delete, insert, select, update

from engine.errors import BadRequestError, StoreVersionError
from engine.store.dialects import Dialect
from engine.store.migrations import CATALOGUE
from engine.store.schema import TableSpec, is_plain_name
from engine.store.sql_tables import (
    add_listings,
    build_table,
    change_indexes,
    create_rows,
    create_table,
    drop_table,
    listing_table,
    tally_table,
)
from engine.store.statements import Statements, statements_of

_DECLARATIONS = f"SELECT name, declaration FROM {CATALOGUE.name}"  # noqa: S608 - a constant


class Catalogue:
    """The tables of one store: declared ones, or whatever was made on first use."""

    def __init__(self, dialect: Dialect, tables: Iterable[TableSpec] | None) -> None:
        self._dialect = dialect
        self.is_declared = tables is not None
        self._specs = {spec.name: spec for spec in tables or ()}
        self._statements = {name: statements_of(spec, dialect) for name, spec in self._specs.items()}
        self._sql_tables = {name: build_table(spec, dialect) for name, spec in self._specs.items()}
        self._tallies = {
            name: tally_table(spec, dialect) for name, spec in self._specs.items() if spec.tallied
        }
        self._stored = lru_cache(maxsize=256)(self._read_declaration)

    def check(self, name: str) -> None:
        """Refuse a table that is not among the declared ones."""
        if self.is_declared and name not in self._specs:
            raise BadRequestError(
                f"There is no table {name!r}: this database has only its declared tables "
                f"({', '.join(sorted(self._specs))}). Use one of them, or declare the new one."
            )

    def names(self, connection: Connection) -> set[str]:
        """Return the names of the tables that exist."""
        if self.is_declared:
            return set(self._specs)
        return set(connection.scalars(select(CATALOGUE.c.name)))

    def declared(self) -> list[TableSpec]:
        """Return what the declared tables are."""
        return list(self._specs.values())

    def find(self, connection: Connection, name: str) -> Statements | None:
        """Return the SQL of a table, None if it does not exist."""
        if self.is_declared:
            self.check(name)
            return self._statements[name]
        row = connection.execute(
            select(CATALOGUE.c.sql_name, CATALOGUE.c.declaration).where(CATALOGUE.c.name == name)
        ).first()
        return None if row is None else self._stored(row[0], row[1])

    def sql_table(self, connection: Connection, name: str) -> sqlalchemy.Table:
        """Return the SQLAlchemy table of a document table that exists."""
        if name in self._sql_tables:
            return self._sql_tables[name]
        found = self.find(connection, name)
        if found is None:
            raise BadRequestError(
                f"There is no table {name!r} in this database yet. Write a document to it first."
            )
        return build_table(found.spec, self._dialect)

    def tally(self, name: str) -> sqlalchemy.Table:
        """Return the SQLAlchemy table with the tallies of a declared table."""
        return self._tallies[name]

    def listing(self, name: str, column: str) -> sqlalchemy.Table:
        """Return the SQLAlchemy table with the entries of a listed column of a declared table."""
        return listing_table(name, column, self._dialect)

    def ensure(self, connection: Connection, name: str) -> Statements:
        """Return the SQL of a table, made first if it does not exist, in the caller's write transaction."""
        found = self.find(connection, name)
        return self._create(connection, name) if found is None else found

    def _create(self, connection: Connection, name: str) -> Statements:
        """Make a table that is not declared, unless another process just did."""
        self._dialect.lock_creation(connection)
        found = self.find(connection, name)
        if found is not None:
            return found
        plain = name if is_plain_name(name) else f"documents_{hashlib.sha256(name.encode()).hexdigest()[:24]}"
        spec = TableSpec(name=plain, key=(), columns={})
        create_rows(connection, spec, self._dialect)
        connection.execute(insert(CATALOGUE).values(name=name, sql_name=plain, declaration=spec.to_text()))
        return self._stored(plain, spec.to_text())

    def drop(self, connection: Connection, name: str) -> None:
        """Drop a table that was made on first use, if it exists."""
        if self.is_declared:
            raise BadRequestError(
                "Declared tables are not dropped. Remove their documents, or delete the database itself."
            )
        found = self.find(connection, name)
        if found is not None:
            drop_table(connection, found.spec, self._dialect)
            connection.execute(delete(CATALOGUE).where(CATALOGUE.c.name == name))

    def holds_declared(self, connection: Connection) -> bool:
        """Say whether any table that is stored was declared: such have a key."""
        return any(TableSpec.from_text("table", text).key for text in self._declarations(connection).values())

    def is_complete(self, connection: Connection) -> bool:
        """Say whether every declared table is stored as declared, with all its indexes and listings."""
        stored = self._declarations(connection)
        return all(_is_stored(spec, stored.get(name)) for name, spec in self._specs.items())

    def declare(self, connection: Connection) -> None:
        """Make the declared tables, indexes and listings that the store lacks; take none away.

        Two releases of one version may share a store, and each needs its own.

        Raises:
            StoreVersionError: a stored table has other columns than declared, and no migration changed it.
        """
        stored = self._declarations(connection)
        for name, spec in self._specs.items():
            if name not in stored:
                create_table(connection, spec, self._dialect)
                connection.execute(
                    insert(CATALOGUE).values(name=name, sql_name=name, declaration=spec.to_text())
                )
            elif not _is_stored(spec, stored[name]):
                self._add_indexes(connection, TableSpec.from_text(name, stored[name]), spec)

    def refuse_uncovered(self, connection: Connection) -> None:
        """Refuse a newer store that lacks something which the declared tables have.

        Raises:
            StoreVersionError: names the table.
        """
        stored = self._declarations(connection)
        for name, spec in self._specs.items():
            text = stored.get(name)
            if text is None or not TableSpec.from_text(name, text).covers(spec):
                raise StoreVersionError(
                    f"A newer program has upgraded the store, and its table {name} lacks what this program "
                    "needs. Use the newer program, or restore the backup made before the upgrade. Nothing "
                    "was changed."
                )

    def refuse_other_columns(self, connection: Connection) -> None:
        """Refuse a store that a table is stored in with other columns than declared, as ``declare`` does.

        Raises:
            StoreVersionError: names the table.
        """
        stored = self._declarations(connection)
        for name, spec in self._specs.items():
            if name in stored:
                _require_same_rows(TableSpec.from_text(name, stored[name]), spec)

    def _add_indexes(self, connection: Connection, old: TableSpec, new: TableSpec) -> None:
        _require_same_rows(old, new)
        both = old.with_indexes_of(new)
        change_indexes(connection, old, both, self._dialect)
        add_listings(connection, old, both, self._dialect)
        connection.execute(
            update(CATALOGUE).where(CATALOGUE.c.name == new.name).values(declaration=both.to_text())
        )

    def _declarations(self, connection: Connection) -> dict[str, str]:
        rows = connection.exec_driver_sql(_DECLARATIONS)
        return {row.name: row.declaration for row in rows}

    def _read_declaration(self, sql_name: str, declaration: str) -> Statements:
        return Statements(TableSpec.from_text(sql_name, declaration), self._dialect)


def _is_stored(spec: TableSpec, text: str | None) -> bool:
    if text is None or text == spec.to_text():
        return text is not None
    stored = TableSpec.from_text(spec.name, text)
    return stored.same_rows(spec) and stored.has_indexes_of(spec)


def _require_same_rows(old: TableSpec, new: TableSpec) -> None:
    if not old.same_rows(new):
        raise StoreVersionError(
            f"The stored table {new.name} has other columns than this program declares, and no migration "
            "explains it. Use the program version that wrote the store. Nothing was changed."
        )
