"""Wakes whoever waits for events: at once by the commits of this process, and soon by those of others.

Nobody who waits holds a snapshot or a connection. However many wait, one of them looks once a second how far
the chain has come.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition

from engine.store import DocumentStore

_LOOK_EVERY_SECONDS = 1.0


@dataclass
class _Known:
    """How long the chain of a workspace is, as far as this process has heard."""

    position: int = -1
    #: When that was heard or looked for last.
    looked_at: float = float("-inf")
    #: How often this process added to it.
    noted: int = 0


class Arrivals:
    """The lengths of the chains of one store; safe between threads."""

    def __init__(self, database: DocumentStore, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing known; ``clock`` gives seconds."""
        self._database, self._clock = database, clock
        self._known: dict[str, _Known] = {}
        self._changed = Condition()

    def note(self, workspace_id: str, position: int) -> None:
        """Wake whoever waits: this process has committed events up to this number."""
        with self._changed:
            known = self._of(workspace_id)
            known.position, known.looked_at, known.noted = position, self._clock(), known.noted + 1
            self._changed.notify_all()

    def wait(self, workspace_id: str, beyond: int, seconds: float) -> bool:
        """Wait until there are events after the one with this number; say whether there are.

        Raises:
            UnavailableError: the store does not say.
        """
        until = self._clock() + seconds
        while True:
            with self._changed:
                known, now = self._of(workspace_id), self._clock()
                next_look = known.looked_at + _LOOK_EVERY_SECONDS
                if known.position > beyond and now < next_look:
                    return True
                if now >= until:
                    return False
                if now < next_look:
                    self._changed.wait(min(until, next_look) - now)
                    continue
                known.looked_at, noted = now, known.noted
            self._look(workspace_id, known, noted)

    def _look(self, workspace_id: str, known: _Known, noted: int) -> None:
        """Read how long the chain is: shorter than it was where an older store was put back."""
        position = self._database.head(workspace_id).position
        with self._changed:
            if known.noted == noted:  # what was noted meanwhile is newer
                known.position = position
                self._changed.notify_all()

    def _of(self, workspace_id: str) -> _Known:
        return self._known.setdefault(workspace_id, _Known())
