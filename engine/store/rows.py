"""``DocumentTable``: the named operations on the rows of one table."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from typing import Any

from sqlalchemy import Connection

from engine.store.catalogue import Catalogue
from engine.store.driver import copy, execute, execute_many, sent_together
from engine.store.schema import Row
from engine.store.transactions import Transactions

_STREAM_ROWS = 500
#: The name of a table, and what its rows' promoted columns must equal.
Search = tuple[str, Mapping[str, Any]]
#: A search of which only the first rows are wanted: in which order, and how many.
FirstSearch = tuple[str, Mapping[str, Any], Sequence[str], int]


class DocumentTable:
    """Rows of one table of documents by their promoted columns.

    Outside a ``read()`` or ``write()`` block each operation is a transaction of its own. Documents are JSON
    text, kept as they were given. ``doc_id`` is neither taken nor given.
    """

    def __init__(self, transactions: Transactions, catalogue: Catalogue, name: str) -> None:
        self._transactions = transactions
        self._catalogue = catalogue
        self._name = name

    def add_rows(self, rows: Sequence[Row]) -> None:
        """Insert rows in one statement; each gives every promoted column and the document.

        Raises:
            ConflictError: a unique column has that value already.
        """
        if not rows:
            return
        connection = self._transactions.current_write
        if connection is None:
            with self._transactions.write() as connection:
                self._add(connection, rows)
        else:
            self._add(connection, rows)

    def replace_row(
        self, values: Mapping[str, Any], document: str, expected: Mapping[str, Any] | None = None
    ) -> bool:
        """Write ``document`` and ``values`` to the row with the key in ``values``, in one statement.

        ``expected`` are promoted values the row must still have. False means that no row matched.
        """
        connection = self._transactions.current_write
        if connection is None:
            with self._transactions.write() as connection:
                return self._replace(connection, values, document, expected or {})
        return self._replace(connection, values, document, expected or {})

    def replace_rows(self, rows: Sequence[Row]) -> int:
        """Write each of ``rows`` to the row with its key, in one statement; return how many there were.

        All give the same columns, and no two the same key.
        """
        if not rows:
            return 0
        with self._transactions.write_or_join() as connection:
            statements = self._catalogue.ensure(connection, self._name)
            with sent_together(connection):  # its end waits for the counts
                if statements.dialect.replaces_at_once(len(rows)):
                    found = execute(connection, *statements.replace_at_once(rows))
                else:
                    texts = [statements.replace(values, document, {}) for values, document in rows]
                    found = execute_many(connection, texts[0][0], [params for _, params in texts])
            return found.rowcount

    def read_row(self, *key: Any) -> str | None:
        """Return the document with that key (all key columns, in order), None if there is none."""
        with self._transactions.read() as connection:
            statements = self._catalogue.find(connection, self._name)
            if statements is None:
                return None
            text, params = statements.by_key(key)
            row = execute(connection, text, params).fetchone()
        return None if row is None else str(row[0])

    def select_rows(
        self,
        where: Mapping[str, Any],
        order_by: Sequence[str] = (),
        limit: int | None = None,
        offset: int = 0,
    ) -> list[str]:
        """Return documents whose promoted columns equal ``where`` (a list: one of; None: empty).

        ``-column`` sorts descending. Empty values sort as the smallest, text by code point, on both stores.
        """
        with self._transactions.read() as connection:
            statements = self._catalogue.find(connection, self._name)
            if statements is None:
                return []
            text, params = statements.select("document", where, order_by, limit, offset)
            return [row[0] for row in execute(connection, text, params).fetchall()]

    def count_rows(self, where: Mapping[str, Any]) -> int:
        """Return how many rows ``select_rows`` would give."""
        with self._transactions.read() as connection:
            statements = self._catalogue.find(connection, self._name)
            if statements is None:
                return 0
            text, params = statements.select("count(*)", where)
            return int(execute(connection, text, params).fetchall()[0][0])

    def stream_rows(self, where: Mapping[str, Any], order_by: Sequence[str]) -> Generator[str, None, None]:
        """Yield documents as ``select_rows`` gives them, from one snapshot and in constant memory.

        Inside a block it reads with the block's connection and has to be used up before the block ends.
        """
        with closing(self._stream(where, order_by, whole=False)) as found:
            for _, document in found:
                yield document

    def stream_whole_rows(
        self, where: Mapping[str, Any], order_by: Sequence[str]
    ) -> Generator[Row, None, None]:
        """Yield rows as ``stream_rows`` does, with their promoted values, to compare the two."""
        yield from self._stream(where, order_by, whole=True)

    def _stream(
        self, where: Mapping[str, Any], order_by: Sequence[str], *, whole: bool
    ) -> Generator[Row, None, None]:
        rows = self._stream_apart(where, order_by, whole=whole)
        # The one connection of a store in memory must be free again before the caller does anything else.
        yield from list(rows) if self._transactions.in_memory else rows

    def _stream_apart(
        self, where: Mapping[str, Any], order_by: Sequence[str], *, whole: bool
    ) -> Generator[Row, None, None]:
        """Yield rows, without any promoted values unless ``whole``."""
        with self._transactions.read_apart() as connection:
            statements = self._catalogue.find(connection, self._name)
            if statements is None:
                return
            names = tuple(statements.spec.columns) if whole else ()
            columns = ", ".join([*(f'"{name}"' for name in names), "document"])
            text, params = statements.select(columns, where, order_by)
            options = {"stream_results": True, "max_row_buffer": _STREAM_ROWS}
            with connection.exec_driver_sql(text, params, execution_options=options) as found:
                for *values, document in found:  # closed at once where the caller stops half way
                    yield dict(zip(names, values, strict=True)), document

    def search_text(
        self,
        connection: Connection,
        what: str,
        where: Mapping[str, Any],
        order_by: Sequence[str] = (),
        limit: int | None = None,
    ) -> tuple[str, Sequence[Any]] | None:
        """Return the statement of a search and its parameters; None where the table does not exist yet."""
        statements = self._catalogue.find(connection, self._name)
        return None if statements is None else statements.select(what, where, order_by, limit)

    def _add(self, connection: Connection, rows: Sequence[Row]) -> None:
        statements = self._catalogue.ensure(connection, self._name)
        params = statements.row_params(rows)
        if statements.dialect.copies(connection, len(params)):
            copy(connection, statements.copy, params)
        else:
            execute_many(connection, statements.insert, params)

    def _replace(
        self, connection: Connection, values: Mapping[str, Any], document: str, expected: Mapping[str, Any]
    ) -> bool:
        statements = self._catalogue.ensure(connection, self._name)
        text, params = statements.replace(values, document, expected)
        with sent_together(connection):
            found = execute(connection, text, params)
        return found.rowcount == 1


def select_together(
    connection: Connection, wanted: Sequence[tuple[DocumentTable, Mapping[str, Any]]]
) -> list[list[str]]:
    """Return the documents of each search, in no order, with one statement for all of them."""
    texts = [
        table.search_text(connection, f"{place:d}, document", where)
        for place, (table, where) in enumerate(wanted)
    ]
    return _together(connection, texts)


def select_first_together(
    connection: Connection, wanted: Sequence[tuple[DocumentTable, Mapping[str, Any], Sequence[str], int]]
) -> list[list[str]]:
    """Return the first documents of each search by its order, themselves in none, with one statement."""
    found = [
        table.search_text(connection, "document", where, order_by, limit)
        for table, where, order_by, limit in wanted
    ]
    texts = [
        text and (f"SELECT {place:d}, document FROM ({text[0]}) AS first{place:d}", text[1])  # noqa: S608 - ours
        for place, text in enumerate(found)
    ]
    return _together(connection, texts)


def _together(connection: Connection, texts: Sequence[tuple[str, Sequence[Any]] | None]) -> list[list[str]]:
    """Send statements of (place, document) as one; return the documents by place."""
    found: list[list[str]] = [[] for _ in texts]
    sent = [text for text in texts if text is not None]
    if sent:
        params = [param for _, given in sent for param in given]
        rows = execute(connection, " UNION ALL ".join(text for text, _ in sent), params).fetchall()
        for place, document in rows:
            found[place].append(document)
    return found
