"""The threads of a worker: whose request each of them answers next, and when (``fairness``, ``turns``)."""

from __future__ import annotations

import threading
import time
from contextlib import nullcontext
from typing import Any, NamedTuple, Protocol

from waitress.task import ThreadedTaskDispatcher

from web.serving.fairness import FairQueue
from web.serving.turns import Turns

_READS = frozenset({"GET", "HEAD"})
#: The header by which an open page asks for itself (``live.is_poll``), as waitress writes it.
_POLLS = "X_LIVE"
#: A longer body takes much of a processor; few forms that people fill in are so long.
_LARGE_BYTES = 16 * 1024


class Channel(Protocol):
    """A connection whose next request is to be answered."""

    requests: list[Any]

    def sender(self) -> str:
        """Name whoever sent it."""
        ...

    def service(self) -> None:
        """Answer it."""
        ...

    def cancel(self) -> None:
        """Answer it no more."""
        ...


class _Restless(threading.Condition):
    """What idle threads wait for: that something happens, or that what waits has rested long enough."""

    def __init__(self, lock: threading.Lock, queue: FairQueue[Turn]) -> None:
        super().__init__(lock)
        self._queue = queue

    def wait(self, timeout: float | None = None) -> bool:
        """Wait as long as is told, or else until something in the queue may be taken."""
        return super().wait(self._queue.rests_for() if timeout is None else timeout)


class InTurns(ThreadedTaskDispatcher):  # type: ignore[misc]
    """Threads that take turns, and answer those first who asked for little."""

    def __init__(self, seconds: float | None, threads: int) -> None:
        super().__init__()
        self._turns = None if seconds is None else Turns(seconds)
        # Where threads take turns, one of them is enough for those who ask for much. Where they wait for a
        # database elsewhere, it is not.
        all_but_one = max(1, threads - 1)
        self.queue: FairQueue[Turn] = FairQueue(all_but_one if self._turns else threads, all_but_one)
        self.queue_cv = _Restless(self.lock, self.queue)

    def add_task(self, task: Channel) -> None:
        """Let a request be answered, in its turn if it only reads."""
        # What is refused may have no head that could be read.
        request = task.requests[0]
        only_reads = getattr(request, "command", "") in _READS
        is_large = getattr(request, "body_bytes", 0) > _LARGE_BYTES
        is_poll = only_reads and _POLLS in getattr(request, "headers", {})
        turns = self._turns if only_reads else None
        super().add_task(Turn(self, turns, task, task.sender(), is_large, is_poll))

    def goes_ahead(self, turn: Turn) -> bool:
        """Whether a request need not wait for its turn: who has it asked for much before."""
        with self.lock:
            return self.queue.goes_ahead(turn)

    def finish(self, turn: Turn, seconds: float) -> None:
        """Remember what a request cost, and have another thread look, too: more than one may be next now."""
        with self.lock:
            self.queue.finish(turn, seconds)
            self.queue_cv.notify()

    def shutdown(self, cancel_pending: bool = True, timeout: float = 5) -> bool:
        """Let the threads end, and cancel what waits."""
        with self.lock:
            self.queue.drain()
        return bool(super().shutdown(cancel_pending, timeout))


class Turn(NamedTuple):
    """A request that is answered in its turn."""

    dispatcher: InTurns
    turns: Turns | None
    task: Channel
    sender: str
    is_large: bool
    is_poll: bool

    def service(self) -> None:
        """Answer it."""
        began = time.thread_time()
        try:
            takes_turns = self.turns is not None and not self.dispatcher.goes_ahead(self)
            with self.turns.one() if self.turns is not None and takes_turns else nullcontext():
                self.task.service()
        finally:
            self.dispatcher.finish(self, time.thread_time() - began)

    def cancel(self) -> None:
        """Answer it no more."""
        self.task.cancel()
