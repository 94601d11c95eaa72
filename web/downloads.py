"""Hands out stored files: seen only with their task, always as a download."""

from __future__ import annotations

from typing import BinaryIO

from flask import Response, send_file

from engine.artifacts.blobs import BlobStore
from engine.artifacts.models import Artifact, ArtifactLink
from engine.errors import NotFoundError
from engine.tasks import visibility
from engine.tasks.models import Task
from engine.transaction import Transaction

_UNKNOWN = "application/octet-stream"
#: What a file begins with -> what it is. Everything else is bytes, whatever its sender called it.
_SAFE_BEGINNINGS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"%PDF-": "application/pdf",
}


def get_artifact(tx: Transaction, artifact_id: str) -> Artifact:
    """Return a stored file that belongs to a task which the actor sees.

    Raises:
        NotFoundError: there is none, or it is not the actor's to see.
    """
    artifact = tx.find_by_key(Artifact, artifact_id)
    if artifact is None or artifact.sha256 is None or not _sees(tx, artifact_id):
        raise NotFoundError(f"There is no file {artifact_id} that you may see. Check the address.")
    return artifact


def send(artifact: Artifact, blobs: BlobStore) -> Response:
    """Return the file as an attachment that no browser opens by itself."""
    stream = blobs.open(str(artifact.sha256))
    response = send_file(
        stream,
        mimetype=sniff(stream),
        as_attachment=True,
        download_name=artifact.file_name or artifact.artifact_id,
        conditional=False,
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def sniff(stream: BinaryIO) -> str:
    """Return the content type that the first bytes prove, and go back to the start."""
    start = stream.read(16)
    stream.seek(0)
    return next((kind for mark, kind in _SAFE_BEGINNINGS.items() if start.startswith(mark)), _UNKNOWN)


def _sees(tx: Transaction, artifact_id: str) -> bool:
    owners = (
        tx.find_by_key(Task, link.task_id)
        for link in tx.find(ArtifactLink, artifact_id=artifact_id)
        if link.task_id
    )
    return any(task is not None and visibility.sees(tx, task) for task in owners)
