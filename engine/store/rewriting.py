"""What a migration does to documents: fields that come, go or are called otherwise, with their columns."""

# ruff: noqa: S608 - table and column names are checked when they are declared; values are always bound
from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection

from engine.store.dialects import dialect_of
from engine.store.driver import execute, execute_many
from engine.store.promotion import promoted, row_from
from engine.store.reshaping import drop_column, rename_column, stored_spec
from engine.store.schema import TableSpec
from engine.store.statements import Statements

Document = dict[str, Any]

_BATCH = 500


def read_documents(connection: Connection, table: str) -> Iterator[Document]:
    """Yield every document of a stored table, oldest row first, in constant memory."""
    for _, document in _rows(connection, table):
        yield document


def add_documents(connection: Connection, table: str, documents: Iterable[Mapping[str, Any]]) -> None:
    """Add documents to a stored table, with their promoted columns."""
    statements = Statements(stored_spec(connection, table), dialect_of(connection))
    rows = [row_from(statements.spec, document) for document in documents]
    if rows:
        execute_many(connection, statements.insert, statements.row_params(rows))


def rewrite_documents(
    connection: Connection, table: str, changes_of: Callable[[Document], Mapping[str, Any]]
) -> None:
    """Set the fields that ``changes_of`` gives for each document, and the promoted columns of those fields.

    What it gives nothing for stays as it is, byte by byte. A column that is promoted from several fields is
    the step's own to set.

    Raises:
        StoreVersionError: the store has no such table.
    """
    spec = stored_spec(connection, table)
    for doc_id, document in _rows(connection, table):
        if changes := changes_of(document):
            _write(connection, spec, doc_id, {**document, **changes}, changes.keys() & spec.columns)


def fill_columns(
    connection: Connection, table: str, values_of: Mapping[str, Callable[[Document], Any]]
) -> None:
    """Set promoted columns of every row from its document, which stays as it is, byte by byte.

    Raises:
        StoreVersionError: the store has no such table.
    """
    spec, mark = stored_spec(connection, table), dialect_of(connection).mark
    assignments = ", ".join(f'"{name}" = {mark}' for name in values_of)
    query = f'UPDATE "{table}" SET {assignments} WHERE doc_id = {mark}'
    for batch in _batches(connection, table):
        rows = [
            (*(promoted(spec.columns[name], of(document)) for name, of in values_of.items()), doc_id)
            for doc_id, document in batch
        ]
        execute_many(connection, query, rows)


def rename_field(connection: Connection, table: str, field: str, name: str) -> None:
    """Rename a field of every document that has it, in its place, and its promoted column if it has one.

    Raises:
        StoreVersionError: the store has no such table.
    """
    if field in stored_spec(connection, table).columns:
        rename_column(connection, table, field, name)
    spec = stored_spec(connection, table)
    for doc_id, document in _rows(connection, table):
        if field in document:
            renamed = {name if key == field else key: value for key, value in document.items()}
            _write(connection, spec, doc_id, renamed, ())


def drop_field(connection: Connection, table: str, field: str) -> None:
    """Take a field out of every document that has it, and drop its promoted column if it has one.

    Raises:
        StoreVersionError: the store has no such table, or rows are found or counted by that field.
    """
    if field in stored_spec(connection, table).columns:
        drop_column(connection, table, field)
    spec = stored_spec(connection, table)
    for doc_id, document in _rows(connection, table):
        if field in document:
            del document[field]
            _write(connection, spec, doc_id, document, ())


def _write(
    connection: Connection, spec: TableSpec, doc_id: int, document: Document, columns: Iterable[str]
) -> None:
    """Write a document to its row, and the columns that are promoted from these of its fields."""
    values = {name: promoted(spec.columns[name], document.get(name)) for name in columns}
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    mark = dialect_of(connection).mark
    assignments = ", ".join(f'"{name}" = {mark}' for name in (*values, "document"))
    query = f'UPDATE "{spec.name}" SET {assignments} WHERE doc_id = {mark}'
    execute(connection, query, (*values.values(), text, doc_id))


def _rows(connection: Connection, table: str) -> Iterator[tuple[int, Document]]:
    for batch in _batches(connection, table):
        yield from batch


def _batches(connection: Connection, table: str) -> Iterator[list[tuple[int, Document]]]:
    """Yield rows in batches, each read to its end, so that they may be changed meanwhile."""
    mark, last = dialect_of(connection).mark, 0
    query = f'SELECT doc_id, document FROM "{table}" WHERE doc_id > {mark} ORDER BY doc_id LIMIT {_BATCH}'
    while found := execute(connection, query, (last,)).fetchall():
        yield [(doc_id, json.loads(text)) for doc_id, text in found]
        last = found[-1][0]
