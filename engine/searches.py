"""What a transaction looks for: when two searches are the same, what they find, and how that is sorted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from engine.record import Record, stored

R = TypeVar("R", bound=Record)
#: A kind of record, and for each field the values that it may have.
Search = tuple[type[Record], tuple[tuple[str, tuple[Any, ...]], ...]]


def plain(value: object) -> Any:
    """Return a value, or the values of a list, as they are stored."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return [stored(item) for item in value]
    return stored(value)


def search_of(record_type: type[Record], where: Mapping[str, Any]) -> Search:
    """Give the key that two equal searches share, whatever the order of their fields and values."""
    values = ((name, plain(value)) for name, value in sorted(where.items()))
    return record_type, tuple(
        (name, tuple(sorted(value, key=repr)) if isinstance(value, list) else (value,))
        for name, value in values
    )


def laid_over(stored_ones: Iterable[R], unwritten: Sequence[R], search: Search) -> list[R]:
    """Return what a search finds: what is stored, with records that are not written yet laid over it."""
    if not unwritten:
        return list(stored_ones)
    waiting = set(map(id, unwritten))
    found = [record for record in stored_ones if id(record) not in waiting]
    return found + [record for record in unwritten if _fits(record, search)]


def _fits(record: Record, search: Search) -> bool:
    return all(stored(getattr(record, name)) in values for name, values in search[1])


def in_order(records: Iterable[R], order_by: Sequence[str]) -> list[R]:
    """Return records sorted as the store sorts them: empty values count as the smallest."""
    found = list(records)
    for name in reversed(order_by):
        field_name = name.removeprefix("-")

        def place(record: R, field_name: str = field_name) -> tuple[bool, Any]:
            value = getattr(record, field_name)
            return value is not None, value

        found.sort(key=place, reverse=name.startswith("-"))
    return found
