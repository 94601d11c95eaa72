"""Turns: of the threads of a worker one works, unless it takes long (P1).

SQLite gives Python's lock away at each row that it steps to, and whoever waits for the lock takes it: two
pages at once cost a fifth to two fifths more of the processor than one after the other. So a thread waits for
its turn, but not for long: behind a report, or a write that waits for another, the others go ahead.
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
        """Wait for the turn; False where the wait was too long."""
        with self._guard:
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
            return False

    def _give(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False
