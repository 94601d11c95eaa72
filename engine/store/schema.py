"""What a stored table looks like: the declaration, and the SQL objects made from it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import BigInteger, Boolean, Column, Double, Identity, Index, Integer, MetaData, Table, Text
from sqlalchemy.types import TypeEngine

ColumnType = Literal["text", "integer", "boolean", "real"]
Dialect = Literal["sqlite", "postgresql"]
#: The values of the promoted columns, and the document as JSON text.
Row = tuple[dict[str, Any], str]

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,54}")
_RESERVED_COLUMNS = frozenset({"doc_id", "document"})
_RESERVED_TABLES = ("store_", "sqlite_", "pg_")


def is_plain_name(name: str) -> bool:
    """Return whether both databases take ``name`` as a table of ours, as it is."""
    return bool(_NAME.fullmatch(name)) and not name.startswith(_RESERVED_TABLES)


@dataclass(frozen=True, kw_only=True)
class TableSpec:
    """What a declared table looks like."""

    name: str
    #: NOT NULL and unique together; the first one is the business id.
    key: tuple[str, ...]
    #: All promoted columns, the key included.
    columns: Mapping[str, ColumnType]
    indexes: tuple[tuple[str, ...], ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()
    #: Triggers refuse UPDATE and DELETE.
    append_only: bool = False
    #: Triggers keep the number of rows of each combination of these columns (``engine.store.tallies``).
    tallied: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse names that SQL would take differently from what they say."""
        if not is_plain_name(self.name):
            raise ValueError(f"{self.name!r} cannot be the name of a declared table")
        for column in self.columns:
            if not _NAME.fullmatch(column) or column in _RESERVED_COLUMNS:
                raise ValueError(f"{self.name}: {column!r} cannot be the name of a promoted column")
        for columns in (self.key, *self.indexes, *self.unique, self.tallied):
            if unknown := set(columns) - set(self.columns):
                raise ValueError(f"{self.name}: not among the promoted columns: {sorted(unknown)}")

    def to_text(self) -> str:
        """Return the declaration as JSON, as the catalogue of a store keeps it."""
        return json.dumps(
            {
                "key": self.key,
                "columns": dict(self.columns),
                "indexes": self.indexes,
                "unique": self.unique,
                "append_only": self.append_only,
                "tallied": self.tallied,
            }
        )

    @classmethod
    def from_text(cls, name: str, text: str) -> TableSpec:
        """Return the declaration that ``to_text`` wrote."""
        data = json.loads(text)
        return cls(
            name=name,
            key=tuple(data["key"]),
            columns=data["columns"],
            indexes=tuple(tuple(columns) for columns in data["indexes"]),
            unique=tuple(tuple(columns) for columns in data["unique"]),
            append_only=data["append_only"],
            tallied=tuple(data.get("tallied", ())),
        )

    def same_rows(self, other: TableSpec) -> bool:
        """Return whether rows of both look the same, whatever their indexes."""
        return (self.key, dict(self.columns), self.append_only, self.tallied) == (
            other.key,
            dict(other.columns),
            other.append_only,
            other.tallied,
        )


def column_type(kind: ColumnType, dialect: Dialect) -> TypeEngine[Any]:
    """Return the SQL type; text sorts by code point on both databases."""
    if kind == "text":
        return Text(collation="C") if dialect == "postgresql" else Text()
    types: dict[ColumnType, TypeEngine[Any]] = {
        "integer": BigInteger(),
        "boolean": Boolean(),
        "real": Double(),
    }
    return types[kind]


def build_table(spec: TableSpec, dialect: Dialect) -> Table:
    """Return the SQLAlchemy table of a declaration, with its indexes; the same object each time.

    A table that is not declared (no key) never uses an id twice, as TinyDB does.
    """
    return _table_of(spec.name, spec.to_text(), dialect)


@lru_cache(maxsize=256)  # building those of a store anew would be most of the time that opening it takes
def _table_of(name: str, declaration: str, dialect: Dialect) -> Table:
    spec = TableSpec.from_text(name, declaration)
    promoted = [
        Column(name, column_type(kind, dialect), nullable=name not in spec.key)
        for name, kind in spec.columns.items()
    ]
    identity = [Identity(always=False)] if dialect == "postgresql" else []
    table = Table(
        spec.name,
        MetaData(),
        Column("doc_id", BigInteger().with_variant(Integer(), "sqlite"), *identity, primary_key=True),
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
    """Add one index. NULL sorts first in it on both databases, as SQLite does by itself."""
    parts = [table.c[name] for name in columns]
    sorted_parts = [part.nulls_first() for part in parts] if dialect == "postgresql" else parts
    Index(index_name(table.name, columns, unique=unique), *sorted_parts, unique=unique)


def index_name(table: str, columns: tuple[str, ...], *, unique: bool) -> str:
    """Return a name within PostgreSQL's limit of 63 bytes, the same every time."""
    name = f"{'uq' if unique else 'ix'}_{table}_{'_'.join(columns)}"
    if len(name) <= 60:
        return name
    return f"{name[:49]}_{hashlib.sha256(name.encode()).hexdigest()[:10]}"


def append_only_ddl(table: str, dialect: Dialect) -> list[str]:
    """Return the statements after which the database itself refuses to change rows of ``table``."""
    if dialect == "sqlite":
        return [
            f'CREATE TRIGGER IF NOT EXISTS "{table}_no_{verb.lower()}" BEFORE {verb} ON "{table}" '
            f"BEGIN SELECT RAISE(ABORT, 'append-only: {table} refuses {verb}'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    function = (
        "CREATE OR REPLACE FUNCTION store_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'append-only: % refuses %', TG_TABLE_NAME, TG_OP; END $$"
    )
    rows = (
        f'CREATE OR REPLACE TRIGGER "{table}_no_change" BEFORE UPDATE OR DELETE ON "{table}" '
        "FOR EACH ROW EXECUTE FUNCTION store_refuse_change()"
    )
    truncate = (
        f'CREATE OR REPLACE TRIGGER "{table}_no_truncate" BEFORE TRUNCATE ON "{table}" '
        "FOR EACH STATEMENT EXECUTE FUNCTION store_refuse_change()"
    )
    return [function, rows, truncate]
