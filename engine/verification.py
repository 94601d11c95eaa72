"""Whether a store still says what was written to it: its chain of events, and its records (AUD-08, S8).

The chain proves that no event was changed, removed or added; events carry the hash of each record that their
transaction wrote, so the last of them says what every record has to be. An end of the chain that somebody
keeps outside the store proves that the chain as a whole is not another one. Passwords, sign-in links and
idempotency keys are not told of, and not covered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from engine.audit import chain, history
from engine.audit.models import Event
from engine.audit.told import Altered, Told, key_of
from engine.entities import RECORD_TYPES
from engine.errors import UnreadableRecordError
from engine.loading import load
from engine.record import Record
from engine.transaction import Transaction

#: What events tell of; they themselves are proven by their chain.
AUDITED: tuple[type[Record], ...] = tuple(
    kind for kind in RECORD_TYPES if kind.spec.audited and kind is not Event
)


@dataclass(frozen=True)
class Verdict:
    """What was found in one workspace."""

    #: How the chain ends, as the store has it.
    end: chain.Anchor
    #: Where the chain stops being what was written; then no record was compared.
    fault: chain.ChainFault | None = None
    #: How many records were held against the chain.
    records: int = 0
    #: The records that are not what the chain tells, by table.
    altered: tuple[Altered, ...] = ()

    @property
    def is_intact(self) -> bool:
        """Whether nothing was found."""
        return self.fault is None and not self.altered

    def told(self) -> list[str]:
        """Return what was found, one line each."""
        if self.fault is not None:
            return [f"the audit chain is broken at {self.fault.place}: {self.fault.message}"]
        return [str(found) for found in self.altered]


def verify(tx: Transaction, anchors: Sequence[chain.Anchor] = ()) -> Verdict:
    """Check every event and every record of the workspace, in one snapshot.

    ``anchors`` are ends of its chain that were kept elsewhere: it has to pass through them.
    """
    tx.tell()
    head, told = tx.database.head(tx.workspace_id), Told()
    end = chain.Anchor(head.position, head.digest or chain.GENESIS)
    with history.events(tx) as events:
        heard = told.listening(events)
        fault = chain.verify(heard, count=head.position, head_hash=head.digest, anchors=anchors)
    if fault is not None:
        return Verdict(end, fault)
    count, altered = 0, list[Altered]()
    for record_type in AUDITED:
        for found in _compared(tx, record_type, told):
            count += 1
            if found is not None:
                altered.append(found)
    altered += told.gone({record_type.spec.table for record_type in AUDITED})
    return Verdict(end, records=count, altered=tuple(altered))


def _compared(tx: Transaction, record_type: type[Record], told: Told) -> Iterator[Altered | None]:
    """Yield for each record of a table what is wrong with it, if anything."""
    table, where = tx.database.table(record_type.spec.table), {"workspace_id": tx.workspace_id}
    with closing(table.stream_whole_rows(where, record_type.spec.key)) as rows:
        for values, text in rows:
            yield _one(tx, record_type, told, values, text)


def _one(
    tx: Transaction, record_type: type[Record], told: Told, values: Mapping[str, Any], text: str
) -> Altered | None:
    """Say what is wrong with the record of one row: its text, its place, its state, or its columns."""
    spec, filed_as = record_type.spec, key_of(record_type.spec, values)
    try:
        document = history.document_in(text)
    except ValueError as error:
        return told.blame(spec, filed_as, str(error))
    if key_of(spec, document) != filed_as:
        return told.blame(spec, filed_as, f"says that it is {key_of(spec, document)[:100]}")
    found = told.altered(spec, document)
    if found is not None:
        return found
    if moved := _moved(tx, record_type, values, text, document):
        return told.blame(spec, filed_as, moved)
    return None


def _moved(
    tx: Transaction, record_type: type[Record], values: Mapping[str, Any], text: str, document: dict[str, Any]
) -> str | None:
    """Say which of a row's columns, by which records are found, do not follow from its document."""
    try:
        expected = load(record_type, text, tx.database).to_stored().values
    except UnreadableRecordError as error:
        return f"cannot be read: {error.message}"
    fields = record_type.model_fields
    # An older release does not file what it does not know; a newer one may file otherwise than this one.
    names = {name for name in expected if name in document or not (name in fields or tx.database.is_ahead)}
    moved = sorted(name for name, value in values.items() if name in names and expected[name] != value)
    return f"is filed under another {', '.join(moved)} than it says" if moved else None
