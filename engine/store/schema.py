"""What a stored table looks like: its declaration, as programs make it and as the store keeps it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

ColumnType = Literal["text", "integer", "boolean", "real"]
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
    #: Columns of lists as JSON: triggers keep which rows have an entry (``engine.store.listings``).
    listed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse names that SQL would take differently from what they say."""
        if not is_plain_name(self.name):
            raise ValueError(f"{self.name!r} cannot be the name of a declared table")
        for column in self.columns:
            if not _NAME.fullmatch(column) or column in _RESERVED_COLUMNS:
                raise ValueError(f"{self.name}: {column!r} cannot be the name of a promoted column")
        for columns in (self.key, *self.indexes, *self.unique, self.tallied, self.listed):
            if unknown := set(columns) - set(self.columns):
                raise ValueError(f"{self.name}: not among the promoted columns: {sorted(unknown)}")

    def to_text(self) -> str:
        """Return the declaration as JSON, as the catalogue of a store keeps it."""
        return self._text

    @cached_property  # each store that is opened asks for it several times
    def _text(self) -> str:
        return json.dumps(
            {
                "key": self.key,
                "columns": dict(self.columns),
                "indexes": self.indexes,
                "unique": self.unique,
                "append_only": self.append_only,
                "tallied": self.tallied,
                "listed": self.listed,
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
            listed=tuple(data.get("listed", ())),
        )

    def covers(self, other: TableSpec) -> bool:
        """Say whether a program that declares ``other`` can work with this table, which has no less.

        Columns that it does not know it leaves alone; the key, the triggers and the tallies are the same.
        """
        kept = {name: self.columns.get(name) for name in other.columns}
        return (self.key, kept, self.append_only, self.tallied) == (
            other.key,
            dict(other.columns),
            other.append_only,
            other.tallied,
        )

    def has_indexes_of(self, other: TableSpec) -> bool:
        """Say whether this table has every index and listing that ``other`` declares."""
        has_listings = set(other.listed) <= set(self.listed)
        has_unique = set(other.unique) <= set(self.unique)
        return has_listings and has_unique and set(other.indexes) <= {*self.indexes, *self.unique}

    def with_indexes_of(self, other: TableSpec) -> TableSpec:
        """Give this declaration with the indexes and listings of ``other`` too: none is ever taken away."""
        return replace(
            self,
            indexes=tuple(dict.fromkeys((*self.indexes, *other.indexes))),
            unique=tuple(dict.fromkeys((*self.unique, *other.unique))),
            listed=tuple(dict.fromkeys((*self.listed, *other.listed))),
        )

    def same_rows(self, other: TableSpec) -> bool:
        """Return whether rows of both look the same, whatever their indexes and listings."""
        return (self.key, dict(self.columns), self.append_only, self.tallied) == (
            other.key,
            dict(other.columns),
            other.append_only,
            other.tallied,
        )


def index_name(table: str, columns: tuple[str, ...], *, unique: bool) -> str:
    """Return a name within PostgreSQL's limit of 63 bytes, the same every time."""
    name = f"{'uq' if unique else 'ix'}_{table}_{'_'.join(columns)}"
    if len(name) <= 60:
        return name
    return f"{name[:49]}_{hashlib.sha256(name.encode()).hexdigest()[:10]}"
