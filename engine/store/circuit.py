"""Circuits: what was just waited for in vain is waited for by one at a time, and by all others hardly at all.

Of a database that is silent (``engine.store.silence``), and of a lock that somebody outside holds
(``engine.store.transactions``).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

from engine.store import timeouts


class Circuit:
    """Whether something was just waited for in vain; safe between threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        #: When it was waited for in vain last; None while it is to be had.
        self._failed_at: float | None = None
        self._next_try_at = 0.0

    def may_try(self) -> bool:
        """Whether to wait for it: not after others have in vain, but for one that tries now and then."""
        with self._lock:
            if self._failed_at is None:
                return True
            if self._clock() < self._next_try_at:
                return False
            # Whoever tries says how it went; if nobody hears of that, another tries after the longest wait.
            longest = max(timeouts.CONNECT_SECONDS, timeouts.LOCK_SECONDS)
            self._next_try_at = self._clock() + timeouts.PAUSE_SECONDS + longest
            return True

    def has_failed(self) -> None:
        """Take note that it was waited for in vain."""
        with self._lock:
            self._failed_at = self._clock()
            self._next_try_at = self._failed_at + timeouts.PAUSE_SECONDS

    def has_answered(self) -> None:
        """Take note that it was to be had: everybody waits for it again."""
        with self._lock:
            self._failed_at = None

    def has_failed_since(self, moment: float) -> bool:
        """Whether somebody has waited for it in vain after a moment."""
        with self._lock:
            return self._failed_at is not None and self._failed_at > moment
