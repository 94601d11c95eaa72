"""Writing events: numbered without gaps, chained by hash, in the transaction of what they record.

The hash of an event is over its canonical JSON (sorted keys, no spaces, UTF-8), which
contains the hash before it; so a changed, missing or exchanged event breaks the chain
(definitions.md section 5, D11).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.audit.models import Event
from engine.store import Database

#: What the first event of a chain names as the hash before it.
GENESIS = "0" * 64


def canonical(document: Mapping[str, Any]) -> bytes:
    """Return the one byte form of a JSON object that hashes and exports are made over."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def hash_of(document: Mapping[str, Any]) -> str:
    """Return the hash of an event's document; its own ``hash`` field is left out."""
    return hashlib.sha256(canonical({k: v for k, v in document.items() if k != "hash"})).hexdigest()


def append(database: Database, event: Event) -> Event:
    """Number, chain and store an event inside the current write transaction."""
    head = database.head(event.workspace_id)
    event.seq = head.position + 1
    event.previous_hash = head.digest or GENESIS
    document = event.model_dump(mode="json")
    event.hash = document["hash"] = hash_of(document)
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    database.table(Event.spec.table).add_rows([(event.promoted_values(), text)])
    database.advance_head(event.workspace_id, event.seq, event.hash)
    return event


@dataclass(frozen=True)
class ChainFault:
    """The first event at which a chain stops being what was written."""

    seq: int
    audit_event_id: str
    message: str


def verify(documents: Iterable[Mapping[str, Any]], *, count: int, head_hash: str) -> ChainFault | None:
    """Check a whole chain in order of ``seq``; return the first fault, or None.

    ``count`` and ``head_hash`` are what the store (or the manifest) says the chain ends
    with, so a cut end is a fault too.
    """
    previous, last = GENESIS, 0
    for document in documents:
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
