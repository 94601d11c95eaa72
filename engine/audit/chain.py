"""Writing events: numbered without gaps, chained by hash, in the transaction of what they record.

The hash of an event is over its canonical JSON (sorted keys, no spaces, UTF-8), which
contains the hash before it; so a changed, missing or exchanged event breaks the chain
(definitions.md section 5, D11).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from engine.audit.models import Event
from engine.clock import to_text
from engine.errors import BadRequestError
from engine.record import Digests, RecordSpec, canonical, digests_found, digests_of, read_json
from engine.store import DocumentStore

#: What the first event of a chain names as the hash before it.
GENESIS = "0" * 64
_ANCHOR = re.compile(r"([1-9]\d{0,17}):([0-9a-f]{64})", re.ASCII)
_ID = re.compile(r"evt_\w{1,60}", re.ASCII)
_ID_FIELD = re.compile(rf'\{{"audit_event_id": ?"({_ID.pattern})"', re.ASCII)


#: Fields that events of earlier releases do not have: left out of the hash while they are null, so that an
#: event reads the same to every release.
_LATER = frozenset({"record_hashes", "act_id"})
_HASH = frozenset({"hash"})


def hash_of(document: Mapping[str, Any]) -> str:
    """Hash an event's document; its own ``hash`` field is left out."""
    empty = [name for name in _LATER if document.get(name) is None]
    return hashlib.sha256(canonical(document, _HASH.union(empty) if empty else _HASH)).hexdigest()


#: Before the name of a record in ``record_hashes``: the state that its transaction found and went on from.
WAS = "was:"
#: The same: the hash that keeps the order of nested keys, beside the one that sorts them.
ORDER = "order:"
#: The same: the hash of what never leaves the store.
SECRET = "secret:"  # noqa: S105 - a word, and nobody's


class Written(NamedTuple):
    """A record's state that a transaction wrote."""

    digests: Digests
    #: The task that it is, or is a part of.
    task_id: str | None
    #: What was found in the store; None for a new record.
    was: Digests | None = None


def hashes_of(name: str, digests: Digests) -> dict[str, str]:
    """Give the entries of ``record_hashes`` for the state of a record, which is called ``table/key``."""
    hashes = {name: digests.content}
    if digests.order is not None:
        hashes[ORDER + name] = digests.order
    if digests.secret is not None:
        hashes[SECRET + name] = digests.secret
    return hashes


def note_written(
    untold: dict[str, Written], spec: RecordSpec, document: dict[str, Any], found: str | None
) -> None:
    """Keep for the next event what was written of a record, and the digests of the text found before it."""
    name = f"{spec.table}/{spec.key_in(document)}"
    if name in untold:
        was = untold[name].was
    else:
        was = None if found is None else digests_found(read_json(found), spec.secret)
    untold[name] = Written(digests_of(document, spec.secret), document.get("task_id"), was)


def tell_written(events: Sequence[Event], written: Mapping[str, Written]) -> None:
    """Give the hashes of each written record (by ``table/key``) to one of the events of its transaction.

    That is the last event about the record itself, else the last of its task, else the last of all. With it
    go the hashes of what was found: what is done to a record next tells of no change past Workbench.
    """
    of_task = {event.task_id: event for event in events}
    of_record = {f"{event.entity_type}/{event.entity_id}": event for event in events}
    for name, (digests, task_id, was) in written.items():
        event = of_record.get(name) or (of_task.get(task_id) if task_id else None) or events[-1]
        if event.record_hashes is None:
            event.record_hashes = {}
        event.record_hashes |= hashes_of(name, digests)
        if was is not None:
            event.record_hashes |= {WAS + told: digest for told, digest in hashes_of(name, was).items()}


def append(
    database: DocumentStore, workspace_id: str, events: Sequence[Event], topics: Iterable[str] = ()
) -> None:
    """Number, chain and store events of one workspace, in order, inside the current write transaction.

    The head, which the write block holds, is advanced once, however many there are, and so are the topics
    that they concern. The head comes last: its answer is waited for.
    """
    head = database.held_head(workspace_id)
    digest = head.digest or GENESIS
    rows = []
    for seq, event in enumerate(events, start=head.position + 1):
        # Past pydantic, which looks each name up: of thousands of events, it would take a tenth of the time.
        own = vars(event)
        own["seq"], own["previous_hash"] = seq, digest
        document = event.to_data()
        own["hash"] = document["hash"] = digest = hash_of(document)
        rows.append(event.to_stored(document)[:2])
    database.table(Event.spec.table).add_rows(rows)
    database.positions.raise_to({f"{workspace_id}/{name}": events[-1].seq for name in topics})
    latest = to_text(max(event.occurred_at for event in events))
    database.advance_head(workspace_id, events[-1].seq, digest, latest)


@dataclass(frozen=True, order=True)
class Anchor:
    """An end that a chain had, as it is noted outside the store: ``COUNT:HASH``."""

    count: int
    head_hash: str

    def __str__(self) -> str:
        """Return the form in which it is printed and given."""
        return f"{self.count}:{self.head_hash}"

    @classmethod
    def parse(cls, text: str) -> Anchor:
        """Read the printed form.

        Raises:
            BadRequestError: it is another.
        """
        found = _ANCHOR.fullmatch(text.strip())
        if found is None:
            raise BadRequestError(
                f"{text[:100]!r} is not the end of a chain. Give it as `workbench audit verify` prints it, "
                "COUNT:HASH: the number of the last event, a colon, 64 hexadecimal digits. Before its first "
                "event every chain is the same, so 0 proves nothing."
            )
        return cls(int(found[1]), found[2])


@dataclass(frozen=True)
class ChainFault:
    """The first event at which a chain stops being what was written."""

    seq: int
    #: The event's id, empty where it cannot be told any more.
    audit_event_id: str
    message: str

    @property
    def place(self) -> str:
        """Where that is, in words."""
        return f"event {self.seq} ({self.audit_event_id})" if self.audit_event_id else f"event {self.seq}"


@dataclass(frozen=True)
class Unreadable:
    """Stands for an event that is not in the form in which events are written."""

    #: Its id, as far as it can still be told.
    audit_event_id: str
    #: What is wrong, to follow "it".
    reason: str


def verify(
    events: Iterable[Mapping[str, Any] | Unreadable],
    *,
    count: int,
    head_hash: str,
    anchors: Sequence[Anchor] = (),
    after: Anchor | None = None,
) -> ChainFault | None:
    """Check a chain in order of ``seq``, whole or ``after`` an end of it; return the first fault, or None.

    ``count`` and ``head_hash`` are what the store (or the manifest) says the chain ends with, so a cut end
    is a fault too. ``anchors`` are ends that it had, kept elsewhere: a chain that was cut, or written anew,
    together with its head does not pass through them (S8).
    """
    previous, last, last_id = (GENESIS, 0, "") if after is None else (after.head_hash, after.count, "")
    ahead = sorted(set(anchors), reverse=True)
    for event in events:
        fault = _fault(event, last + 1, previous, last_id)
        if fault is not None:
            return fault
        assert not isinstance(event, Unreadable)  # noqa: S101 - that is a fault
        previous, last, last_id = str(event["hash"]), last + 1, id_in(event)
        while ahead and ahead[-1].count <= last:
            anchor = ahead.pop()
            if anchor.count == last and anchor.head_hash != previous:
                return ChainFault(last, last_id, f"event {last} is not the one that was anchored as {anchor}")
        if last > count:
            return ChainFault(last, last_id, f"event {last} was added: only {count} were written")
    if last < count:
        return ChainFault(last + 1, "", f"the chain ends after event {last}, but {count} were written")
    if ahead:  # those that the chain reaches were passed
        return ChainFault(last + 1, "", f"the chain ends after event {last}, but {ahead[0]} was anchored")
    if head_hash != (previous if last else ""):
        message = f"event {last} is not what the chain ended with: it, or more before it, was rewritten"
        return ChainFault(last, last_id, message)
    return None


def id_in(event: Mapping[str, Any]) -> str:
    """Read the id of a document of any origin; empty where it has no proper one."""
    given = event.get("audit_event_id")
    return given if isinstance(given, str) and _ID.fullmatch(given) else ""


def id_in_text(text: str) -> str:
    """Read the id at the beginning of an event's JSON text, even if the rest is no longer JSON."""
    found = _ID_FIELD.match(text)
    return found[1] if found else ""


def _fault(event: Mapping[str, Any] | Unreadable, seq: int, previous: str, last_id: str) -> ChainFault | None:
    """Find what is wrong with the event that should be number ``seq`` and follow the hash ``previous``."""
    if isinstance(event, Unreadable):
        reason = f"event {seq} was changed after it was written: it {event.reason}"
        return ChainFault(seq, event.audit_event_id, reason)
    event_id, given = id_in(event), event.get("seq")
    follows = event.get("previous_hash") == previous
    if (type(given) is not int or given != seq) and not follows:
        return ChainFault(seq, "", f"event {seq} is missing; event {given!r} stands in its place")
    is_whole = hash_of(event) == event.get("hash")
    if not follows and is_whole and seq > 1:
        reason = f"event {seq - 1} was rewritten: the one after it follows another"
        return ChainFault(seq - 1, last_id, reason)
    if not follows:
        return ChainFault(seq, event_id, f"event {seq} does not continue the chain")
    if given != seq or not is_whole:
        return ChainFault(seq, event_id, f"event {seq} was changed after it was written")
    return None
