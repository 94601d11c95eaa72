"""The wire of a link copy: connections to checked addresses only, under one deadline for everything."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import httpcore

from engine.errors import UnavailableError


class Wire(httpcore.NetworkBackend):
    """Connects to ``targets``, whatever host is asked for, so that no name is resolved a second time."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._sockets = httpcore.SyncBackend()
        #: The addresses that were checked, in the order to try.
        self.targets: Sequence[str] = ()
        #: Whether anything of a request may have been sent; a handshake is none of it.
        self.has_sent = False

    def left(self) -> float:
        """Return the seconds that are left.

        Raises:
            UnavailableError: there are none.
        """
        seconds = self._deadline - time.monotonic()
        if seconds <= 0:
            raise UnavailableError("The address did not answer in time.")
        return seconds

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - there is one deadline for all
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first checked address that answers; ``host`` only goes into the request."""
        failure: Exception = httpcore.ConnectError(f"no address of {host} answers")
        for target in self.targets:
            try:
                stream = self._sockets.connect_tcp(target, port, self.left(), local_address, socket_options)
                return _Stream(stream, self)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


class _Stream(httpcore.NetworkStream):
    """A connection on which every wait ends at the deadline, so that a slow sender gains no time."""

    def __init__(self, stream: httpcore.NetworkStream, wire: Wire) -> None:
        self._stream, self._wire = stream, wire

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, self._wire.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        left = self._wire.left()
        self._wire.has_sent = True
        self._stream.write(buffer, left)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, self._wire.left()), self._wire)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class Body:
    """An answer's body as a file; only as much as is read is taken from the network."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest = chunks, b""

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most ``size`` of them; nothing at the end."""
        if not self._rest:
            self._rest = next((chunk for chunk in self._chunks if chunk), b"")
        taken = self._rest if size < 0 else self._rest[:size]
        self._rest = self._rest[len(taken) :]
        return taken
