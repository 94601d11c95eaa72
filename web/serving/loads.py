"""How many connections each worker holds, and what else it does, in memory that all of them share."""

from __future__ import annotations

import mmap
import time
from typing import NamedTuple

#: What stands in the place of a worker that has ended: nobody waits for it.
_GONE = 2**32 - 1


class Load(NamedTuple):
    """What one worker does now; told with each round of its loop, so once a second at least."""

    #: Connections of clients.
    connections: int
    #: Requests that wait for a thread.
    waiting: int = 0
    #: Requests that are being answered.
    answering: int = 0
    #: Its connections to the database, in use and kept for the next.
    database_in_use: int = 0
    database_kept: int = 0


_OTHERS = len(Load._fields) - 1


class Loads:
    """One place per worker, written by that worker alone; made before the fork, shared after it."""

    def __init__(self, workers: int) -> None:
        self._connections = memoryview(mmap.mmap(-1, 4 * workers)).cast("I")
        #: What else a load tells, one after the other for each worker.
        self._others = memoryview(mmap.mmap(-1, 4 * _OTHERS * workers)).cast("I")
        #: Seconds of the monotonic clock at which a worker's loop last went round; 0 until it does.
        self._beats = memoryview(mmap.mmap(-1, 8 * workers)).cast("d")
        for place in range(workers):
            self.clear(place)

    def clear(self, place: int) -> None:
        """Note that the worker at a place has ended."""
        self._connections[place], self._beats[place] = _GONE, 0.0

    def tell(self, place: int, connections: int, *others: int) -> None:
        """Note how many connections a worker holds, what else it does (``Load``), that its loop goes on."""
        self._connections[place], self._beats[place] = connections, time.monotonic()
        for offset, number in enumerate(others, place * _OTHERS):
            self._others[offset] = number

    def now(self) -> list[Load]:
        """Return what the workers do that answer."""
        others = self._others.tolist()
        return [
            Load(connections, *others[place * _OTHERS : (place + 1) * _OTHERS])
            for place, connections in enumerate(self._connections)
            if connections != _GONE
        ]

    def is_least(self, place: int) -> bool:
        """Say whether no other worker holds fewer connections."""
        return self._connections[place] <= min(self._connections)

    def is_ready(self, place: int) -> bool:
        """Say whether the worker's loop has ever gone round."""
        return self._beats[place] > 0

    def silent_seconds(self, place: int) -> float:
        """Return for how long a worker's loop has not gone round; 0 before it first does."""
        return time.monotonic() - self._beats[place] if self.is_ready(place) else 0.0
