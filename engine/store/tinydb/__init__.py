"""``Database``: TinyDB's API as a façade over the store, for scripts and notebooks; nothing here uses it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import tinydb
from sqlalchemy import Connection

from engine.store.dialects import Dialect
from engine.store.document_store import DocumentStore
from engine.store.migrations import Migration
from engine.store.schema import TableSpec
from engine.store.tinydb.storage import SqlStorage
from engine.store.tinydb.table import TinyTable

__all__ = ["Database", "TinyTable"]


class Database(tinydb.TinyDB):
    """A store at a URL, with TinyDB's API.

    ``Database(url)`` behaves like TinyDB and makes tables on first use. A store that was made for declared
    tables, as Workbench's is, it only reads: a write past the use cases would have no event, and nobody would
    be asked whether it is right. With ``tables`` it has those, keeps their promoted columns, and refuses
    others.

    Raises:
        StoreVersionError: ``tables`` are given, and the store is too new, or older and ``migrate`` is false.
        UnavailableError: the store cannot be opened.
        BadRequestError: the URL is not understood.
    """

    table_class: type[TinyTable] = TinyTable

    def __init__(
        self,
        url: str,
        tables: Iterable[TableSpec] | None = None,
        *,
        migrations: Sequence[Migration] = (),
        migrate: bool = False,
    ) -> None:
        #: The store itself.
        self.store = DocumentStore(url, tables, migrations=migrations, migrate=migrate)
        self._is_declared = tables is not None
        self._reads_only = not self._is_declared and self.store.has_declared_tables()
        super().__init__(self.store, reads_only=self._reads_only, storage=SqlStorage)

    @property
    def url(self) -> str:
        """Where the store is, without a password."""
        return self.store.url

    @property
    def dialect(self) -> Dialect:
        """The kind of database."""
        return self.store.dialect

    def read(self) -> AbstractContextManager[Connection]:
        """Open a snapshot: what is asked inside sees one state of the store."""
        return self.store.read()

    def write(self, lock: str | None = None) -> AbstractContextManager[Connection]:
        """Open one transaction around several calls: it commits on leaving, an exception rolls it back.

        Raises:
            ConflictError: the store is only read here.
        """
        self.storage.refuse_to_change()
        return self.store.write(lock)

    def table(self, name: str, **kwargs: Any) -> TinyTable:
        """Return the table ``name``, always the same object (``cache_size`` has no effect).

        Raises:
            BadRequestError: this store has declared tables, and that is none of them.
        """
        if name not in self._tables:
            self.store.table(name)  # refuses what is not declared
            self._tables[name] = self.table_class(
                self.store, self.storage, name, reads_only=self._reads_only, **kwargs
            )
        table = self._tables[name]
        assert isinstance(table, TinyTable)  # noqa: S101 - TinyDB types the dict by its own class
        return table

    def tables(self) -> set[str]:
        """Return the names of the tables that exist."""
        return self.store.tables()

    def drop_table(self, name: str) -> None:
        """Drop a table that was made on first use; declared tables stay."""
        self.storage.refuse_to_change()
        self.store.drop_table(name)
        self._tables.pop(name, None)

    def drop_tables(self) -> None:
        """Drop all tables that were made on first use; declared tables stay."""
        self.storage.refuse_to_change()
        self.storage.drop_tables()
        self._tables.clear()

    def close(self) -> None:
        """Close all connections."""
        self._opened = False
        self.store.close()

    @property
    def storage(self) -> SqlStorage:
        """Everything at once, in TinyDB's shape."""
        assert isinstance(self._storage, SqlStorage)  # noqa: S101 - it is made in the constructor
        return self._storage

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url}>"

    def __getattr__(self, name: str) -> Any:
        """Forward to the default table, as TinyDB does; a store of declared tables has none."""
        if self.__dict__.get("_is_declared", True) or self.__dict__.get("_reads_only", True):
            raise AttributeError(
                f"{type(self).__name__} has no attribute {name!r}; name a table: db.table(...)"
            )
        return getattr(self.table(self.default_table_name), name)
