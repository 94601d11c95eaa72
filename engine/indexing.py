"""The index of words as a whole: made anew from the records and files, and held against them.

A transaction keeps the pieces of what it writes (``engine.unwritten``). An upgrade and a restore make them
anew, and so does whoever changed records past Workbench (``workbench reindex``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from engine.artifacts import kinds, texts
from engine.artifacts.blobs import BlobStore
from engine.artifacts.models import Artifact, ArtifactLink
from engine.entities import RECORD_TYPES
from engine.fulltext import NO_TEXT, Piece, pieces
from engine.record import Record, pieces_of, read_json
from engine.store import DocumentStore

_BATCH = 500


def rebuild(database: DocumentStore, blobs: BlobStore) -> int:
    """Make the index anew, in one transaction; return how many pieces it has.

    What files say that take time to read is read before, where that was not done yet.
    """
    for sha256, content_type in _files(database):
        texts.prepare(blobs, sha256, content_type)
    with database.write():
        database.pieces.replace_all(expected(database, blobs))
        return database.pieces.count()


def _files(database: DocumentStore) -> set[tuple[str, str]]:
    """Return the kept files whose text takes time to read, with their kinds."""
    found = database.table(Artifact.spec.table).stream_rows({}, Artifact.spec.key)
    artifacts = map(read_json, found)
    return {(one["sha256"], one["content_type"]) for one in artifacts if one["content_type"] == kinds.PDF}


def is_true(database: DocumentStore, blobs: BlobStore) -> bool:
    """Say whether the index holds what the records and files say, and nothing else."""
    with database.read():
        return _sum_of(database.pieces.everything()) == _sum_of(expected(database, blobs))


def expected(database: DocumentStore, blobs: BlobStore) -> Iterator[Piece]:
    """Give every piece that the records and files tell, in constant memory."""
    for record_type in RECORD_TYPES:
        if record_type.spec.tells is not None:
            for text in database.table(record_type.spec.table).stream_rows({}, record_type.spec.key):
                yield from _of_record(record_type, text)
    batch: list[dict[str, str]] = []
    for text in database.table(ArtifactLink.spec.table).stream_rows({}, ArtifactLink.spec.key):
        batch.append(read_json(text))
        if len(batch) == _BATCH:
            yield from _of_files(database, blobs, batch)
            batch = []
    yield from _of_files(database, blobs, batch)


def _of_record(record_type: type[Record], text: str) -> Iterable[Piece]:
    try:
        return pieces_of(record_type, read_json(text)).values()
    except (AttributeError, KeyError, TypeError, ValueError):
        return ()  # what somebody wrote past Workbench; `workbench doctor` names such records


def _of_files(database: DocumentStore, blobs: BlobStore, links: list[dict[str, str]]) -> Iterator[Piece]:
    """Give the pieces of the files that some links tie to their tasks and bundles."""
    named = sorted({link["artifact_id"] for link in links})
    found = map(read_json, database.table(Artifact.spec.table).select_rows({"artifact_id": named}))
    artifacts = {artifact["artifact_id"]: artifact for artifact in found}
    for link in links:
        artifact = artifacts.get(link["artifact_id"])
        owner = link["task_id"] or link["bundle_id"]
        if artifact is not None and owner is not None:
            sha256 = artifact["sha256"]
            said = texts.read(blobs, sha256, artifact["content_type"]) if sha256 else NO_TEXT
            told = texts.told(artifact, owner, said.text)
            yield from pieces(link["artifact_link_id"], link["workspace_id"], [told]).values()


def _sum_of(found: Iterable[Piece]) -> tuple[int, int]:
    """Sum pieces up, whatever their order: how many there are, and a number that they make together."""
    count, total = 0, 0
    for piece in found:
        count += 1
        total += int.from_bytes(hashlib.sha256(repr(tuple(piece)).encode()).digest())
    return count, total % 2**256
