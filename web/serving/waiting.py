"""Places for requests that wait: each keeps a thread of its own from working, and none that answers pages.

A worker has few threads that answer. Whoever waits for something to happen would keep one for nothing, so
such requests are answered by others, which sleep most of the time and are made when they are first needed. As
many may wait as there are places; one more is answered like any other request, and waits for nothing.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from waitress.task import ThreadedTaskDispatcher

from engine.budgets import PLACES_TO_WAIT
from web.serving.http import Aside, Server

_current = threading.local()


class Place:
    """The place of a request that may wait."""

    def __init__(self, channel: Any) -> None:
        """Give a place to the request of a connection."""
        self._channel = channel

    def is_lost(self) -> bool:
        """Whether waiting is over: the client has gone, or this worker leaves."""
        return bool(self._channel.server.is_leaving) or not self._channel.connected or self._is_gone()

    def _is_gone(self) -> bool:
        """Look whether the client has ended the connection; what it sent meanwhile stays to be read."""
        try:
            return not self._channel.socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True


def current_place() -> Place | None:
    """Return the place of the request that this thread answers; None where it must not wait."""
    found: Place | None = getattr(_current, "place", None)
    return found


@contextmanager
def waiting_at(place: Place) -> Iterator[None]:
    """Let what this thread answers inside the block wait at a place."""
    _current.place = place
    try:
        yield
    finally:
        _current.place = None


class _Waiter:
    """A request that is answered at a place."""

    def __init__(self, room: _Room, channel: Any) -> None:
        self._room, self._channel = room, channel

    def service(self) -> None:
        """Answer it, whenever that will be."""
        try:
            with waiting_at(Place(self._channel)):
                self._channel.service()
        finally:
            self._room.leave()

    def cancel(self) -> None:
        """Answer it no more."""
        self._room.leave()
        self._channel.cancel()


class _Room(ThreadedTaskDispatcher):  # type: ignore[misc]  # waitress has no types
    """Places, each with a thread."""

    def __init__(self, places: int) -> None:
        super().__init__()
        self._places, self._taken, self._most_taken = places, 0, 0
        self._guard = threading.Lock()

    def take(self, channel: Any) -> bool:
        """Answer the next request of a connection at a free place; say whether there is one."""
        with self._guard:
            if self._taken >= self._places:
                return False
            self._taken += 1
            if self._taken > self._most_taken:
                self._most_taken = self._taken
                self.set_thread_count(self._taken)
        self.add_task(_Waiter(self, channel))
        return True

    def leave(self) -> None:
        """Free a place."""
        with self._guard:
            self._taken -= 1


class WaitingServer(Server):
    """A worker's side of a listening socket, with places for requests that wait."""

    def __init__(self, *rest: Any, waits: Aside, places: int = PLACES_TO_WAIT, **named: Any) -> None:
        """Serve as ``Server`` does; ``waits`` says by method and address, its question too, who may wait."""
        self._waits, self._room = waits, _Room(places)
        super().__init__(*rest, **named)

    def add_task(self, channel: Any) -> None:
        """Let a request be answered: at a place, if it may wait and one is free."""
        request = channel.requests[0]
        may_wait = not request.error and self._waits(request.command, f"{request.path}?{request.query}")
        if not (may_wait and not channel.is_behind() and self._room.take(channel)):
            super().add_task(channel)

    def leave(self, *, linger_seconds: float, most_seconds: float) -> None:
        """Leave as ``Server`` does; whoever waits is answered within the second."""
        super().leave(linger_seconds=linger_seconds, most_seconds=most_seconds)
        self._room.shutdown(timeout=1.0)
