"""Best-effort copies of what outside addresses serve: evidence of what was seen, never a version (DLV-22)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

import httpcore

from engine.artifacts import addresses, intake, kinds, outside, texts, urls
from engine.artifacts.blobs import Blob, BlobStore
from engine.artifacts.wire import Body, Wire
from engine.budgets import REDIRECTS_OF_A_COPY
from engine.errors import (
    BadRequestError,
    FileNameError,
    UnavailableError,
    UploadTooLargeError,
    WorkbenchError,
)
from engine.inputs import whole_number

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HEADERS = [
    (b"User-Agent", b"Workbench (keeps evidence of a decision)"),
    (b"Accept", b"*/*"),
    (b"Accept-Encoding", b"identity"),
    (b"Connection", b"close"),
]
_EXTENSIONS = {"text/html": "html", "application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}


@dataclass(frozen=True, kw_only=True)
class LinkCopy:
    """What became of the attempt to copy an address."""

    url: str
    #: The bytes that were served; None where there is a failure.
    blob: Blob | None = None
    file_name: str = "copy"
    content_type: str | None = None
    #: Where redirects led.
    final_url: str | None = None
    #: Why there is no copy, in words.
    failure: str | None = None


class LinkCopier:
    """Fetches public addresses into the blob store, within a time and a size, and never from inside."""

    def __init__(
        self,
        blobs: BlobStore,
        *,
        max_bytes: int,
        private_links: bool = False,
        seconds: float = 5.0,
        resolve: addresses.Resolver | None = None,
    ) -> None:
        """Keep copies in ``blobs``; ``seconds`` are for all of an address, redirects included."""
        self._blobs, self._max_bytes, self._seconds = blobs, max_bytes, seconds
        self._private_links, self._resolve = private_links, resolve

    def copy(self, url: str) -> LinkCopy:
        """Copy what the address serves now, or say why that failed."""
        try:
            return self.fetch(url)
        except WorkbenchError as error:
            return LinkCopy(url=url, failure=error.message)

    def fetch(self, url: str) -> LinkCopy:
        """Copy what the address serves now.

        Raises:
            PrivateAddressError: it resolves or redirects to an address that is not public.
            BadRequestError: it is not an address to copy from, or what it serves is too large.
            UnavailableError: nothing is served, or too late, or the disk is full.
        """
        deadline, here = time.monotonic() + self._seconds, url.strip()
        for _ in range(REDIRECTS_OF_A_COPY + 1):
            parts = urls.check_url(here, odd_ports=self._private_links)
            with self._answer(parts, deadline) as answer:
                if answer.status in _REDIRECTS:
                    here = _led_to(here, outside.header(answer, b"location") or "")
                    continue
                return self._keep(url, here, answer)
        raise UnavailableError(f"{urls.shown(url)} redirects more than {REDIRECTS_OF_A_COPY} times.")

    @contextmanager
    def _answer(self, parts: SplitResult, deadline: float) -> Iterator[httpcore.Response]:
        """Ask one server once; the connection goes to the very address that was checked."""
        host, port = urls.place_of(parts)
        wire = Wire(deadline)
        resolve = self._resolve or addresses.resolver(wire.left)
        wire.targets = addresses.check(host, port, resolve, private_links=self._private_links)
        with outside.ask(wire, "GET", parts, _HEADERS) as answer:
            yield answer

    def _keep(self, url: str, here: str, answer: httpcore.Response) -> LinkCopy:
        if answer.status != 200:
            raise UnavailableError(f"{urls.shown(here)} answered with status {answer.status}.")
        if (coding := outside.header(answer, b"content-encoding")) not in (None, "", "identity"):
            raise UnavailableError(
                f"{urls.shown(here)} answered in the encoding {coding}, which was not asked for."
            )
        length = outside.header(answer, b"content-length") or ""
        if length.isdigit() and whole_number(length, 0, self._max_bytes) is None:
            raise _too_large(here, self._max_bytes)
        name, found = _file_name(here), list[str]()
        body = cast(BinaryIO, Body(answer.iter_stream()))
        try:
            blob = self._blobs.put(
                body, self._max_bytes, lambda file: found.append(kinds.kind_of(file, name))
            )
        except UploadTooLargeError as error:
            raise _too_large(here, self._max_bytes) from error
        texts.prepare(self._blobs, blob.sha256, found[0])
        ending = _EXTENSIONS.get(found[0])
        if ending and not kinds.extension(name):
            name = f"{name}.{ending}"
        return LinkCopy(url=url, blob=blob, file_name=name, content_type=found[0], final_url=here)


def _led_to(here: str, location: str) -> str:
    try:
        return urljoin(here, location)
    except ValueError as error:
        raise UnavailableError(f"{urls.shown(here)} redirects to what is no address.") from error


def _file_name(url: str) -> str:
    """Return the last part of the path as a plain name, ``copy`` where there is none."""
    try:
        return intake.check_name(unquote(urlsplit(url).path.rpartition("/")[2]))
    except FileNameError:
        return "copy"


def _too_large(url: str, max_bytes: int) -> BadRequestError:
    return BadRequestError(f"What {urls.shown(url)} serves is larger than {max_bytes} bytes.")
