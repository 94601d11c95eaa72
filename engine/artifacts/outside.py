"""One request to an address outside, over a connection to the very addresses that were checked (SEC-08)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import SplitResult

import httpcore

from engine.artifacts.urls import place_of
from engine.artifacts.wire import Wire
from engine.errors import UnavailableError


@contextmanager
def ask(
    wire: Wire,
    method: str,
    parts: SplitResult,
    headers: Sequence[tuple[bytes, bytes]],
    content: bytes | None = None,
) -> Iterator[httpcore.Response]:
    """Ask once, of the targets of ``wire`` alone; the block reads the answer. Redirects are not followed.

    Raises:
        UnavailableError: nothing is answered, or not in time.
    """
    host, _ = place_of(parts)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    asked = httpcore.URL(scheme=parts.scheme, host=host, port=parts.port, target=target.encode())
    sent = [(b"Host", host_header(host, parts.port)), *headers]
    if content is not None:
        sent.append((b"Content-Length", str(len(content)).encode()))
    try:
        with (
            httpcore.ConnectionPool(max_connections=1, network_backend=wire) as pool,
            pool.stream(method, asked, headers=sent, content=content) as answer,
        ):
            yield answer
    except httpcore.TimeoutException as error:
        raise UnavailableError(f"{host} did not answer in time.") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError) as error:
        raise UnavailableError(f"{host} could not be reached: {error or 'it hung up'}.") from error


def header(answer: httpcore.Response, wanted: bytes) -> str | None:
    """Return a header of an answer by its name in small letters; None where it has none."""
    return next((value.decode("latin-1") for name, value in answer.headers if name.lower() == wanted), None)


def host_header(host: str, port: int | None) -> bytes:
    """Return what names a host in a request."""
    name = f"[{host}]" if ":" in host else host
    return (name if port is None else f"{name}:{port}").encode("ascii")
