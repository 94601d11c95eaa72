"""Turns: of the threads of a worker one works, unless it takes long (P1).

SQLite gives Python's lock away at each row that it steps to, and whoever waits for the lock takes it: two
pages at once cost a fifth to two fifths more of the processor than one after the other. So a thread waits for
its turn, but not for long: one that takes long, such as a report, keeps the others waiting once, and then
they go ahead until it is done. Writes take no turns, as they wait for the disk and for each other.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Lets one thread after the other work, first come, first served."""

    def __init__(self, patience_seconds: float) -> None:
        """Let nobody wait longer than this."""
        self._patience_seconds = patience_seconds
        self._guard = threading.Lock()
        #: One locked lock for each thread that waits; who is next finds it unlocked.
        self._waiting: deque[threading.Lock] = deque()
        self._is_taken = False
        #: Whether somebody has waited too long for whoever has the turn now.
        self._takes_long = False

    @contextmanager
    def one(self) -> Iterator[None]:
        """Work inside the block when it is this thread's turn, or when it has waited long enough."""
        is_ours = self._take()
        try:
            yield
        finally:
            if is_ours:
                self._give()

    def _take(self) -> bool:
        """Wait for the turn; False where the wait was too long, or would be."""
        with self._guard:
            if self._takes_long:
                return False
            if not self._is_taken:
                self._is_taken = True
                return True
            place = threading.Lock()
            place.acquire()
            self._waiting.append(place)
        if place.acquire(timeout=self._patience_seconds):
            return True
        with self._guard:
            if place not in self._waiting:  # it was given at the last moment
                return True
            self._waiting.remove(place)
            self._takes_long = True
            return False

    def _give(self) -> None:
        with self._guard:
            self._takes_long = False
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False
