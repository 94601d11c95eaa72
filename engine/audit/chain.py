"""Writing events: numbered without gaps, chained by hash, in the transaction of what they record.

The hash of an event is over its canonical JSON (sorted keys, no spaces, UTF-8), which
contains the hash before it; so a changed, missing or exchanged event breaks the chain
(definitions.md section 5, D11).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.audit.models import Event
from engine.store import Database

#: What the first event of a chain names as the hash before it.
GENESIS = "0" * 64


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical(document: Mapping[str, Any]) -> bytes:
    """Return the one byte form of a JSON object that hashes and exports are made over."""
    return _CANONICAL.encode(document).encode()


def hash_of(document: Mapping[str, Any]) -> str:
    """Return the hash of an event's document; its own ``hash`` field is left out."""
    return hashlib.sha256(canonical({k: v for k, v in document.items() if k != "hash"})).hexdigest()


def append(database: Database, workspace_id: str, events: Sequence[Event]) -> None:
    """Number, chain and store events of one workspace, in order, inside the current write transaction.

    The head is read and advanced once, however many there are.
    """
    head = database.head(workspace_id)
    digest = head.digest or GENESIS
    rows = []
    for seq, event in enumerate(events, start=head.position + 1):
        event.seq, event.previous_hash = seq, digest
        event.hash = digest = hash_of(event.model_dump(mode="json"))
        rows.append((event.promoted_values(), event.to_json()))
    database.table(Event.spec.table).add_rows(rows)
    database.advance_head(workspace_id, events[-1].seq, digest)


@dataclass(frozen=True)
class ChainFault:
    """The first event at which a chain stops being what was written."""

    seq: int
    audit_event_id: str
    message: str


def verify(documents: Iterable[Mapping[str, Any] | None], *, count: int, head_hash: str) -> ChainFault | None:
    """Check a whole chain in order of ``seq``; return the first fault, or None.

    A document that cannot be read any more is None. ``count`` and ``head_hash`` are what the
    store (or the manifest) says the chain ends with, so a cut end is a fault too.
    """
    previous, last = GENESIS, 0
    for document in documents:
        if document is None:
            return ChainFault(last + 1, "", f"event {last + 1} cannot be read any more")
        seq, event_id = document.get("seq"), str(document.get("audit_event_id"))
        if seq != last + 1:
            return ChainFault(last + 1, event_id, f"event {last + 1} is missing; event {seq} follows")
        if document.get("previous_hash") != previous:
            return ChainFault(seq, event_id, f"event {seq} does not continue the chain")
        if hash_of(document) != document.get("hash"):
            return ChainFault(seq, event_id, f"event {seq} was changed after it was written")
        previous, last = str(document["hash"]), seq
    if last != count or (previous if last else "") != (head_hash if count else ""):
        return ChainFault(last + 1, "", f"the chain ends after event {last}, but {count} were written")
    return None
