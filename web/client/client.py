"""The client: one object with a collection for each kind of record, and the feed of what happens."""

from __future__ import annotations

from types import TracebackType

import httpx

from .answers import Events
from .collections import Collections
from .sending import Sender


class Client(Collections):
    """Everything that a token may do: ``client.tasks.start(12)``.

    A call raises a class of ``workbench.client.errors`` where the API refuses, and ``UnreachableError`` where
    no answer came. What is safe to be sent again is sent again after a lost connection, and after an answer
    that says to wait; each change has an ``Idempotency-Key`` for that. Threads may share a client.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        timeout: float = 30.0,
        retries: int = 4,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Begin with the address of a Workbench, without ``/api``, and a token.

        Args:
            base_url: for example ``https://work.example.com``.
            token: ``wbt_…``.
            timeout: how many seconds connecting and each answer may take.
            retries: how often a request is sent again at most.
            transport: what sends instead of the network, as in tests.
        """
        self._sender = Sender(base_url, token, timeout=timeout, retries=retries, transport=transport)
        super().__init__(self._sender)

    def events(self, after: str | None = None, *, wait: int = 25) -> Events:
        """Follow what happens and you may see, without an end; lost connections are no end either.

        No event is skipped and none is given twice. Keep ``cursor`` of what this gives, and go on with it.

        Args:
            after: the cursor from which to go on; ``start`` for all that ever happened, None from now on.
            wait: how many seconds the server waits at a time for something to tell, 25 at most.
        """
        return Events(self._sender, after, wait)

    def close(self) -> None:
        """Close the connections."""
        self._sender.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
