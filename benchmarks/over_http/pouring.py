"""Pours a filled SQLite store into an empty database of PostgreSQL: the same rows, not made again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from typing import Any

import psycopg
from psycopg import sql

from benchmarks.over_http.serving import Store
from engine.app import Workbench
from engine.config import Settings

#: How the store itself came about; each database keeps its own.
_OWN = frozenset({"store_migrations", "store_tables"})


def poured(filled: Store, url: str) -> Store:
    """Return a store in the empty database at ``url`` that holds what one of SQLite holds."""
    store = Store(url, filled.repository, filled.place / "on-postgresql")
    store.place.mkdir(exist_ok=True)
    settings = Settings(content=str(store.repository), database=url, blobs=str(store.place / "blobs"))
    Workbench(settings, migrate=True).close()  # makes the tables
    file = filled.database.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file)) as source, psycopg.connect(url) as target:
        target.execute("SET session_replication_role = replica")  # triggers did their work already
        tables = [row[0] for row in target.execute(_TABLES).fetchall() if row[0] not in _OWN]
        target.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(map(sql.Identifier, tables))))
        for table in tables:
            _pour(source, target, table)
    with psycopg.connect(url, autocommit=True) as target:
        target.execute("VACUUM ANALYZE")
    return store


_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
#: Columns whose values the database counts on.
_NUMBERS = frozenset({"doc_id", "piece_id"})
_COLUMNS = (
    "SELECT column_name, data_type = 'boolean' FROM information_schema.columns"
    " WHERE table_schema = 'public' AND table_name = %s ORDER BY ordinal_position"
)


def _pour(source: sqlite3.Connection, target: psycopg.Connection[Any], table: str) -> None:
    columns = target.execute(_COLUMNS, [table]).fetchall()
    names = ", ".join(f'"{name}"' for name, _ in columns)
    flags = [place for place, (_, is_flag) in enumerate(columns) if is_flag]
    copy = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(sql.Identifier(name) for name, _ in columns)
    )
    with target.cursor().copy(copy) as writing:
        for row in _flagged(source.execute(f'SELECT {names} FROM "{table}"'), flags):
            writing.write_row(row)
    if (number := columns[0][0]) in _NUMBERS:
        target.execute(
            sql.SQL("SELECT setval(pg_get_serial_sequence({}, {}), coalesce(max({}), 1)) FROM {}").format(
                sql.Literal(table), sql.Literal(number), sql.Identifier(number), sql.Identifier(table)
            )
        )


def _flagged(rows: Iterable[tuple[Any, ...]], flags: list[int]) -> Iterable[list[Any]]:
    """Yield rows with true and false where SQLite has 1 and 0."""
    for row in rows:
        values = list(row)
        for place in flags:
            values[place] = None if values[place] is None else bool(values[place])
        yield values
