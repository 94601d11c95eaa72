"""The store: TinyDB's API over SQLAlchemy, on SQLite and PostgreSQL; it knows no domain noun."""

from __future__ import annotations

from sqlalchemy import Connection

from engine.store.chains import Head
from engine.store.database import Database
from engine.store.migrations import Migration
from engine.store.reshaping import add_column, read_documents, rewrite_documents
from engine.store.schema import ColumnType, Row, TableSpec
from engine.store.table import DocumentTable

__all__ = [
    "ColumnType",
    "Connection",
    "Database",
    "DocumentTable",
    "Head",
    "Migration",
    "Row",
    "TableSpec",
    "add_column",
    "read_documents",
    "rewrite_documents",
]
