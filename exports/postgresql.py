"""The schema of a database that exports are loaded into: made once, then kept up to date (EXP-12)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from engine.audit.chain import Anchor
from engine.errors import ConflictError
from exports import contract, ddl, views
from exports.records import FieldShape, TableShape, tables

#: What was loaded, in one row beside the tables.
_MANIFEST = """
CREATE TABLE manifest (
    body jsonb NOT NULL,
    package jsonb NOT NULL,
    shape text NOT NULL,
    loaded_at timestamptz NOT NULL
);
COMMENT ON TABLE manifest IS 'The export that was loaded last; one row.';
COMMENT ON COLUMN manifest.body IS 'Its manifest.json: as_of is the moment that all tables are of.';
COMMENT ON COLUMN manifest.package IS 'Its datapackage.json.';
COMMENT ON COLUMN manifest.shape IS 'A hash of the definitions of the tables and views.';
COMMENT ON COLUMN manifest.loaded_at IS 'When it was loaded.';
"""


class Held(NamedTuple):
    """The export that a schema holds."""

    manifest: Mapping[str, Any]
    package: Mapping[str, Any]
    shape: str

    @property
    def end(self) -> Anchor:
        """The end of its chain."""
        return end_of(self.manifest)


def end_of(manifest: Mapping[str, Any]) -> Anchor:
    """Return the end of the chain that a manifest names."""
    return Anchor(manifest["chain"]["count"], manifest["chain"]["head_hash"] or "")


class Schema:
    """A schema within one transaction; names without a schema mean what is in it."""

    def __init__(self, connection: Connection, name: str) -> None:
        self._connection = connection
        self.name = name
        #: Fields that were added to tables with records in them, and may hold no null once those are loaded.
        self._to_require: list[tuple[str, str]] = []

    def enter(self) -> Held | None:
        """Take the schema for this transaction alone, and say what it holds; None where that is nothing yet.

        Raises:
            ConflictError: another load is under way in it, or it holds something else.
        """
        (is_free,) = self._one(
            "SELECT pg_try_advisory_xact_lock(hashtextextended('workbench export ' || %s, 0))", [self.name]
        )
        if not is_free:
            raise ConflictError(
                f"Another load into the schema {self.name} is under way. Load again when it is done."
            )
        (exists,) = self._one("SELECT to_regnamespace(quote_ident(%s)) IS NOT NULL", [self.name])
        if not exists:
            self._connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(self.name)))
        self._connection.execute(
            sql.SQL("SET LOCAL search_path TO {}; SET LOCAL client_min_messages TO warning").format(
                sql.Identifier(self.name)
            )
        )
        return self._held()

    def _held(self) -> Held | None:
        columns = self._columns()
        if not columns:
            return None
        if "loaded_at" not in columns.get("manifest", ()):
            raise ConflictError(
                f"The schema {self.name} holds tables that `workbench export load` did not make, for example "
                f"{min(columns)}. Nothing was changed. Name another one with --schema, or drop this one."
            )
        return Held(*self._one("SELECT body, package, shape FROM manifest"))

    def bring_up_to_date(self, held: Held | None, package: Mapping[str, Any]) -> None:
        """Make the tables, fields and views that this release has and the schema has not; drop none.

        What is up to date is not touched: that would wait for everybody who reads.

        Raises:
            ConflictError: a field or table that is there would have to go or to become another.
        """
        if held is None:
            self._connection.execute(_MANIFEST)
        elif broken := contract.breaking(contract.compare(held.package, package)):
            raise ConflictError(
                f"What readers of the schema {self.name} rely on is not in this export: "
                f"{'; '.join(map(str, broken))}. Nothing was changed. Load it into another schema with "
                "--schema, and let readers change over to that one.",
                details=[{"code": "CONTRACT", "message": str(change)} for change in broken],
            )
        columns, views_there = self._columns(), self._views()
        is_whole = all(set(table.field_names) <= set(columns.get(table.name, ())) for table in tables())
        if held is not None and held.shape == shape() and is_whole and views_there >= set(views.names()):
            return
        for table in tables():
            self._bring_table_up_to_date(table, columns.get(table.name))
        for table in tables():
            if table.name not in columns:
                self._run(ddl.references(table))
        self._run(list(ddl.comments()))
        self._run(list(views.statements()))

    def _bring_table_up_to_date(self, table: TableShape, there: Mapping[str, bool] | None) -> None:
        if there is None:
            self._run([ddl.create(table)])
            return
        name = ddl.quoted(table.name)
        for field in table.fields:
            if field.name not in there:
                self._run([f"ALTER TABLE {name} ADD COLUMN {ddl.quoted(field.name)} {ddl.type_of(field)}"])
                self._run(_references_of(table, field))
                if not field.nullable:
                    self._to_require.append((table.name, field.name))
            if field.choices:
                constraint = ddl.quoted(f"{table.name}_{field.name}_check")
                self._run(
                    [
                        f"ALTER TABLE {name} DROP CONSTRAINT IF EXISTS {constraint}",
                        f"ALTER TABLE {name} ADD CONSTRAINT {constraint} {ddl.check_of(field)}",
                    ]
                )

    def leave(self, manifest: Mapping[str, Any], package: Mapping[str, Any]) -> None:
        """Check what was put off until all records are there, and keep which export they are of."""
        self._connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table, field in self._to_require:
            self._run([f"ALTER TABLE {ddl.quoted(table)} ALTER COLUMN {ddl.quoted(field)} SET NOT NULL"])
        self._connection.execute("DELETE FROM manifest")
        self._connection.execute(
            "INSERT INTO manifest VALUES (%s, %s, %s, now())", [Jsonb(manifest), Jsonb(package), shape()]
        )

    def _columns(self) -> dict[str, dict[str, bool]]:
        """Return every table and view that is there with its columns, and whether each is required."""
        found: dict[str, dict[str, bool]] = {}
        rows = self._connection.execute(
            "SELECT relname, attname, attnotnull FROM pg_class LEFT JOIN pg_attribute"
            " ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped"
            " WHERE relnamespace = to_regnamespace(quote_ident(%s)) AND relkind IN ('r', 'p', 'f', 'v', 'm')",
            [self.name],
        )
        for table, column, is_required in rows:
            found.setdefault(table, {})[column] = is_required
        return found

    def _views(self) -> set[str]:
        rows = self._connection.execute("SELECT viewname FROM pg_views WHERE schemaname = %s", [self.name])
        return {name for (name,) in rows}

    def _one(self, query: str, params: list[Any] | None = None) -> tuple[Any, ...]:
        row = self._connection.execute(query.encode(), params).fetchone()
        assert row is not None  # noqa: S101 - each of these queries gives a row
        return row

    def _run(self, statements: list[str]) -> None:
        if statements:
            self._connection.execute(";\n".join(one.rstrip().rstrip(";") for one in statements).encode())


def _references_of(table: TableShape, field: FieldShape) -> list[str]:
    """Return the statements for the references of a field that was added."""
    own = [reference for reference in table.references if reference.fields == (field.name,)]
    return ddl.references(table, own)


def shape() -> str:
    """Return a hash of all that this release makes in a schema."""
    return hashlib.sha256("\n".join([ddl.generate(), *views.statements()]).encode()).hexdigest()
