"""Sends text compressed, so that a page stays far below 100 kB on the wire."""

from __future__ import annotations

import zlib

from flask import Flask, Response, request

_TEXT = ("text/", "application/json", "application/javascript", "image/svg+xml")
_SMALL = 1024
#: Half the processor time of level 5, for a tenth more bytes (engine/DECISIONS.md).
_LEVEL = 3
#: A frame of gzip, and tables of a quarter of the usual size: as many bytes in two thirds of the time.
_FRAME, _TABLES = 16 + zlib.MAX_WBITS, 7


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
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _FRAME, _TABLES)
    response.set_data(packer.compress(body) + packer.flush())
    response.headers["Content-Encoding"] = "gzip"
    etag, is_weak = response.get_etag()
    if etag is not None and not is_weak:
        response.set_etag(etag, weak=True)  # the same page, not the same bytes
