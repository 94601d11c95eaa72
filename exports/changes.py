"""An export of what changed since another one: written at the cost of the change, checked without the rest.

The end of the chain that an export's manifest names is the cursor. Every event tells which records its
transaction wrote, so the events after that end name all that changed; nothing exported is ever deleted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from engine.accounts.models import Workspace
from engine.audit.chain import Anchor
from engine.audit.models import Event
from engine.audit.times import Times
from engine.audit.told import states_in
from engine.errors import ConflictError
from engine.transaction import Transaction
from exports.records import TableShape, order_of
from exports.violation import Violation

_BATCH = 500


class Changes:
    """The records of a workspace that were written after an event, and the events since; by their keys."""

    def __init__(self, tx: Transaction, after: Anchor) -> None:
        """Look up which they are.

        Raises:
            ConflictError: the workspace's chain does not pass through ``after``.
        """
        self._tx = tx
        self._after = after
        self._require_passed()
        #: Table -> the keys of its records, as events have them.
        self._keys: dict[str, set[str]] = {Workspace.spec.table: {tx.workspace_id}}
        for row in self._events():
            event = json.loads(row)
            for name, _ in states_in(event["seq"], event["record_hashes"] or {}):
                table, _, key = name.partition("/")
                self._keys.setdefault(table, set()).add(key)

    def rows(self, table: TableShape) -> Iterator[str]:
        """Yield the documents of a table that changed, in the order of its file."""
        if table.record_type is Event:
            yield from self._events()
            return
        keys = sorted(self._keys.get(table.name, ()))
        rows = self._tx.database.table(table.name)
        if len(table.key) > 1:
            for parts in sorted(tuple(key.split("/")) for key in keys):
                found = rows.read_row(*parts)
                yield from [] if found is None else [found]
            return
        for batch in _batches(keys):
            yield from rows.select_rows({table.key[0]: batch}, order_of(table))

    def _events(self) -> Iterator[str]:
        """Yield the events, whose numbers have no gaps."""
        table = self._tx.database.table(Event.spec.table)
        end = self._tx.database.head(self._tx.workspace_id).position
        for batch in _batches(range(self._after.count + 1, end + 1)):
            where = {"workspace_id": self._tx.workspace_id, "seq": list(batch)}
            yield from table.select_rows(where, ("seq",))

    def _require_passed(self) -> None:
        end = self._tx.database.head(self._tx.workspace_id)
        rows = self._tx.database.table(Event.spec.table).select_rows(
            {"workspace_id": self._tx.workspace_id, "seq": self._after.count}
        )
        if not rows:
            raise ConflictError(
                f"The store goes to event {end.position}, and what changed after event {self._after.count} "
                "was asked for: that is of a later store, or of another one. Export all of it."
            )
        if json.loads(rows[0])["hash"] != self._after.head_hash:
            raise ConflictError(
                f"Event {self._after.count} of the store is not the one that {self._after} names: that is "
                "of another store, or of one that was brought back from a backup since. Export all of it."
            )


def _batches(items: Sequence[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(items), _BATCH):
        yield list(items[start : start + _BATCH])


class ChangeRules:
    """Whose the changes are; rules that need the rest of the records hold once they are loaded onto it."""

    def __init__(self) -> None:
        #: The workspace of the export, once its line was read; it is always there.
        self.workspace: dict[str, Any] | None = None
        self.times = Times()
        self._workspaces: list[Any] = []

    def see(self, table: TableShape, number: int, document: dict[str, Any]) -> Iterator[Violation]:
        """Yield whether a record is another workspace's."""
        if table.record_type is Workspace:
            self.workspace = document
            self._workspaces.append(document["workspace_id"])
        elif table.record_type is Event:
            self.times.hear(document)
        if document["workspace_id"] not in self._workspaces:
            yield Violation("workspace", table.file_name, number, "belongs to another workspace")

    def finish(self) -> Iterator[Violation]:
        """Yield whether they are of several workspaces, or of none."""
        if len(self._workspaces) != 1:
            message = f"holds {len(self._workspaces)} workspaces; an export is of one"
            yield Violation("workspace", f"{Workspace.spec.table}.jsonl", 0, message)
