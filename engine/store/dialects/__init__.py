"""Where the two databases differ: everything else in the store, and every ``queries.py``, asks a ``Dialect``.

How a connection is opened is in ``engine.store.connections``, what a driver's error means in
``engine.store.failures``.
"""

from __future__ import annotations

from sqlalchemy import Connection

from engine.store.dialects.base import Dialect
from engine.store.dialects.postgresql import PostgreSQL
from engine.store.dialects.sqlite import SQLite

__all__ = ["Dialect", "PostgreSQL", "SQLite", "dialect_named", "dialect_of"]

_DIALECTS: dict[str, Dialect] = {dialect.name: dialect for dialect in (SQLite(), PostgreSQL())}


def dialect_named(name: str) -> Dialect:
    """Give the dialect with the name that SQLAlchemy has for it, ``sqlite`` or ``postgresql``."""
    return _DIALECTS[name]


def dialect_of(connection: Connection) -> Dialect:
    """Give the dialect of the database that a connection leads to."""
    return dialect_named(connection.dialect.name)
