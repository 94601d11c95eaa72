"""Seals the records that a migration found or rewrote: events that carry their hashes (D11).

What a use case writes is told by its own event. What a migration writes, and what was there before events
told hashes, is told by ``store_sealed``, appended to the chain in the step's own transaction.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from engine.access import ActorKind
from engine.audit.chain import GENESIS, hash_of, hashes_of
from engine.audit.models import Action
from engine.audit.told import Last, states_in
from engine.clock import not_before, to_text
from engine.ids import IdSource
from engine.record import Digests, digests_found, digests_of, key_in
from engine.store import Connection, Head, add_documents, has_table, move_head, read_documents, read_head

_log = logging.getLogger(__name__)
#: As many hashes in one event: a large store is sealed by several, none of which is too long to read.
_MOST = 5_000
_EVENTS = "audit_events"


def find_untrue(
    connection: Connection, tables: Mapping[str, tuple[str, ...]], *, secrets: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    """Return the records of these tables, as ``table/key``, that are not what the events of the store tell.

    Ask before rewriting them: ``seal`` passes over them, so that an upgrade proves no forged past. Where the
    events of a workspace tell no hash at all, as before 0.3.0, nothing is known of its records.
    """
    told = _last_told(connection)
    untrue = frozenset(
        name
        for workspace_id, known in told.items()
        for name, found in _states(connection, workspace_id, tables, secrets, digests_found)
        if name not in known or not known[name].tells_of(found)
    )
    if untrue:
        _log.warning(
            "%d records were not what the events tell before this upgrade, the first is %s. The upgrade does "
            "not seal them: `workbench audit verify` goes on naming them.",
            len(untrue),
            min(untrue),
        )
    return untrue


def _last_told(connection: Connection) -> dict[str, dict[str, Last]]:
    """Return what is told last of each record by workspace, where events tell any."""
    found: dict[str, dict[str, Last]] = defaultdict(dict)
    for event in read_documents(connection, _EVENTS):
        known = found[event["workspace_id"]]
        for name, last in states_in(event["seq"], event.get("record_hashes") or {}):
            if name not in known or known[name].seq <= last.seq:
                known[name] = last
    return {workspace_id: known for workspace_id, known in found.items() if known}


def seal(
    connection: Connection,
    tables: Mapping[str, tuple[str, ...]],
    *,
    secrets: Mapping[str, frozenset[str]],
    untrue: frozenset[str],
    now: datetime,
    ids: IdSource,
) -> int:
    """Append events with the hash of every record of these tables, by workspace; return how many records.

    ``tables`` gives the key fields of each table, ``secrets`` the fields that never leave the store.
    Tables that the store does not have are passed over, and so is what ``find_untrue`` gave. Memory is
    bounded by one workspace's hashes.
    """
    workspaces = [document["workspace_id"] for document in read_documents(connection, "workspaces")]
    total = 0
    for workspace_id in workspaces:
        every = _states(connection, workspace_id, tables, secrets, digests_of)
        states = ((name, digests) for name, digests in every if name not in untrue)
        while batch := dict(islice(states, _MOST)):
            _append(connection, workspace_id, batch, now, ids)
            total += len(batch)
    return total


def _states(
    connection: Connection,
    workspace_id: str,
    tables: Mapping[str, tuple[str, ...]],
    secrets: Mapping[str, frozenset[str]],
    hashed: Callable[[Mapping[str, Any], frozenset[str]], Digests],
) -> Iterator[tuple[str, Digests]]:
    """Yield ``table/key`` and the hashes of each record of a workspace."""
    for table, key in tables.items():
        if not has_table(connection, table):
            continue
        for document in read_documents(connection, table):
            if document["workspace_id"] == workspace_id:
                secret = secrets.get(table, frozenset())
                yield f"{table}/{key_in(document, key, secret)}", hashed(document, secret)


def _append(
    connection: Connection, workspace_id: str, states: Mapping[str, Digests], now: datetime, ids: IdSource
) -> None:
    head = read_head(connection, workspace_id)
    now = not_before(now, head.latest)
    event: dict[str, Any] = {
        "audit_event_id": ids.new("evt", now),
        "workspace_id": workspace_id,
        "seq": head.position + 1,
        "occurred_at": to_text(now),
        "action": Action.STORE_SEALED.value,
        "actor_kind": ActorKind.SYSTEM.value,
        "actor_id": None,
        "actor_name": "Workbench",
        "entity_type": "workspaces",
        "entity_id": workspace_id,
        "task_id": None,
        "bundle_id": None,
        "summary": f"An upgrade sealed {len(states)} records as it left them",
        "before": None,
        "after": None,
        "reason": None,
        "record_hashes": {
            told: digest
            for name, digests in states.items()
            for told, digest in hashes_of(name, digests).items()
        },
        "previous_hash": head.digest or GENESIS,
        "hash": "",
    }
    event["hash"] = hash_of(event)
    add_documents(connection, _EVENTS, [event])
    move_head(connection, workspace_id, Head(event["seq"], event["hash"], event["occurred_at"]))
