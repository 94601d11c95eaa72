"""``TinyTable``: TinyDB's ``Table`` over one SQL table."""

# ruff: noqa: S608 - table and column names are checked when they are declared; values are always bound
from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any, NoReturn

from sqlalchemy import Connection
from tinydb.queries import QueryLike
from tinydb.storages import Storage
from tinydb.table import Document, Table

from engine.errors import ConflictError
from engine.store.document_store import DocumentStore
from engine.store.promotion import row_from
from engine.store.statements import Params, Statements
from engine.store.tinydb.document_ids import as_id, assign_ids
from engine.store.tinydb.narrowing import narrow

Change = Mapping[str, Any] | Callable[[MutableMapping[str, Any]], None]
#: A document with the id of its row.
Found = tuple[int, dict[str, Any]]


def refuse_to_change(store: DocumentStore) -> NoReturn:
    """Refuse a write that would bypass the program to which the store belongs."""
    raise ConflictError(
        f"The store {store.url} was made by a program for its declared tables; here it is only read. Change "
        "records with that program (workbench, or the board), which asks its rules and records an event. Use "
        "a Database of your own for other documents."
    )


class TinyTable(Table):
    """A table of documents with TinyDB's whole vocabulary.

    It differs from TinyDB's own in that nothing is remembered in the process: no query cache, and ids
    come from the database. Every call is one transaction, or part of the block it is in.
    """

    def __init__(
        self,
        store: DocumentStore,
        storage: Storage,
        name: str,
        *,
        reads_only: bool = False,
        cache_size: int = 0,
        persist_empty: bool = False,
    ) -> None:
        super().__init__(storage, name, cache_size=cache_size)
        self._store, self._reads_only = store, reads_only
        if persist_empty:
            with self._writing():
                pass

    # --- reading ---------------------------------------------------------------------------------

    def search(self, cond: QueryLike) -> list[Document]:
        """Return all documents that match ``cond``, in the order of their ids."""
        with self._store.read() as connection:
            return [self._document(found) for found in self._matching(connection, cond)]

    def get(  # type: ignore[override]  # TinyDB's overloads say no more than this
        self,
        cond: QueryLike | None = None,
        doc_id: int | None = None,
        doc_ids: list[int] | None = None,
    ) -> Document | list[Document] | None:
        """Return the document with that id, or the first that matches; a list for ``doc_ids``."""
        with self._store.read() as connection:
            if doc_id is not None:
                first = next(self._by_ids(connection, [doc_id]), None)
            elif doc_ids is not None:
                return [self._document(found) for found in self._by_ids(connection, doc_ids)]
            elif cond is not None:
                first = next(self._matching(connection, cond), None)
            else:
                raise RuntimeError("You have to pass either cond or doc_id or doc_ids")
        return None if first is None else self._document(first)

    def __len__(self) -> int:
        """Return the number of documents."""
        return self._store.table(self._name).count_rows({})

    def __iter__(self) -> Iterator[Document]:
        """Iterate over all documents of one snapshot, in the order of their ids."""
        with self._store.read() as connection:
            documents = [self._document(found) for found in self._matching(connection, None)]
        return iter(documents)

    # --- writing ---------------------------------------------------------------------------------

    def insert(self, document: Mapping[str, Any]) -> int:
        """Insert a document and return its id."""
        return self.insert_multiple([document])[0]

    def insert_multiple(self, documents: Iterable[Mapping[str, Any]]) -> list[int]:
        """Insert documents and return their ids; all or none."""
        with self._writing() as (connection, statements):
            given, rows = [], []
            for document in documents:
                if not isinstance(document, Mapping):
                    raise ValueError("Document is not a Mapping")
                given.append(document.doc_id if isinstance(document, self.document_class) else None)
                rows.append(row_from(statements.spec, document))
            doc_ids = assign_ids(connection, statements, given)
            params = [
                (doc_id, *row) for doc_id, row in zip(doc_ids, statements.row_params(rows), strict=True)
            ]
            if params:
                connection.exec_driver_sql(statements.insert_with_id, params)
        return doc_ids

    def update(
        self,
        fields: Change,
        cond: QueryLike | None = None,
        doc_ids: Iterable[int] | None = None,
    ) -> list[int]:
        """Update all matching documents and return their ids; all or none."""
        with self._writing() as (connection, statements):
            found = self._for_change(connection, cond, doc_ids)
            for _, document in found:
                _apply(fields, document)
            self._save(connection, statements, found)
        return [doc_id for doc_id, _ in found]

    def update_multiple(self, updates: Iterable[tuple[Change, QueryLike]]) -> list[int]:
        """Apply each change to the documents that match its query, one document after another."""
        updated: list[int] = []
        with self._writing() as (connection, statements):
            changes = list(updates)
            touched: list[Found] = []
            for doc_id, document in self._for_change(connection, None, None):
                matches = 0
                for fields, cond in changes:
                    if cond(document):
                        matches += 1
                        _apply(fields, document)
                updated += [doc_id] * matches
                if matches:
                    touched.append((doc_id, document))
            self._save(connection, statements, touched)
        return updated

    def upsert(self, document: Mapping[str, Any], cond: QueryLike | None = None) -> list[int]:
        """Update the matching documents, or insert ``document`` if there are none."""
        with self._writing() as (connection, statements):
            # Nobody may insert a match between looking and inserting.
            statements.dialect.lock_table(connection, statements.spec.name)
            return super().upsert(document, cond)

    def remove(self, cond: QueryLike | None = None, doc_ids: Iterable[int] | None = None) -> list[int]:
        """Remove all matching documents and return their ids."""
        if cond is None and doc_ids is None:
            raise RuntimeError("Use truncate() to remove all documents")
        with self._writing() as (connection, statements):
            removed = [doc_id for doc_id, _ in self._for_change(connection, cond, doc_ids)]
            if removed:
                connection.exec_driver_sql(statements.delete_by_id, [(doc_id,) for doc_id in removed])
        return removed

    def truncate(self) -> None:
        """Remove all documents; ids start at 1 again."""
        with self._writing() as (connection, statements):
            connection.exec_driver_sql(f"DELETE FROM {statements.table}")
            statements.dialect.restart_ids(connection, statements.spec)

    # --- TinyDB's memories, switched off -----------------------------------------------------------

    def clear_cache(self) -> None:
        """Do nothing: there is no query cache."""

    def _get_next_id(self) -> NoReturn:
        raise RuntimeError("Ids are given by the database, when a document is inserted.")

    def _read_table(self) -> dict[str, Mapping[str, Any]]:
        return {str(document.doc_id): document for document in self}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self._name!r} database={self._store.url!r}>"

    # --- inside ------------------------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[tuple[Connection, Statements]]:
        """Open a transaction on the table, made first if it does not exist."""
        if self._reads_only:
            refuse_to_change(self._store)
        with self._store.write() as connection:
            yield connection, self._store.ensure_table(connection, self._name)

    def _document(self, found: Found) -> Document:
        doc_id, document = found
        return self.document_class(document, self.document_id_class(doc_id))

    def _matching(self, connection: Connection, cond: QueryLike | None, suffix: str = "") -> Iterator[Found]:
        """Yield what matches: SQL leaves out what cannot, the query itself decides about the rest."""
        statements = self._store.statements(connection, self._name)
        if statements is None:
            return
        narrowing = None if cond is None else narrow(cond, statements.spec, statements.mark)
        where, params = ("", ()) if narrowing is None else (f" WHERE {narrowing[0]}", narrowing[1])
        for found in _rows(connection, statements, where + suffix, params):
            if cond is None or cond(found[1]):
                yield found

    def _by_ids(self, connection: Connection, doc_ids: Iterable[Any], suffix: str = "") -> Iterator[Found]:
        """Yield the documents with these ids; what cannot be an id is ignored."""
        statements = self._store.statements(connection, self._name)
        wanted = [number for number in map(as_id, doc_ids) if number is not None]
        if statements is not None and wanted:
            where, params = statements.ids_condition(wanted)
            yield from _rows(connection, statements, where + suffix, params)

    def _for_change(
        self, connection: Connection, cond: QueryLike | None, doc_ids: Iterable[int] | None
    ) -> list[Found]:
        """Pick the documents to change as TinyDB does: by ids in their order, by query, or everything."""
        lock = self._store.dialect.row_lock
        if doc_ids is None:
            return list(self._matching(connection, cond, lock))
        requested = list(doc_ids)
        by_id = dict(self._by_ids(connection, requested, lock))
        return [(doc_id, by_id[doc_id]) for doc_id in requested if doc_id in by_id]

    def _save(self, connection: Connection, statements: Statements, found: list[Found]) -> None:
        rows = statements.row_params(row_from(statements.spec, document) for _, document in found)
        params = [(*row, doc_id) for row, (doc_id, _) in zip(rows, found, strict=True)]
        if params:
            connection.exec_driver_sql(statements.update_by_id, params)


def _rows(connection: Connection, statements: Statements, where: str, params: Params) -> Iterator[Found]:
    """Yield the rows of a WHERE clause in the order of their ids."""
    clause, for_update, _ = where.partition(" FOR UPDATE")
    text = f"SELECT doc_id, document FROM {statements.table}{clause} ORDER BY doc_id{for_update}"
    for doc_id, document in connection.exec_driver_sql(text, params):
        yield doc_id, json.loads(document)


def _apply(fields: Change, document: dict[str, Any]) -> None:
    if callable(fields):
        fields(document)
    else:
        document.update(fields)
