"""Watches over the workers: one per place, replaced when it ends, told to leave when the server does."""

from __future__ import annotations

import logging
import os
import queue
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from types import FrameType
from typing import NoReturn

from engine.errors import UnavailableError
from web.serving import restarting
from web.serving.loads import Loads
from web.serving.worker import LEAVE_SECONDS, LINGER_SECONDS, signals_held

_log = logging.getLogger("workbench.serve")
#: A worker whose loop has not gone round for so long hangs, and is replaced.
_SILENT_SECONDS = 60.0
#: How long after a worker should have left it is ended.
_GRACE_SECONDS = 5.0
_MOST_FAILED_STARTS = 3


class Supervisor:
    """The process that was started: it forks the workers and answers nothing itself.

    1. SIGTERM and SIGINT end the server once what is under way is answered; a second one ends it at once.
    2. SIGHUP makes it begin anew (``restarting``); in a terminal, whose end sends it, it ends the server.
    3. A worker that ends is replaced at once, and that is logged. When some in a row end before they are
       ready, the next would too: then the server ends.
    """

    def __init__(
        self, work: Callable[[int], None], listener: socket.socket, loads: Loads, workers: int
    ) -> None:
        """``work`` is what the worker of a place does in its own process, until it leaves."""
        self._work, self._listener, self._loads = work, listener, loads
        self._places = range(workers)
        self._pids: dict[int, int] = {}
        #: Workers that were told to leave: until when they may take for it.
        self._leaving: dict[int, float] = {}
        self._signals: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._rehearsal: subprocess.Popen[bytes] | None = None
        #: Workers in a row that ended before they were ready.
        self._failed_starts = 0

    def run(self, *, predecessors: Iterable[int] | None, when_ready: Callable[[], None]) -> None:
        """Serve until a signal ends it.

        ``predecessors`` are the workers of the program that this one follows in its process: they are told to
        leave when the new ones are ready. None where there was none.

        Raises:
            UnavailableError: a worker cannot start.
        """
        self._listen_to_signals(is_first=predecessors is None)
        self._leaving = dict.fromkeys(predecessors or (), float("inf"))
        try:
            for place in self._places:
                self._fork(place)
            while not all(map(self._loads.is_ready, self._places)):
                if self._look_after(self._next_signal(0.01)):
                    return
            when_ready()
            self._dismiss(list(self._leaving), signal.SIGHUP, LINGER_SECONDS)
            while not self._look_after(self._next_signal(1.0)):
                pass
        finally:
            self._end()

    # --- signals ---------------------------------------------------------------------------------

    def _listen_to_signals(self, *, is_first: bool) -> None:
        def note(number: int, _frame: FrameType | None) -> None:
            self._signals.put(number)

        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, note)
        if not (is_first and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN):  # as ``nohup`` wants it
            signal.signal(signal.SIGHUP, note)

    def _next_signal(self, seconds: float) -> int | None:
        try:
            return self._signals.get(timeout=seconds)
        except queue.Empty:
            return None

    def _look_after(self, number: int | None) -> bool:
        """Do what is to be done after a signal or a while without; return whether the server is to end."""
        if number in (signal.SIGTERM, signal.SIGINT):
            return True
        if number == signal.SIGHUP:
            if sys.stdin is not None and sys.stdin.isatty():
                return True
            self._rehearse()
        self._reap()
        self._end_the_silent()
        self._follow_the_rehearsal()
        return False

    # --- workers ---------------------------------------------------------------------------------

    def _fork(self, place: int) -> None:
        self._loads.clear(place)
        with signals_held():  # the worker takes them once it knows what to do with them
            pid = os.fork()
            if pid:
                self._pids[pid] = place
                return
            self._be_worker(place)

    def _be_worker(self, place: int) -> NoReturn:
        code = 1
        try:
            self._work(place)
            code = 0
        except BaseException:  # nothing of what this process was forked from may go on in it
            _log.exception("worker %d broke", os.getpid())
        finally:
            logging.shutdown()
            os._exit(code)

    def _reap(self) -> None:
        """Take note of workers that have ended; put others into their places."""
        for pid in [*self._pids, *self._leaving]:
            if (how := _ended(pid)) is None:
                continue
            if self._leaving.pop(pid, None) is not None:
                _log.info("worker %d has left", pid)
                continue
            place = self._pids.pop(pid)
            _log.error("worker %d ended: %s; another one takes its place", pid, how)
            self._failed_starts = 0 if self._loads.is_ready(place) else self._failed_starts + 1
            if self._failed_starts == _MOST_FAILED_STARTS:
                raise UnavailableError(f"Workers end before they can answer: {how}. See what they logged.")
            self._fork(place)

    def _end_the_silent(self) -> None:
        for pid, place in self._pids.items():
            if self._loads.silent_seconds(place) > _SILENT_SECONDS:
                _log.error("worker %d does not move any more and is ended", pid)
                os.kill(pid, signal.SIGKILL)
        for pid, until in self._leaving.items():
            if time.monotonic() > until:
                _log.error("worker %d does not leave and is ended", pid)
                os.kill(pid, signal.SIGKILL)

    def _dismiss(self, pids: Iterable[int], number: int, linger_seconds: float) -> None:
        """Tell workers to leave."""
        for pid in pids:
            self._pids.pop(pid, None)
            self._leaving[pid] = time.monotonic() + linger_seconds + LEAVE_SECONDS + _GRACE_SECONDS
            os.kill(pid, number)

    def _end(self) -> None:
        """Let every worker leave; a second signal ends them at once."""
        if self._rehearsal is not None:
            self._rehearsal.kill()
            self._rehearsal.wait()
        self._dismiss([*self._pids, *self._leaving], signal.SIGTERM, 0.0)
        while self._leaving:
            if self._next_signal(1.0) in (signal.SIGTERM, signal.SIGINT):
                self._leaving = dict.fromkeys(self._leaving, 0.0)
            self._reap()
            self._end_the_silent()

    # --- beginning anew --------------------------------------------------------------------------

    def _rehearse(self) -> None:
        if self._rehearsal is None:
            self._rehearsal = restarting.rehearse()

    def _follow_the_rehearsal(self) -> None:
        if self._rehearsal is None or self._rehearsal.poll() is None:
            return
        rehearsal, self._rehearsal = self._rehearsal, None
        if restarting.is_good(rehearsal):
            restarting.begin_anew(self._listener, [*self._pids, *self._leaving])


def _ended(pid: int) -> str | None:
    """Say how a child has ended; None while it runs."""
    done, status = os.waitpid(pid, os.WNOHANG)
    if done == 0:
        return None
    code = os.waitstatus_to_exitcode(status)
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
