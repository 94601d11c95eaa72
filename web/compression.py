"""Sends text compressed, so that a page stays far below 100 kB on the wire."""

from __future__ import annotations

from flask import Flask, Response, request
from isal import isal_zlib

_TEXT = ("text/", "application/json", "application/javascript", "image/svg+xml")
_SMALL = 1024
#: A quarter of the processor time of zlib's level 3, for 1.5 % more bytes (engine/DECISIONS.md).
_LEVEL = 2
#: A frame of gzip.
_FRAME = 16 + isal_zlib.MAX_WBITS


def register(app: Flask) -> None:
    """Compress the text answers of ``app`` for clients that accept gzip."""

    @app.after_request
    def compress(response: Response) -> Response:
        if not _may_be_compressed(response):
            return response
        response.vary.add("Accept-Encoding")
        if request.accept_encodings["gzip"] > 0 and response.status_code == 200:
            _compress(response)
        return response


def _may_be_compressed(response: Response) -> bool:
    """Whether it is text that was made in memory: a file that is sent from the disk goes as it is."""
    return (
        response.status_code in (200, 304)
        and not response.direct_passthrough
        and "Content-Encoding" not in response.headers
        and (response.content_type or "").startswith(_TEXT)
    )


def _compress(response: Response) -> None:
    body = response.get_data()
    if len(body) < _SMALL:
        return
    response.set_data(isal_zlib.compress(body, _LEVEL, _FRAME))
    response.headers["Content-Encoding"] = "gzip"
    etag, is_weak = response.get_etag()
    if etag is not None and not is_weak:
        response.set_etag(etag, weak=True)  # the same page, not the same bytes
