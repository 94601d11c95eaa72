"""Reading what happened: timelines, the latest number, and the check of a whole chain."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any, Protocol

from engine.audit import chain
from engine.audit.models import Event
from engine.store import Database


class Reader(Protocol):
    """What reading history takes of a transaction, which stands above this layer."""

    @property
    def database(self) -> Database:
        """The store."""
        ...

    @property
    def workspace_id(self) -> str:
        """The tenant."""
        ...

    def flush(self) -> None:
        """Write what is pending, so that it can be read."""
        ...


def timeline(
    tx: Reader,
    *,
    task_id: str | None = None,
    bundle_id: str | None = None,
    entity_id: str | None = None,
    limit: int = 100,
) -> list[Event]:
    """Return the newest events of a task, a bundle or any record, newest first."""
    tx.flush()
    where: dict[str, Any] = {"workspace_id": tx.workspace_id}
    given = {"task_id": task_id, "bundle_id": bundle_id, "entity_id": entity_id}
    where.update({name: value for name, value in given.items() if value is not None})
    rows = tx.database.table(Event.spec.table).select_rows(where, ("-seq",), limit)
    return [Event.model_validate_json(row) for row in rows]


def latest_seq(tx: Reader) -> int:
    """Return the number of the workspace's last event; the cursor of a live view."""
    tx.flush()
    return tx.database.head(tx.workspace_id).position


def verify(tx: Reader) -> tuple[int, chain.ChainFault | None]:
    """Check every event of the workspace; return how many there should be, and the first fault (AUD-08)."""
    tx.flush()
    head = tx.database.head(tx.workspace_id)
    rows = tx.database.table(Event.spec.table).stream_rows({"workspace_id": tx.workspace_id}, ("seq",))
    with closing(rows):  # at a fault the rest is not read
        documents = (_readable(row) for row in rows)
        return head.position, chain.verify(documents, count=head.position, head_hash=head.digest)


def _readable(text: str) -> dict[str, Any] | None:
    """Return the document of a row, or None where tampering left nothing that could have been written."""
    try:
        document = json.loads(text)
        chain.canonical(document)  # refuses numbers and signs that JSON and UTF-8 do not have
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None
