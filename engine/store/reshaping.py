"""What a migration is made of: columns for stored tables, and changes to their documents.

Each runs in the transaction of its step, on the tables as that step finds them; the declarations of today's
program play no part, because a released step does the same for ever.
"""

# ruff: noqa: S608 - table and column names are checked when they are declared; values are always bound
from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from sqlalchemy import Column, Connection, select, update
from sqlalchemy.schema import CreateColumn

from engine.errors import StoreVersionError
from engine.store.driver import execute
from engine.store.migrations import CATALOGUE
from engine.store.promotion import promoted
from engine.store.schema import ColumnType, Dialect, TableSpec, column_type

Document = dict[str, Any]

_BATCH = 500


def add_column(
    connection: Connection, table: str, column: str, kind: ColumnType, *, initial: Any = None
) -> None:
    """Add a promoted column to a stored table and to its declaration; ``initial`` is what all rows get.

    Raises:
        StoreVersionError: the store has no such table.
    """
    old = _stored_spec(connection, table)
    new = replace(old, columns={**old.columns, column: kind})
    definition = CreateColumn(Column(column, column_type(kind, _dialect(connection))))
    connection.exec_driver_sql(
        f'ALTER TABLE "{table}" ADD COLUMN {definition.compile(dialect=connection.dialect)}'
    )
    connection.execute(update(CATALOGUE).where(CATALOGUE.c.name == table).values(declaration=new.to_text()))
    if initial is not None:
        execute(connection, f'UPDATE "{table}" SET "{column}" = {_mark(connection)}', (initial,))


def read_documents(connection: Connection, table: str) -> Iterator[Document]:
    """Yield every document of a stored table, oldest row first, in constant memory."""
    for _, document in _rows(connection, table):
        yield document


def rewrite_documents(
    connection: Connection, table: str, changes_of: Callable[[Document], Mapping[str, Any]]
) -> None:
    """Set the fields that ``changes_of`` gives for each document, and the promoted columns of those fields.

    What it gives nothing for stays as it is, byte by byte. A column that is promoted from several fields is
    the step's own to set.

    Raises:
        StoreVersionError: the store has no such table.
    """
    spec, mark = _stored_spec(connection, table), _mark(connection)
    for doc_id, document in _rows(connection, table):
        changes = changes_of(document)
        if not changes:
            continue
        columns = {
            name: promoted(spec.columns[name], changes[name]) for name in changes.keys() & spec.columns
        }
        text = json.dumps({**document, **changes}, ensure_ascii=False, separators=(",", ":"))
        assignments = ", ".join(f'"{name}" = {mark}' for name in (*columns, "document"))
        query = f'UPDATE "{table}" SET {assignments} WHERE doc_id = {mark}'
        execute(connection, query, (*columns.values(), text, doc_id))


def _rows(connection: Connection, table: str) -> Iterator[tuple[int, Document]]:
    """Yield rows in batches, each read to its end, so that they may be changed meanwhile."""
    mark, last = _mark(connection), 0
    query = f'SELECT doc_id, document FROM "{table}" WHERE doc_id > {mark} ORDER BY doc_id LIMIT {_BATCH}'
    while found := execute(connection, query, (last,)).fetchall():
        for doc_id, text in found:
            yield doc_id, json.loads(text)
        last = found[-1][0]


def _stored_spec(connection: Connection, table: str) -> TableSpec:
    text = connection.scalar(select(CATALOGUE.c.declaration).where(CATALOGUE.c.name == table))
    if text is None:
        raise StoreVersionError(
            f"The store has no table {table}, which every store of its version has. It is damaged: restore a "
            "backup. Nothing was changed."
        )
    return TableSpec.from_text(table, text)


def _dialect(connection: Connection) -> Dialect:
    return cast(Dialect, connection.dialect.name)


def _mark(connection: Connection) -> str:
    return "?" if connection.dialect.name == "sqlite" else "%s"
