"""The static files: read, hashed and compressed once; an address that names its version is kept for ever.

An answer is made from memory. It asks for no session and no actor, and says the same to everybody.
"""

from __future__ import annotations

import gzip
import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, request
from werkzeug.exceptions import NotFound

from web.navigation import fixed_address

_log = logging.getLogger(__name__)
#: A year; what a browser keeps that long is never asked for again.
_FOR_EVER = "public, max-age=31536000, immutable"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True)
class Asset:
    """One file as it is sent."""

    content_type: str
    body: bytes
    packed: bytes
    digest: str

    def answer(self, *, compressed: bool) -> Response:
        """Give the file; each of its two forms has a tag of its own, as strong tags must."""
        response = Response(self.packed if compressed else self.body, content_type=self.content_type)
        response.vary.add("Accept-Encoding")
        if compressed:
            response.headers["Content-Encoding"] = "gzip"
        response.set_etag(f"{self.digest}-gzip" if compressed else self.digest)
        return response


class Assets:
    """The files of one folder, by their names; one of a kind that pages do not use is logged and not sent."""

    def __init__(self, folder: Path) -> None:
        files = [path for path in sorted(folder.iterdir()) if path.is_file()]
        if strays := [path.name for path in files if path.suffix not in _TYPES]:
            _log.warning("%s holds files that are not sent: %s", folder, ", ".join(strays))
        self._by_name = {path.name: _read(path) for path in files if path.suffix in _TYPES}
        digests = "".join(asset.digest for asset in self._by_name.values())
        #: Changes when one of the files does.
        self.version = hashlib.sha256(digests.encode()).hexdigest()[:12]

    def address(self, name: str) -> str:
        """Return the address of a file; it changes with the release."""
        return fixed_address("static", filename=name, v=self.version)

    def send(self, filename: str) -> Response:
        """Answer with a file, or that the browser has it.

        An address of another version is kept for no time: a page of an earlier release asks for it during an
        upgrade, and must not keep the newer file under the older name.

        Raises:
            NotFound: there is none of that name.
        """
        asset = self._by_name.get(filename)
        if asset is None:
            raise NotFound
        response = asset.answer(compressed=request.accept_encodings["gzip"] > 0)
        is_ours = request.args.get("v") == self.version
        response.headers["Cache-Control"] = _FOR_EVER if is_ours else "no-cache"
        response.make_conditional(request)
        return response


def register(app: Flask) -> Assets:
    """Answer for the static files of ``app``, as its endpoint ``static``."""
    assets = Assets(Path(app.root_path, "static"))
    app.config["ASSET_VERSION"] = assets.version
    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=assets.send)
    app.jinja_env.globals["asset"] = assets.address
    return assets


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    return Asset(
        _TYPES[path.suffix], body, gzip.compress(body, 9, mtime=0), hashlib.sha256(body).hexdigest()[:16]
    )
