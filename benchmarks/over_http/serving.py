"""Starts servers as they are used: ``workbench serve`` in a process of its own; the floor pages likewise."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import urlencode, urlsplit

from benchmarks.guard import Guard
from benchmarks.over_http import processes

ROOT = Path(__file__).resolve().parent.parent.parent
_ADDRESS = re.compile(r"Workbench is at (http://\S+)")
_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')
_STARTS_WITHIN_SECONDS = 120
_SETTLES_SECONDS = 0.003


@dataclass(frozen=True)
class Store:
    """Where a server finds its records and templates."""

    database: str
    #: A Git repository with ``content/``.
    repository: Path
    #: The folder that the server is started in, where it keeps what it keeps beside the database.
    place: Path

    def environment(self, code: Path = ROOT) -> dict[str, str]:
        """Give the environment of a program of the tree at ``code`` on this store."""
        own = {
            "WORKBENCH_DATABASE": self.database,
            "WORKBENCH_CONTENT": str(self.repository),
            "WORKBENCH_BLOBS": str(self.place / "blobs"),
            "WORKBENCH_API_REQUESTS_PER_MINUTE": "1000000",  # one token sends more than anybody's program
            "PYTHONPATH": str(code),
            "PYTHONUNBUFFERED": "1",
        }
        return {**os.environ, **own}


@dataclass(frozen=True)
class Served:
    """A server that runs: where it answers, and what it uses."""

    address: str
    pid: int

    def processor_seconds(self) -> dict[int, float]:
        """Give what each of its processes used so far, in seconds, once it is at rest."""
        time.sleep(_SETTLES_SECONDS)  # it may still put away what the last answer was made with
        return processes.processor_seconds(self.pid)


@dataclass
class Session:
    """A person who is signed in; asks one request at a time, from this process."""

    server: Served
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    def __post_init__(self) -> None:
        parts = urlsplit(self.server.address)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=120)

    @property
    def headers(self) -> dict[str, str]:
        """What a request of this person carries, and what browsers send."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Accept": "text/html", "Accept-Encoding": "gzip", **({"Cookie": cookie} if cookie else {})}

    def sign_in(self, token: str) -> Session:
        """Redeem a one-time link, and learn the token that forms carry."""
        path = f"/sign-in/{token}"
        asked = self._ask("GET", path, "", {**self.headers, "Accept-Encoding": "identity"}, (200, 303))
        if asked_whether := _TOKEN.search(asked):  # until 0.3.0, and on floor pages, a link signs in at once
            headers = {**self.headers, "Content-Type": "application/x-www-form-urlencoded"}
            self._ask("POST", path, urlencode({"csrf_token": asked_whether[1]}), headers, (303,))
        found = _TOKEN.search(self.get("/board", plain=True))
        if found is None:
            raise SystemExit("The board has no token for forms; mend the benchmark.")
        self.token = found[1]
        return self

    def get(
        self, path: str, *, expect: int = 200, plain: bool = False, more: Mapping[str, str] | None = None
    ) -> str:
        """Return the body of an answer as text; ``plain`` asks for it uncompressed."""
        headers = {**self.headers, **({"Accept-Encoding": "identity"} if plain else {}), **(more or {})}
        return self._ask("GET", path, "", headers, (expect,))

    def tag_of(self, path: str) -> str:
        """Return the ETag of a page."""
        self.get(path)
        return self._tag

    def post(self, path: str, fields: Mapping[str, str]) -> str:
        """Send a form as the board's drag and drop does; refuse to go on when it is refused."""
        headers = {**self.headers, **self.form_headers}
        return self._ask("POST", path, urlencode(fields), headers, (200,))

    @property
    def form_headers(self) -> dict[str, str]:
        """What a form carries besides: its token, and that the answer is to be short."""
        return {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
            "X-CSRF-Token": self.token,
        }

    def close(self) -> None:
        """Let the connection go; the cookies stay good."""
        self._connection.close()

    def _ask(
        self, method: str, path: str, body: str, headers: Mapping[str, str], expect: tuple[int, ...]
    ) -> str:
        try:
            self._connection.request(method, path, body or None, dict(headers))
            answer = self._connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self._connection.close()  # the server had closed what nobody used for a while
            self._connection.request(method, path, body or None, dict(headers))
            answer = self._connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        if answer.status not in expect:
            raise SystemExit(f"{method} {path} answered {answer.status}, not {expect}: {text[:400]}")
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        self._tag = answer.headers.get("ETag", "")
        return text


@contextmanager
def workbench(
    store: Store, code: Path = ROOT, python: str = sys.executable, options: Sequence[str] = ()
) -> Iterator[Served]:
    """Run ``workbench serve`` of the tree at ``code``, by an interpreter that has what it requires."""
    program = [python, "-P", "-c", "from web.cli import main; main()"]
    with _running([*program, "serve", "--port", "0", *options], store, code) as served:
        yield served


@contextmanager
def floor(store: Store, options: Sequence[str] = ()) -> Iterator[Served]:
    """Run the floor pages under the same server, on the same store."""
    program = [sys.executable, "-m", "benchmarks.over_http.floor_server"]
    with _running([*program, "serve", "--port", "0", *options], store, ROOT) as served:
        yield served


@contextmanager
def _running(command: Sequence[str], store: Store, code: Path) -> Iterator[Served]:
    store.place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        process = subprocess.Popen(
            command,
            cwd=store.place,
            env=store.environment(code),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,  # the whole group is ended below, whatever it started
        )
        guard = Guard(process.pid)
        try:
            yield Served(_address(process, log), process.pid)
        finally:
            guard.let_go()
            _end(process)


def _address(process: subprocess.Popen[str], log: IO[str]) -> str:
    """Wait for the line that says where the server is; what it prints later fits into the pipe.

    Raises:
        SystemExit: it ended, or said nothing in time.
    """
    assert process.stdout is not None
    late = threading.Timer(_STARTS_WITHIN_SECONDS, process.kill)
    late.start()
    said = ""
    try:
        for line in process.stdout:
            said += line
            if found := _ADDRESS.search(line):
                return found[1]
    finally:
        late.cancel()
    log.seek(0)
    raise SystemExit(f"The server did not start: {said}{log.read()[-2000:]}")


def _end(process: subprocess.Popen[str]) -> None:
    """End a server and all that it started."""
    if process.stdout is not None:
        process.stdout.close()
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # nobody of the group is left
