"""How stores of earlier releases become stores of this one: the ordered steps, and the way to open a store.

New tables and indexes follow from the record classes when a store is opened. What a step says is about
columns and documents that were there before; it names them itself, because the classes go on changing and
a released step does not (D12).
"""

from __future__ import annotations

from typing import Any

from engine.entities import table_specs
from engine.store import (
    Connection,
    DocumentStore,
    Migration,
    add_column,
    read_documents,
    rewrite_documents,
)

Document = dict[str, Any]


def open_store(url: str, *, migrate: bool = False) -> DocumentStore:
    """Open the store of Workbench at a URL, making it if there is none.

    Raises:
        StoreVersionError: it is newer, or older and ``migrate`` is false; nothing is changed.
        UnavailableError: it cannot be opened.
        BadRequestError: the URL is not understood.
    """
    return DocumentStore(url, table_specs(), migrations=MIGRATIONS, migrate=migrate)


def _approvals_and_qa(connection: Connection) -> None:
    """From 0.1.0 to 0.2.0: columns of QA and mentions; what was handed over gets its hash and authors."""
    add_column(connection, "tasks", "qa_state", "text")
    add_column(connection, "task_notes", "has_mentions", "boolean", initial=False)
    hashes = {row["artifact_id"]: row["sha256"] for row in read_documents(connection, "artifacts")}
    authors = _authors(connection)

    def hash_and_authors(row: Document) -> Document:
        if not (row["deliverable_url"] or row["artifact_id"]):
            return {}
        known = authors.get(row["deliverable_id"], [row["created_by"]])
        return {"sha256": hashes.get(row["artifact_id"]), "authors": known}

    rewrite_documents(connection, "deliverables", hash_and_authors)


def _authors(connection: Connection) -> dict[str, list[str]]:
    """Return who edited each deliverable, in the order in which they first did; the events know."""
    found: dict[str, list[str]] = {}
    for event in read_documents(connection, "audit_events"):
        if event["action"] == "deliverable_edited" and event["actor_id"]:
            edited_by = found.setdefault(event["entity_id"], [])
            if event["actor_id"] not in edited_by:
                edited_by.append(event["actor_id"])
    return found


#: The steps from version 2 on, oldest first. Released steps are never changed.
MIGRATIONS: tuple[Migration, ...] = (Migration(2, "approvals, QA", _approvals_and_qa),)
