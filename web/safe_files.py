"""Serves stored files to look at: by what their bytes are, never able to run or load anything (SEC-06)."""

from __future__ import annotations

import os
import re
from typing import BinaryIO

from flask import Response, request, send_file

from engine.artifacts import kinds
from engine.artifacts.blobs import BlobStore

_PICTURES = frozenset({"image/png", "image/apng", "image/jpeg", "image/gif", "image/webp"})
_PDF = "application/pdf"
_UNSAFE_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f/\\\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
#: No origin, no scripts, no forms, nothing from elsewhere; only this board may frame it.
_SANDBOX = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'"
)
#: The same, but browsers show no PDF inside a sandbox; a PDF has no access to the page around it.
_PDF_POLICY = (
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)


def way_of(kind: str) -> str:
    """Return how a kind of file is looked at: ``image``, ``pdf``, ``html``, ``text``, else ``download``."""
    if kind in _PICTURES:
        return "image"
    if kind in (kinds.HTML, kinds.SVG):
        return "html"
    if kind == _PDF:
        return "pdf"
    return "text" if kinds.is_text(kind) else "download"


def kind_of(blobs: BlobStore, sha256: str, file_name: str | None) -> str:
    """Find out what a stored file is.

    Raises:
        NotFoundError: its bytes are not there any more.
    """
    with blobs.open(sha256) as stream:
        return kinds.kind_of(stream, file_name)


def serve(blobs: BlobStore, sha256: str, file_name: str | None, *, download: bool = False) -> Response:
    """Return the file: to look at where that is safe, else as a download.

    Raises:
        NotFoundError: its bytes are not there any more.
    """
    stream = blobs.open(sha256)
    try:
        kind = kinds.kind_of(stream, file_name)
        response = _sent(stream, sha256, kind, file_name, download=download)
    except BaseException:  # a part is asked for that is not there
        stream.close()
        raise
    way = way_of(kind)
    response.headers["Content-Security-Policy"] = _PDF_POLICY if way == "pdf" else _SANDBOX
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _sent(stream: BinaryIO, sha256: str, kind: str, file_name: str | None, *, download: bool) -> Response:
    """Return what is sent: the bytes that were looked at, all or a part, or that they are known already."""
    size, way = stream.seek(0, os.SEEK_END), way_of(kind)
    stream.seek(0)
    response = send_file(
        stream,
        mimetype=_sent_as(kind, way),
        as_attachment=download or way == "download",
        download_name=_UNSAFE_NAME.sub("_", file_name or "") or "file",
        conditional=False,
    )
    response.content_length = size
    response.set_etag(sha256)
    response.make_conditional(request.environ, accept_ranges=True, complete_length=size)
    return response


def _sent_as(kind: str, way: str) -> str:
    """Return the type to send; it comes with the character set UTF-8 where it is text."""
    if way == "text":
        return kinds.TEXT
    return kinds.UNKNOWN if way == "download" else kind
