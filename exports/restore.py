"""Bringing an export into a store without records; exporting it again gives the same bytes (EXP-12)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from engine import indexing
from engine.artifacts.blobs import BlobStore, blobs_of
from engine.audit import topics
from engine.audit.models import Event
from engine.clock import to_text
from engine.config import Settings
from engine.entities import RECORD_TYPES
from engine.errors import ConflictError
from engine.record import Record
from engine.store import DocumentStore
from engine.tasks import create
from engine.tasks.models import Task
from engine.upgrades import open_store
from exports import validate
from exports.layout import BLOBS
from exports.reading import parse_json, to_record
from exports.records import TableShape, tables

_BATCH = 500


def restore(settings: Settings, folder: Path) -> dict[str, int]:
    """Read the export in ``folder`` into the store of ``settings``; return the records per table.

    What is never exported does not come back: passwords, sign-in links, idempotency keys.

    Raises:
        BadRequestError: the folder is not a valid export of all records; carries the violations.
        ConflictError: the store holds records already; nothing is changed.
    """
    validate.require_whole(folder, validate.require_valid(folder))
    database = open_store(settings.database)
    try:
        _refuse_records(database)
        blobs = blobs_of(settings)
        _copy_blobs(folder, blobs)
        with database.write(lock="workspaces"):
            _refuse_records(database)  # another process may have been faster
            loaded = {table.name: _load(database, table, folder) for table in tables()}
            indexing.rebuild(database, blobs)
            return loaded
    finally:
        database.close()


def _refuse_records(database: DocumentStore) -> None:
    for record_type in RECORD_TYPES:
        if database.table(record_type.spec.table).count_rows({}):
            raise ConflictError(
                f"The store {database.url} holds records already (in {record_type.spec.table}); nothing was "
                "changed. Restore into a new one: --database sqlite:///<new file>, or an empty database of "
                "PostgreSQL."
            )


def _load(database: DocumentStore, table: TableShape, folder: Path) -> int:
    """Add the records of one table; bring the chain and the task numbers to where they were after them."""
    count, highest, latest, last = 0, 0, "", None
    for batch in _batches(table, folder):
        rows = [record.to_stored()[:2] for record in batch]
        database.table(table.name).add_rows(rows)
        highest = max([highest, *(record.task_number for record in batch if isinstance(record, Task))])
        latest = max([latest, *(to_text(event.occurred_at) for event in batch if isinstance(event, Event))])
        count, last = count + len(batch), batch[-1]
    if isinstance(last, Event):
        database.advance_head(last.workspace_id, last.seq, last.hash, latest)
        database.positions.raise_to({f"{last.workspace_id}/{topics.FLOOR}": last.seq})
    if isinstance(last, Task):
        database.take_numbers(f"{last.workspace_id}:{create.NUMBERS}", highest)
    return count


def _batches(table: TableShape, folder: Path) -> Iterator[list[Record]]:
    with (folder / table.file_name).open("rb") as file:
        while raws := list(islice(file, _BATCH)):
            yield [to_record(table, parse_json(raw), raw) for raw in raws]


def _copy_blobs(folder: Path, blobs: BlobStore) -> None:
    for path in sorted((folder / BLOBS).iterdir()):
        with path.open("rb") as stream:
            blobs.put(stream, path.stat().st_size)
