"""Listings: which rows have an entry in a list, for columns that hold lists of texts as JSON.

An index of such a column tells nothing of what is in the lists, so who looks for an entry reads every row.
Triggers keep a row per entry in a table of its own, so that it is right whoever writes, and commits and rolls
back with the rows. Here is what the triggers of both databases say; each dialect makes them.
"""

# ruff: noqa: S608 - table and column names are checked when they are declared
from __future__ import annotations

from engine.store.schema import TableSpec

#: What the triggers of a listing are called, after its table and column.
VERBS = ("enter", "leave", "change")


def listing_name(table: str, column: str) -> str:
    """Give the name of the table that holds the entries of a column."""
    return f"store_listing_{table}_{column}"


def enter(table: str, column: str, entries: str, doc_id: str) -> str:
    """Give the statement that enters ``entries``, a FROM with a column ``value``, each once for its row."""
    name = listing_name(table, column)
    return f"INSERT INTO {name} (entry, doc_id) SELECT DISTINCT value, {doc_id} FROM {entries}"


def leave(table: str, column: str, entries: str) -> str:
    """Give the statement that takes away the ``entries`` of the old row."""
    name = listing_name(table, column)
    return f"DELETE FROM {name} WHERE doc_id = OLD.doc_id AND entry IN (SELECT value FROM {entries})"


def enter_all(spec: TableSpec, column: str, entries: str) -> str:
    """Give the statement that fills a new listing from the rows there are."""
    return enter(spec.name, column, f'"{spec.name}", {entries}', "doc_id")
