"""Ids of an export are unique, well formed and in order; every reference resolves (EXP-02, EXP-06)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any

from engine.audit.models import Event
from exports.records import Reference, TableShape, order_of, tables
from exports.violation import Violation

#: What ``engine.ids`` makes after the prefix: 26 digits of Crockford's base 32.
_ID_DIGITS = "[0-9A-HJKMNP-TV-Z]{26}"
Document = dict[str, Any]
#: A scalar for a single field, a tuple for several.
Key = Any


class LinkRules:
    """Sees every record once, tables in their order; holds ids, and references that lead further on."""

    def __init__(self) -> None:
        seen: dict[tuple[str, tuple[str, ...]], set[Key]] = {
            (table.name, names): set() for table in tables() for names in (table.key, *table.unique)
        }
        self._tables = {table.name: _TableLinks(table, seen) for table in tables()}
        self._pending: list[tuple[TableShape, int, _Pointer, Key]] = []

    def see(self, table: TableShape, number: int, document: Document) -> Iterator[Violation]:
        """Yield what is wrong with a valid record's own ids; its references are kept until all are known."""
        links = self._tables[table.name]
        for rule, message in links.faults(document):
            yield Violation(rule, table.file_name, number, message)
        for pointer in links.pointers:
            for key in pointer.keys(document):
                if key not in pointer.target:  # it may still come: a later table, or a later line of this one
                    self._pending.append((table, number, pointer, key))
        if table.record_type is Event:
            yield from self._subject_fault(table, number, document)

    def note(self, table: TableShape, document: Document) -> None:
        """Keep the id of a record that is wrong otherwise, so that what points at it is not blamed too."""
        self._tables[table.name].note(document)

    def finish(self) -> Iterator[Violation]:
        """Yield the references that lead nowhere, once everything was seen."""
        for table, number, pointer, key in self._pending:
            if key not in pointer.target:
                names = ", ".join(pointer.reference.fields)
                message = f"{names} {_shown(key)} is not in {pointer.reference.table}"
                yield Violation("reference", table.file_name, number, message)

    def _subject_fault(self, table: TableShape, number: int, document: Document) -> Iterator[Violation]:
        """Events come last, so what they are about has been seen."""
        about = self._tables.get(document["entity_type"])
        if about is None or document["entity_id"] not in about.ids:
            message = f"entity_id {document['entity_id']} is not in {document['entity_type']}"
            yield Violation("reference", table.file_name, number, message)


class _Pointer:
    """One reference of a table, ready to be read from documents."""

    def __init__(self, reference: Reference, target: set[Key]) -> None:
        self.reference, self.target = reference, target
        self._read: Callable[[Document], Any] = itemgetter(*reference.fields)

    def keys(self, document: Document) -> tuple[Key, ...]:
        """Return the keys that a document names; null points nowhere."""
        held = self._read(document)
        if self.reference.many:
            return tuple(held.values() if isinstance(held, dict) else held or ())
        return () if held is None or (isinstance(held, tuple) and None in held) else (held,)


class _TableLinks:
    """What is kept about one table."""

    def __init__(self, table: TableShape, seen: dict[tuple[str, tuple[str, ...]], set[Key]]) -> None:
        self.pointers = [
            _Pointer(reference, seen[reference.table, reference.target_fields])
            for reference in table.references
        ]
        #: The first field of the key alone, which events name.
        self.ids: set[str] = set() if len(table.key) > 1 else seen[table.name, table.key]
        self._id_field = table.key[0]
        self._uniques = [
            (names, itemgetter(*names), seen[table.name, names]) for names in (table.key, *table.unique)
        ]
        self._order: Callable[[Document], Any] = itemgetter(*order_of(table))
        self._previous: Key = None
        prefix = table.record_type.spec.prefix
        self._id_form = re.compile(f"{prefix}_{_ID_DIGITS}" if prefix else ".+", re.DOTALL)

    def faults(self, document: Document) -> Iterator[tuple[str, str]]:
        """Yield the rule and what is wrong, and keep the record's ids."""
        record_id = document[self._id_field]
        if not self._id_form.fullmatch(record_id):
            yield "id", f"{self._id_field} {record_id} is not of the form {self._id_form.pattern}"
        for names, read, seen in self._uniques:
            key = read(document)
            if key in seen:
                yield "unique", f"{', '.join(names)} {_shown(key)} occurs twice"
            elif key is not None:
                seen.add(key)
        self.ids.add(record_id)
        place = self._order(document)
        if self._previous is not None and place < self._previous:
            yield "order", f"{_shown(place)} stands after {_shown(self._previous)}"
        self._previous = place

    def note(self, document: Document) -> None:
        """Keep the id, whatever a broken line holds."""
        names, read, seen = self._uniques[0]
        if all(isinstance(document.get(name), str) for name in names):
            seen.add(read(document))
            self.ids.add(document[self._id_field])


def _shown(key: Key) -> str:
    return "/".join(str(part) for part in key) if isinstance(key, tuple) else str(key)
