"""The program, serving: what ``workbench serve`` does, as another program sees it."""

from __future__ import annotations

import os
import re
import secrets
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psutil

from engine.accounts.bootstrap import OPERATOR_EMAIL
from tests.conftest import ROOT

#: Longer than anything takes that comes at all, on a machine that has much else to do.
PATIENCE_SECONDS = 60.0


@dataclass
class Served:
    """A server that runs, and what it has said."""

    process: subprocess.Popen[str]
    address: str
    log: Path
    #: Which store and content it was started with.
    words: tuple[str, ...] = ()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        port = urlsplit(self.address).port
        assert port is not None
        return port

    def workers(self) -> list[psutil.Process]:
        """Return the processes that answer, without what ends or only tries whether the program starts."""
        children = psutil.Process(self.process.pid).children()
        return [child for child in children if child.is_running() and child.status() != "zombie"]

    def said(self) -> str:
        """What it has logged."""
        return self.log.read_text(encoding="utf-8")

    def connect(self) -> HTTPConnection:
        """Connect as a browser does that keeps its connection."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        connection.connect()
        return connection

    def sign_in(self) -> str:
        """Sign in as the operator with a link, as somebody does who may use the server; give the cookie."""
        file = self.log.with_name(f"link-{secrets.token_hex(4)}")
        program = [sys.executable, "-m", "web.cli", "user", "link", OPERATOR_EMAIL, "--link-file", str(file)]
        subprocess.run(
            [*program, *self.words],
            cwd=self.log.parent,
            env=_environment(self.log.parent, self.words),
            check=True,
            capture_output=True,
        )
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        return self.follow(file.read_text().strip())

    def follow(self, path: str, **form: str) -> str:
        """Follow a one-time link, or send the form for signing in; give the cookie of the session."""
        with closing(self.connect()) as connection:
            connection.request("GET", path)
            asked = connection.getresponse()
            page = asked.read().decode()
            token = re.search(r'name="csrf-token" content="([^"]+)"', page)
            assert token, page
            headers = {
                "Cookie": _cookie(asked, "workbench_session"),
                "Content-Type": "application/x-www-form-urlencoded",
            }
            connection.request("POST", path, urlencode({"csrf_token": token[1], **form}), headers)
            answer = connection.getresponse()
            page = answer.read().decode()
            assert answer.status == 303, page
            return _cookie(answer, "workbench_session")

    def wait_until_it_says(self, words: str, times: int = 1) -> None:
        """Wait for something in the log."""
        wait_until(lambda: self.said().count(words) >= times)

    def end(self, number: int = signal.SIGTERM) -> int:
        """End it by a signal; give its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode


def _cookie(answer: HTTPResponse, name: str) -> str:
    given = [one.partition(";")[0] for one in answer.headers.get_all("Set-Cookie") or []]
    return next(one for one in given if one.startswith(f"{name}="))


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; fail where it never does."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


def _store_of(words: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out what ``serve`` alone takes."""
    words = tuple(word for word in words if word != "--no-scheduler")
    if "--processes" not in words:
        return words
    place = words.index("--processes")
    return words[:place] + words[place + 2 :]


def _environment(place: Path, words: tuple[str, ...]) -> dict[str, str]:
    """Give what a server of this checkout needs; one on PostgreSQL is told where its files are."""
    files = {"WORKBENCH_BLOBS": str(place / "var/blobs")} if "postgresql" in " ".join(words) else {}
    return {**os.environ, "PYTHONPATH": str(ROOT), **files}


@contextmanager
def serving(place: Path, *words: str, socket: socket.socket | None = None) -> Iterator[Served]:
    """Run ``workbench serve`` with these words until the block ends, on a free port or a given socket."""
    log = place / "serve.log"
    program = [sys.executable, "-m", "web.cli", "serve", "--port", "0", *words]
    if socket is not None:
        program = ["sh", "-c", 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@" 3<&0 </dev/null', "sh", *program]
    # Tests that run under ``nohup`` ignore a hang-up, and the server would, as it should.
    program = ["env", "--default-signal=HUP", *program]
    with log.open("a", encoding="utf-8") as errors:
        process = subprocess.Popen(
            program,
            cwd=place,
            env=_environment(place, words),
            stdin=subprocess.DEVNULL if socket is None else socket,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    served = Served(process, "", log, _store_of(words))
    try:
        assert process.stdout is not None
        said = process.stdout.readline() + process.stdout.readline()
        address = re.search(r"Workbench is at (http://\S+)", said)
        assert address, served.said()
        assert "/sign-in/" not in said, "what is printed to a pipe is kept in logs"
        served.address = address[1]
        yield served
    finally:
        served.end()


@dataclass
class Asking:
    """Clients that ask again and again; what went wrong for them."""

    port: int
    answered: int = 0
    failures: list[str] = field(default_factory=list)
    _enough: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def going_on(self, clients: int = 2) -> Iterator[Asking]:
        """Ask while the block runs; half of the clients connect anew for each request."""
        threads = [threading.Thread(target=self._ask, args=(client % 2 == 0,)) for client in range(clients)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self.end()
            for thread in threads:
                thread.join()

    def end(self) -> None:
        """Ask no more."""
        self._enough.set()

    def _ask(self, keeps: bool) -> None:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        while not self._enough.wait(0.05):
            try:
                connection.request("GET", "/healthz")
                answer = connection.getresponse()
                answer.read()
                self.answered += 1
                if answer.status != 200:
                    self.failures.append(f"answered {answer.status}")
                if not keeps:
                    connection.close()
            except (OSError, HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
        connection.close()
