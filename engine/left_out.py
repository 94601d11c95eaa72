"""What was left out of an answer because the store holds it in no readable shape (S11)."""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar

#: Table and id of each such record since ``collect``; None where nobody collects.
_found: ContextVar[set[tuple[str, str]] | None] = ContextVar("left_out", default=None)


def collect() -> None:
    """Begin to collect what is left out in this thread or task."""
    _found.set(set())


def note(table: str, record_ids: Iterable[str]) -> bool:
    """Note records that are left out; return whether whoever collects did not know them all yet."""
    found = _found.get()
    if found is None:
        return True
    fresh = {(table, record_id) for record_id in record_ids} - found
    found |= fresh
    return bool(fresh)


def collected() -> list[tuple[str, str]]:
    """Return the table and id of each record that was left out since ``collect``."""
    return sorted(_found.get() or ())
