"""Tallies: how many rows a table has of each combination of some columns, kept by triggers as rows change.

Counting a hundred thousand rows takes tens of milliseconds on either database; reading a tally takes none.
Triggers keep it, so that it is right whoever writes, and commits and rolls back with the rows. Here is what
the triggers of both databases say; each dialect makes them.
"""

# ruff: noqa: S608 - table and column names are checked when they are declared
from __future__ import annotations

from engine.store.schema import TableSpec


def tally_name(spec: TableSpec) -> str:
    """Give the name of the table that holds the tallies of ``spec``."""
    return f"store_tally_{spec.name}"


def is_counted(spec: TableSpec, row: str) -> str:
    """Give the condition that ``row`` has a value in every tallied column."""
    prefix = f"{row}." if row else ""
    return " AND ".join(f'{prefix}"{name}" IS NOT NULL' for name in spec.tallied)


def one_more(spec: TableSpec) -> str:
    """Give the statement by which a trigger counts the new row."""
    values = ", ".join(f'NEW."{name}"' for name in spec.tallied)
    return (
        f"INSERT INTO {tally_name(spec)} ({_names(spec)}, total) VALUES ({values}, 1) "
        f"ON CONFLICT ({_names(spec)}) DO UPDATE SET total = {tally_name(spec)}.total + 1"
    )


def one_less(spec: TableSpec) -> str:
    """Give the statement by which a trigger counts the old row no longer."""
    same = " AND ".join(f'"{name}" = OLD."{name}"' for name in spec.tallied)
    return f"UPDATE {tally_name(spec)} SET total = total - 1 WHERE {same}"


def count_all(spec: TableSpec) -> str:
    """Give the statement that fills a new table of tallies from the rows there are."""
    return (
        f"INSERT INTO {tally_name(spec)} ({_names(spec)}, total) SELECT {_names(spec)}, count(*) "
        f'FROM "{spec.name}" WHERE {is_counted(spec, "")} GROUP BY {_names(spec)}'
    )


def _names(spec: TableSpec) -> str:
    return ", ".join(f'"{name}"' for name in spec.tallied)
