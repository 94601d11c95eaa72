"""Whether a store still says what was written to it: its chain of events, and its records (AUD-08, S8).

The chain proves that no event was changed, removed or added; events carry the hash of each record that their
transaction wrote, so the last of them says what every record has to be. An end of the chain that somebody
keeps outside the store proves that the chain as a whole is not another one. Of passwords and tokens events
have a hash of their hash: whoever sets one by SQL, or begins a session, is found out. Idempotency keys are
not told of, and not covered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from engine.audit import chain, history
from engine.audit.models import Event
from engine.audit.times import Times
from engine.audit.told import Altered, Heard, Told
from engine.entities import RECORD_TYPES
from engine.errors import UnreadableRecordError
from engine.loading import load
from engine.record import Record, RecordSpec
from engine.store import Head
from engine.transaction import Transaction

#: What events tell of; they themselves are proven by their chain.
AUDITED: tuple[type[Record], ...] = tuple(
    kind for kind in RECORD_TYPES if kind.spec.audited and kind is not Event
)
#: What is looked up by an id, and so found whatever workspace it is filed under.
_FILED: tuple[type[Record], ...] = (*AUDITED, Event)


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
    #: What is no fault by itself, and good to know.
    remark: str | None = None

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
    head, told, times = tx.database.head(tx.workspace_id), Told(), Times()
    end = chain.Anchor(head.position, head.digest or chain.GENESIS)
    with history.events(tx) as events:
        heard = _timed(told.listening(events), times)
        fault = chain.verify(heard, count=head.position, head_hash=head.digest, anchors=anchors)
    if fault is not None:
        return Verdict(end, fault)
    count, altered = 0, [*_other_time(tx, head, times)]
    for record_type in _FILED:
        altered += _strays(tx, record_type, told)
    for record_type in AUDITED:
        for found in _compared(tx, record_type, told):
            count += 1
            if found is not None:
                altered.append(found)
    altered += told.taken_over
    altered += told.gone({kind.spec.table for kind in AUDITED if not kind.spec.forgotten})
    return Verdict(end, records=count, altered=tuple(altered), remark=times.remark())


def _timed(events: Iterable[Heard], times: Times) -> Iterator[Heard]:
    """Hand events on to ``chain.verify``, and remember the times of those that are what was written."""
    for event in events:
        yield event
        if isinstance(event, Mapping):
            times.hear(event)


def _other_time(tx: Transaction, head: Head, times: Times) -> Iterator[Altered]:
    """Say whether the store tells another latest time than the chain; new events are held against it."""
    if head.latest != times.latest:
        message = (
            f"tells {head.latest[:40] or 'nothing'!r} as the latest time in the chain, but the events tell "
            f"{times.latest or 'nothing'!r}: somebody set it, to have what follows recorded at another time"
        )
        yield Altered("store_heads", tx.workspace_id, head.position, message)


def _strays(tx: Transaction, record_type: type[Record], told: Told) -> Iterator[Altered]:
    """Yield what is filed under another workspace and is of this one, or of what belongs to it.

    By its id, or by what it points at, it may be found as well; and that other workspace may not be there to
    be verified.
    """
    table, spec = tx.database.table(record_type.spec.table), record_type.spec
    if table.count_rows({}) == table.count_rows({"workspace_id": tx.workspace_id}):
        return
    with closing(table.stream_whole_rows({}, spec.key)) as rows:
        for values, text in rows:
            if values["workspace_id"] == tx.workspace_id:
                continue
            document = _said(text)
            if document.get("workspace_id") == tx.workspace_id:
                message = "is filed under another workspace_id than it says"
            elif (whose := _points_at(spec, values, document, told)) is not None:
                message = f"is of another workspace and points at {whose} of this one"
            else:
                continue
            yield told.blame(spec, spec.key_in(values), message)


def _points_at(
    spec: RecordSpec, values: Mapping[str, Any], document: Mapping[str, Any], told: Told
) -> str | None:
    """Return a record of this workspace that a row's columns or its document point at, if any."""
    for field, table in spec.references.items():
        said = document.get(field)
        ids = [values.get(field), *(said if isinstance(said, list) else [said])]
        for record_id in ids:
            if isinstance(record_id, str) and told.tells_of(table, record_id):
                return f"{table} {record_id}"
    return None


def _said(text: str) -> Mapping[str, Any]:
    try:
        return history.document_in(text)
    except ValueError:  # nothing finds it as a record of any workspace, except by its columns
        return {}


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
    spec, filed_as = record_type.spec, record_type.spec.key_in(values)
    try:
        document = history.document_in(text)
    except ValueError as error:
        return told.blame(spec, filed_as, str(error))
    if spec.key_in(document) != filed_as:
        return told.blame(spec, filed_as, f"says that it is {spec.key_in(document)[:100]}")
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
    # An older release files nothing for a field that it does not know, and a newer one may file otherwise.
    lacking = {name for name in fields if name not in document and values.get(name) is None}
    derived = expected.keys() - fields.keys() if tx.database.is_ahead else set[str]()
    names = expected.keys() - lacking - derived
    moved = sorted(name for name, value in values.items() if name in names and expected[name] != value)
    return f"is filed under another {', '.join(moved)} than it says" if moved else None
