"""What was left out of an answer because the store holds it in no readable shape (S11)."""

from __future__ import annotations

from contextvars import ContextVar

#: Table and id of each such record since ``collect``; None where nobody collects.
_found: ContextVar[set[tuple[str, str]] | None] = ContextVar("left_out", default=None)


def collect() -> None:
    """Begin to collect what is left out in this thread or task."""
    _found.set(set())


def note(table: str, record_id: str) -> bool:
    """Note a record that is left out; return whether whoever collects did not know it yet."""
    found, place = _found.get(), (table, record_id)
    if found is None:
        return True
    is_new = place not in found
    found.add(place)
    return is_new


def collected() -> list[tuple[str, str]]:
    """Return the table and id of each record that was left out since ``collect``."""
    return sorted(_found.get() or ())
