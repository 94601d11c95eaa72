"""Serves a board with as many processes as are wanted."""

from __future__ import annotations

import logging
import os
import re
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial

from flask import Flask

from engine.app import Workbench
from engine.ids import IdSource
from web import auth, observing
from web.serving import background, restarting
from web.serving.background import Does
from web.serving.http import Bounds, Server, SignedIn
from web.serving.loads import Loads
from web.serving.supervisor import Supervisor
from web.serving.waiting import WaitingServer
from web.serving.warming import settle_memory, warm
from web.serving.worker import Leaving, Worker, run_forked

_log = logging.getLogger("workbench.serve")
#: More than two fight for one interpreter; the second answers while the first waits for a disk or a lock.
_THREADS = 2
#: A process that is alone has nobody who answers while its threads wait.
_THREADS_ALONE = 4
#: Most pages are done in a tenth of this; behind what takes longer nobody waits.
_TURN_SECONDS = 0.05
#: How long a thread may compute before another that waits for the interpreter has it. A page gives it away at
#: each row that it reads: beside a thread that takes apart a large file it would wait 5 ms each time (S1).
_SWITCH_SECONDS = 0.0001
#: Files and connections that a process wants to have open; systems begin with as few as 256.
_OPEN_FILES = 4096
#: So many browsers are told apart without looking at what they signed in with once more.
_COOKIES_KNOWN = 256
#: How late a new revision of the content may be seen: each page asks for it, and Git is asked that often.
CONTENT_SECONDS = 1.0
#: What is answered while the database is away: how it is, and the way in.
_WITHOUT_STORE = frozenset({"/healthz", "/readyz", "/metrics", "/sign-in"})
#: Who starts a recipe may ask to wait for its end, and says so in the body, which is not read yet.
_STARTS_RECIPE = re.compile("/api/recipes/[^/]+/start")
#: As ``worker.LINGER_SECONDS``, where nobody else serves meanwhile.
_LINGER_ALONE_SECONDS = 1.0


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Board:
    """The board of one Workbench, ready to be served."""

    def __init__(self, workbench: Workbench, app: Flask, *, does: Does = Does.NOTHING) -> None:
        """``does`` says what one of the processes also does by itself."""
        self.workbench, self.app, self._does = workbench, app, does
        workbench.catalog.keep_for(CONTENT_SECONDS)
        warm(app, workbench)

    def serve(
        self,
        listener: socket.socket,
        processes: int,
        *,
        predecessors: Sequence[int] | None = None,
        when_ready: Callable[[], None],
    ) -> None:
        """Answer at ``listener`` until a signal ends it; a store in memory takes one process.

        ``predecessors`` are the workers of the program that this one follows, None where there was none;
        ``when_ready`` is called once all workers answer.

        Raises:
            UnavailableError: a worker cannot start.
        """
        _raise_limit_of_open_files()
        sys.setswitchinterval(_SWITCH_SECONDS)
        self.workbench.database.begin_serving()
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # that requests wait is no news
        if processes == 1:
            self._serve_alone(listener, when_ready)
            return
        loads, parent = Loads(processes), os.getpid()

        def work(place: int) -> None:
            # Ids count on from the last one: from the same one, they would be the same in each worker.
            self.workbench.ids = IdSource()
            with background.beside(self.workbench, self._does if place == 0 else Does.NOTHING):
                run_forked(self._server(listener, _THREADS, loads, place), parent)
            self.workbench.close()

        self.workbench.database.disconnect()
        settle_memory()
        supervisor = Supervisor(work, listener, loads, processes)
        supervisor.run(predecessors=predecessors, when_ready=when_ready)

    def _server(self, listener: socket.socket, threads: int, loads: Loads, place: int = 0) -> Server:
        observed = observing.observed(self.app)
        observed.begin(loads, place)
        # One byte more than the board takes: beyond it, its own words refuse it.
        bounds = Bounds(
            threads=threads,
            # Where the database is elsewhere, one thread waits for it while another works.
            turn_seconds=None if self.workbench.database.dialect.is_shared else _TURN_SECONDS,
            body_bytes=self.app.config["MAX_CONTENT_LENGTH"] + 1,
        )
        return WaitingServer(
            self.app,
            listener,
            bounds,
            loads=loads,
            place=place,
            aside=is_password_check,
            at_once=needs_no_store,
            waits=may_wait,
            signed_in=signed_in(self.app),
            database=lambda: self.workbench.database.connections,
            on_refused=observed.metrics.count_refused if observed.metrics else lambda _: None,
            on_end=observed.drain,
        )

    def _serve_alone(self, listener: socket.socket, when_ready: Callable[[], None]) -> None:
        """Be the only worker."""
        settle_memory()
        server = self._server(listener, _THREADS_ALONE, Loads(1))
        worker = Worker(server)
        for number in (signal.SIGTERM, signal.SIGINT):
            worker.leaves_on(number, Leaving.ENDS)
        in_terminal = sys.stdin is not None and sys.stdin.isatty()
        if not self.workbench.database.in_memory and not in_terminal:
            worker.leaves_on(signal.SIGHUP, Leaving.RESTARTS)
        when_ready()
        with background.beside(self.workbench, self._does):
            leaving = _why_it_leaves(worker)
            worker.leave(leaving, linger_seconds=_LINGER_ALONE_SECONDS)
        if leaving is Leaving.RESTARTS:
            self.workbench.close()
            restarting.begin_anew(listener, [])


def signed_in(app: Flask) -> SignedIn:
    """Return what names whoever sends these headers, by their session or their API token.

    Each request asks for it, and a browser sends the same cookies each time: what was signed stays so, and is
    remembered. A token is asked for each time, as it is known once somebody was let in by it.
    """
    of_cookies = lru_cache(_COOKIES_KNOWN)(partial(auth.signed_in, app))

    def named(headers: Mapping[str, str]) -> str | None:
        cookies, authorization = headers.get("COOKIE", ""), headers.get("AUTHORIZATION", "")
        return auth.signed_in(app, cookies, authorization) if authorization else of_cookies(cookies)

    return named


def needs_no_store(method: str, path: str) -> bool:
    """Whether a request is answered while the database is away: files of pages, how it is, the way in."""
    path = "/" + path.lstrip("/")
    return method in {"GET", "HEAD"} and (path in _WITHOUT_STORE or path.startswith("/static/"))


def may_wait(method: str, address: str) -> bool:
    """Whether a request asks to be answered once something happens, or may ask so in its body."""
    path, _, question = address.partition("?")
    path = "/" + path.lstrip("/")
    if method == "POST":
        return _STARTS_RECIPE.fullmatch(path) is not None
    return method == "GET" and path == "/api/events" and "wait=" in question


def is_password_check(method: str, path: str) -> bool:
    """Whether a request hashes a password before anybody knows who asks: a few would fill all threads."""
    # However many slashes an address begins with, the board is asked for it with one.
    return method == "POST" and "/" + path.lstrip("/") == "/sign-in"


def _why_it_leaves(worker: Worker) -> Leaving:
    """Answer until the worker is to leave; to begin anew only once it is known that the program starts."""
    while worker.run() is Leaving.RESTARTS:
        rehearsal = restarting.rehearse()
        while rehearsal.poll() is None and worker.leaving is not Leaving.ENDS:
            worker.stay()  # the same signal once more asks for nothing new
            worker.run(still=partial(_runs, rehearsal))
        if worker.leaving is Leaving.ENDS:
            rehearsal.kill()
        if restarting.is_good(rehearsal):
            return Leaving.RESTARTS
    return Leaving.ENDS


def _runs(program: subprocess.Popen[bytes]) -> bool:
    return program.poll() is None


def _raise_limit_of_open_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
