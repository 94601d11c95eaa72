"""``SqlStorage``: the whole store in TinyDB's shape, for whoever asks ``db.storage``; tables never use it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tinydb.storages import Storage
from tinydb.table import Document

if TYPE_CHECKING:
    from engine.store.database import Database


class SqlStorage(Storage):
    """All tables at once, as ``{table: {doc_id: document}}``; for inspection and copies only."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database

    def read(self) -> dict[str, dict[str, Any]] | None:
        """Return every document of every table in one snapshot, None if there is no table."""
        with self._database.read():
            tables = {
                name: {str(document.doc_id): dict(document) for document in self._database.table(name)}
                for name in self._database.tables()
            }
        return tables or None

    def write(self, data: Mapping[str, Mapping[Any, Mapping[str, Any]]]) -> None:
        """Replace everything by ``data`` in one transaction; refused where tables are declared."""
        with self._database.write():
            self._database.drop_tables()
            for name, documents in data.items():
                self._database.table(name).insert_multiple(
                    Document(document, int(doc_id)) for doc_id, document in documents.items()
                )

    def close(self) -> None:
        """Close the database's connections."""
        self._database.close()
