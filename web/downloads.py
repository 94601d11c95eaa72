"""Hands out stored files: seen only with their task, always as a download."""

from __future__ import annotations

from typing import BinaryIO

from flask import Response, send_file

from engine.artifacts.blobs import BlobStore
from engine.artifacts.models import Artifact
from engine.errors import NotFoundError
from engine.tasks import files
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
    artifact = files.find_seen(tx, artifact_id)
    if artifact.sha256 is None:
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
