"""Ids of an export are unique, well formed and in order; every reference resolves (EXP-02, EXP-06)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from engine.audit.models import Event
from exports.records import Reference, TableShape, order_of
from exports.violation import Violation

#: What ``engine.ids`` makes after the prefix: 26 digits of Crockford's base 32.
_ID_DIGITS = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
Key = tuple[Any, ...]


class LinkRules:
    """Sees every record once, tables in their order; holds ids, and references that lead further on."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, tuple[str, ...]], set[Key]] = defaultdict(set)
        self._ids: dict[str, set[Any]] = defaultdict(set)
        self._previous: dict[str, Key] = {}
        self._pending: list[tuple[TableShape, int, Reference, Key]] = []

    def see(self, table: TableShape, number: int, document: dict[str, Any]) -> Iterator[Violation]:
        """Yield what is wrong with the record's own ids; its references are kept until all are known."""
        for message in self._key_faults(table, document):
            yield Violation("unique", table.file_name, number, message)
        for rule, fault in (
            ("order", self._order_fault(table, document)),
            ("id", _id_fault(table, document)),
        ):
            if fault:
                yield Violation(rule, table.file_name, number, fault)
        for reference in table.references:
            seen = self._seen[reference.table, reference.target_fields]
            for key in _pointed_at(document, reference):
                if key not in seen:  # it may still come: a later table, or a later line of this one
                    self._pending.append((table, number, reference, key))
        if table.record_type is Event:
            yield from self._subject_fault(table, number, document)

    def finish(self) -> Iterator[Violation]:
        """Yield the references that lead nowhere, once everything was seen."""
        for table, number, reference, key in self._pending:
            if key not in self._seen[reference.table, reference.target_fields]:
                names, value = ", ".join(reference.fields), "/".join(str(part) for part in key)
                yield Violation(
                    "reference", table.file_name, number, f"{names} {value} is not in {reference.table}"
                )

    def _key_faults(self, table: TableShape, document: dict[str, Any]) -> Iterator[str]:
        self._ids[table.name].add(_plain(document.get(table.key[0])))
        for names in (table.key, *table.unique):
            key = _key(document, names)
            seen = self._seen[table.name, names]
            if key in seen and None not in key:
                label = ", ".join(f"{name} {part}" for name, part in zip(names, key, strict=True))
                yield f"{label} occurs twice"
            seen.add(key)

    def _order_fault(self, table: TableShape, document: dict[str, Any]) -> str | None:
        names = order_of(table)
        key = _key(document, names)
        previous = self._previous.get(table.name)
        self._previous[table.name] = key
        if previous is None or [type(part) for part in key] != [type(part) for part in previous]:
            return None
        return f"{names[0]} {key[0]} stands after {previous[0]}" if key < previous else None

    def _subject_fault(self, table: TableShape, number: int, document: dict[str, Any]) -> Iterator[Violation]:
        """Events come last, so what they are about has been seen."""
        about, subject = _plain(document.get("entity_type")), _plain(document.get("entity_id"))
        if about not in self._ids or subject not in self._ids[about]:
            message = f"entity_id {subject} is not in {about}"
            yield Violation("reference", table.file_name, number, message)


def _id_fault(table: TableShape, document: dict[str, Any]) -> str | None:
    prefix = table.record_type.spec.prefix
    name = table.key[0]
    value = document.get(name)
    if not isinstance(value, str) or not value:
        return f"{name} is empty"
    start, _, digits = value.rpartition("_")
    if prefix and (start != prefix or not _ID_DIGITS.fullmatch(digits)):
        return f"{name} {value} is not of the form {prefix}_ and 26 digits or capitals"
    return None


def _pointed_at(document: dict[str, Any], reference: Reference) -> Iterator[Key]:
    """Return the keys that a document's reference names; null points nowhere."""
    if not reference.many:
        key = _key(document, reference.fields)
        if None not in key:
            yield key
        return
    held = document.get(reference.fields[0])
    items = held.values() if isinstance(held, dict) else held if isinstance(held, list) else ()
    for item in items:
        yield (_plain(item),)


def _key(document: dict[str, Any], names: tuple[str, ...]) -> Key:
    return tuple(_plain(document.get(name)) for name in names)


def _plain(value: Any) -> Any:
    """Return something that can be compared and hashed, whatever a broken file holds."""
    return value if isinstance(value, str | int | float | bool | None) else type(value).__name__
