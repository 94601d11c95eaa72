"""Knows which document tables a store has, what they are called in SQL, and makes those it lacks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache

import sqlalchemy
from sqlalchemy import Connection, delete, insert, select, update

from engine.errors import BadRequestError, StoreVersionError
from engine.store.migrations import CATALOGUE
from engine.store.schema import Dialect, TableSpec, append_only_ddl, build_table, is_plain_name
from engine.store.statements import Statements
from engine.store.tallies import tally_ddl, tally_table


class Catalogue:
    """The tables of one store: declared ones, or whatever was made on first use."""

    def __init__(self, dialect: Dialect, tables: Iterable[TableSpec] | None) -> None:
        self._dialect = dialect
        self.is_declared = tables is not None
        self._specs = {spec.name: spec for spec in tables or ()}
        self._statements = {name: Statements(spec, dialect) for name, spec in self._specs.items()}
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

    def refuse_drop(self) -> None:
        """Refuse to drop declared tables."""
        if self.is_declared:
            raise BadRequestError(
                "Declared tables are not dropped. Remove their documents, or delete the database itself."
            )

    def names(self, connection: Connection) -> set[str]:
        """Return the names of the tables that exist."""
        if self.is_declared:
            return set(self._specs)
        return set(connection.scalars(select(CATALOGUE.c.name)))

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

    def create(self, connection: Connection, name: str) -> Statements:
        """Make a table that is not declared, unless another process just did."""
        found = self.find(connection, name)
        if found is not None:
            return found
        plain = name if is_plain_name(name) else f"documents_{hashlib.sha256(name.encode()).hexdigest()[:24]}"
        spec = TableSpec(name=plain, key=(), columns={})
        build_table(spec, self._dialect).create(connection, checkfirst=False)
        connection.execute(insert(CATALOGUE).values(name=name, sql_name=plain, declaration=spec.to_text()))
        return self._stored(plain, spec.to_text())

    def drop(self, connection: Connection, name: str) -> None:
        """Drop a table if it exists."""
        found = self.find(connection, name)
        if found is not None:
            build_table(found.spec, self._dialect).drop(connection)
            connection.execute(delete(CATALOGUE).where(CATALOGUE.c.name == name))

    def is_complete(self, connection: Connection) -> bool:
        """Return whether every declared table is stored exactly as declared."""
        stored = self._declarations(connection)
        return all(stored.get(name) == spec.to_text() for name, spec in self._specs.items())

    def declare(self, connection: Connection) -> None:
        """Make the declared tables and indexes that the store lacks.

        Raises:
            StoreVersionError: a stored table has other columns than declared, and no migration changed it.
        """
        stored = self._declarations(connection)
        for name, spec in self._specs.items():
            if name not in stored:
                self._create_declared(connection, spec)
            elif stored[name] != spec.to_text():
                self._change_indexes(connection, TableSpec.from_text(name, stored[name]), spec)

    def _create_declared(self, connection: Connection, spec: TableSpec) -> None:
        self._sql_tables[spec.name].create(connection, checkfirst=False)
        statements = append_only_ddl(spec.name, self._dialect) if spec.append_only else []
        if spec.tallied:
            tally_table(spec, self._dialect).create(connection, checkfirst=False)
            statements += tally_ddl(spec, self._dialect)
        for statement in statements:
            # PostgreSQL's driver reads % as a mark; SQLite's has none to confuse.
            escaped = statement.replace("%", "%%") if self._dialect == "postgresql" else statement
            connection.exec_driver_sql(escaped)
        connection.execute(
            insert(CATALOGUE).values(name=spec.name, sql_name=spec.name, declaration=spec.to_text())
        )

    def _change_indexes(self, connection: Connection, old: TableSpec, new: TableSpec) -> None:
        if not old.same_rows(new):
            raise StoreVersionError(
                f"The stored table {new.name} has other columns than this program declares, and no migration "
                "explains it. Use the program version that wrote the store. Nothing was changed."
            )
        before = {index.name: index for index in build_table(old, self._dialect).indexes}
        after = {index.name: index for index in self._sql_tables[new.name].indexes}
        for name in before.keys() - after.keys():
            before[name].drop(connection)
        for name in after.keys() - before.keys():
            after[name].create(connection)
        connection.execute(
            update(CATALOGUE).where(CATALOGUE.c.name == new.name).values(declaration=new.to_text())
        )

    def _declarations(self, connection: Connection) -> dict[str, str]:
        rows = connection.execute(select(CATALOGUE.c.name, CATALOGUE.c.declaration))
        return {row.name: row.declaration for row in rows}

    def _read_declaration(self, sql_name: str, declaration: str) -> Statements:
        return Statements(TableSpec.from_text(sql_name, declaration), self._dialect)
