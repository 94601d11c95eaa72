"""``SqlStorage``: the whole store in TinyDB's shape, for whoever asks ``db.storage``; tables never use it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tinydb.storages import Storage
from tinydb.table import Document

from engine.store.document_store import DocumentStore
from engine.store.tinydb.table import TinyTable, refuse_to_change


class SqlStorage(Storage):
    """All tables at once, as ``{table: {doc_id: document}}``; for inspection and copies only."""

    def __init__(self, store: DocumentStore, *, reads_only: bool) -> None:
        super().__init__()
        self._store, self._reads_only = store, reads_only

    def read(self) -> dict[str, dict[str, Any]] | None:
        """Return every document of every table in one snapshot, None if there is no table."""
        with self._store.read():
            tables = {
                name: {str(document.doc_id): dict(document) for document in self._table(name)}
                for name in self._store.tables()
            }
        return tables or None

    def write(self, data: Mapping[str, Mapping[Any, Mapping[str, Any]]]) -> None:
        """Replace everything by ``data`` in one transaction; refused where tables are declared."""
        self.refuse_to_change()
        with self._store.write():
            self.drop_tables()
            for name, documents in data.items():
                self._table(name).insert_multiple(
                    Document(document, int(doc_id)) for doc_id, document in documents.items()
                )

    def drop_tables(self) -> None:
        """Drop all tables that were made on first use; declared tables are refused."""
        with self._store.write():
            for name in self._store.tables():
                self._store.drop_table(name)

    def refuse_to_change(self) -> None:
        """Refuse to change a store that is only read through TinyDB's API."""
        if self._reads_only:
            refuse_to_change(self._store)

    def close(self) -> None:
        """Close the store's connections."""
        self._store.close()

    def _table(self, name: str) -> TinyTable:
        return TinyTable(self._store, self, name, reads_only=self._reads_only)
