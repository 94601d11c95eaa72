"""One worker: answers until it is told to leave."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from types import FrameType

from web.serving.http import Server

#: How long a worker that leaves waits for what is under way.
LEAVE_SECONDS = 30.0
#: How long connections between two requests stay open when others go on serving: a page that polls asks
#: once more meanwhile, and hears that it has to connect anew.
LINGER_SECONDS = 6.0
#: The same where the server ends: a request may be on its way while a connection is closed.
_LINGER_AT_THE_END_SECONDS = 0.5
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Leaving(Enum):
    """Why a worker leaves."""

    #: The server ends.
    ENDS = "ends"
    #: It begins anew.
    RESTARTS = "restarts"


class Worker:
    """The loop of one server, and the signals that end it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._asked: set[Leaving] = set()

    @property
    def leaving(self) -> Leaving | None:
        """Why it is to leave; None while it is not."""
        return next((why for why in Leaving if why in self._asked), None)

    def leaves_on(self, number: int, leaving: Leaving) -> None:
        """Leave when this signal comes."""

        def leave(_number: int, _frame: FrameType | None) -> None:
            self._asked.add(leaving)
            self._server.pull_trigger()  # the loop may be waiting

        signal.signal(number, leave)

    def run(self, *, still: Callable[[], bool] = lambda: True) -> Leaving | None:
        """Answer until a signal says to leave, or ``still`` is not true any more; return why."""
        while self.leaving is None and still():
            self._server.turn()
        return self.leaving

    def stay(self) -> None:
        """Do not leave for a restart."""
        self._asked.discard(Leaving.RESTARTS)

    def leave(self, leaving: Leaving, *, linger_seconds: float = LINGER_SECONDS) -> None:
        """Answer what is under way, and end."""
        if leaving is Leaving.ENDS:  # for a restart nobody is sent elsewhere: others answer here already
            self._server.on_end()
        linger = linger_seconds if leaving is Leaving.RESTARTS else _LINGER_AT_THE_END_SECONDS
        self._server.leave(linger_seconds=linger, most_seconds=LEAVE_SECONDS)


def run_forked(server: Server, parent: int) -> None:
    """Be the worker of a supervisor: leave when it says so, or when it is gone."""
    worker = Worker(server)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the supervisor passes it on in order
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    worker.leaves_on(signal.SIGTERM, Leaving.ENDS)
    worker.leaves_on(signal.SIGHUP, Leaving.RESTARTS)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    worker.leave(worker.run(still=lambda: os.getppid() == parent) or Leaving.ENDS)


@contextmanager
def signals_held() -> Iterator[None]:
    """Let signals that end or restart a worker wait until the block has ended."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
