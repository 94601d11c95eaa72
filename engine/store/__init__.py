"""The store: tables of documents with promoted columns, on SQLite and PostgreSQL; it knows no domain noun.

The engine holds a ``DocumentStore``. ``Database`` is TinyDB's API over one, for scripts and notebooks; TinyDB
is imported only by whoever asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from engine.store.chains import date_heads, move_head, read_head
from engine.store.dialects import Dialect
from engine.store.document_store import DocumentStore
from engine.store.driver import driver_errors, execute_script
from engine.store.migrations import Migration, add_system_tables
from engine.store.pieces import Hit, holding, rank_of
from engine.store.plans import Plan, plan
from engine.store.positions import PAST, POSITIONS, raise_positions
from engine.store.reshaping import (
    add_column,
    add_index,
    add_table,
    drop_column,
    drop_index,
    drop_table,
    has_table,
    rename_column,
    rename_table,
)
from engine.store.rewriting import (
    add_documents,
    drop_field,
    fill_columns,
    read_documents,
    rename_field,
    rewrite_documents,
)
from engine.store.rows import DocumentTable
from engine.store.schema import ColumnType, Row, TableSpec
from engine.store.transactions import Head

if TYPE_CHECKING:
    from engine.store.tinydb import Database as Database

__all__ = [
    "PAST",
    "POSITIONS",
    "ColumnType",
    "Connection",
    "Dialect",
    "DocumentStore",
    "DocumentTable",
    "Head",
    "Hit",
    "Migration",
    "Plan",
    "Row",
    "TableSpec",
    "add_column",
    "add_documents",
    "add_index",
    "add_system_tables",
    "add_table",
    "date_heads",
    "driver_errors",
    "drop_column",
    "drop_field",
    "drop_index",
    "drop_table",
    "execute_script",
    "fill_columns",
    "has_table",
    "holding",
    "move_head",
    "plan",
    "raise_positions",
    "rank_of",
    "read_documents",
    "read_head",
    "rename_column",
    "rename_field",
    "rename_table",
    "rewrite_documents",
]


def __getattr__(name: str) -> Any:
    """Import TinyDB's API when it is asked for."""
    if name == "Database":
        from engine.store.tinydb import Database  # noqa: PLC0415 - what the engine never uses

        return Database
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
