"""Every record of an export is what its last event says, and none is missing (D11, S8, T3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.accounts.models import Workspace
from engine.audit.models import Event
from engine.audit.told import Told
from engine.verification import AUDITED
from exports.records import TableShape, tables
from exports.violation import Violation


class ToldRules:
    """Holds every record against what the events of the same export tell."""

    def __init__(self, told: Told, *, whole: bool) -> None:
        self._told = told
        self._is_whole = whole
        self._files = {table.name: table.file_name for table in tables() if table.record_type in AUDITED}

    def see(self, table: TableShape, number: int, document: dict[str, Any]) -> Iterator[Violation]:
        """Yield whether a valid record is another than its last event says."""
        spec = table.record_type.spec
        # With changes the workspace comes also where it is none of them.
        comes_along = not self._is_whole and table.record_type is Workspace
        if comes_along and not self._told.tells_of(spec.table, spec.key_in(document)):
            return
        if table.name in self._files:
            found = self._told.altered(spec, document)
            if found is not None:
                yield Violation("told", table.file_name, number, str(found))

    def note(self, table: TableShape, document: dict[str, Any]) -> None:
        """Pass over a record that is wrong otherwise, so that it is not called missing, too."""
        self._told.pass_over(table.record_type.spec, document)

    def finish(self) -> Iterator[Violation]:
        """Yield the records that events tell of and that are not there, or went on from another state."""
        for found in self._told.gone(self._files):
            yield Violation("told", self._files[found.table], 0, str(found))
        for found in self._told.taken_over:
            yield Violation("told", f"{Event.spec.table}.jsonl", found.seq, str(found))
