"""How stores of earlier releases become stores of this one: the ordered steps, and the way to open a store.

New tables and indexes follow from the record classes when a store is opened. What a step says is about
columns and documents that were there before; it names them itself, because the classes go on changing and
a released step does not (D12).
"""

from __future__ import annotations

from typing import Any

from engine.entities import table_specs
from engine.errors import ConflictError
from engine.store import (
    Connection,
    DocumentStore,
    Migration,
    Plan,
    add_column,
    plan,
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


def plan_upgrade(url: str) -> Plan:
    """Say what opening the store of Workbench with ``migrate`` would do; nothing is changed.

    Raises:
        StoreVersionError: it is too new for this program.
        UnavailableError: it cannot be opened.
        BadRequestError: the URL is not understood.
    """
    return plan(url, MIGRATIONS)


def require_backup(wanted: Plan, *, backed_up: bool) -> None:
    """Refuse an upgrade that nobody could take back.

    SQLite's file is copied by the upgrade itself. A PostgreSQL server's database cannot be copied from here:
    its operator says that it is done.

    Raises:
        ConflictError: says which command makes the backup.
    """
    if wanted.needs_backup_by_hand and not backed_up:
        raise ConflictError(
            f"The store {wanted.url} has version {wanted.version} and would be brought to {wanted.known}. "
            "Workbench cannot copy a PostgreSQL database by itself. Back it up: pg_dump --format=custom "
            f"--file=workbench-version-{wanted.version}.dump {wanted.url} (with the password, or a pgpass "
            "file), and the blobs folder. Then repeat this with --backed-up. Nothing was changed."
        )


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
#:
#: A release brings one step at most: a program works with a store that is one version ahead of it. A step
#: closes the door when it renames or drops something that the release before needs, or gives it another
#: meaning (``closes_door=True``). Programs before 0.3.0 work with no newer store at all.
MIGRATIONS: tuple[Migration, ...] = (
    Migration(2, "approvals, QA", _approvals_and_qa, release="0.2.0", closes_door=True),
)
