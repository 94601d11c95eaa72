"""People who write and read at a server that may fail at any moment, and keep what they were answered.

``benchmarks.two_servers`` compares it afterwards with what is there.
"""

from __future__ import annotations

import json
import random
import re
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from html import unescape
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import urlencode

from engine.accounts.bootstrap import OPERATOR_EMAIL
from engine.store import timeouts

PASSWORD = secrets.token_urlsafe(12)
_TEMPLATE = "podcast_episode"
#: What a request may wait for, one after the other: a connection, a lock, a statement.
_STATED_SECONDS = timeouts.CONNECT_SECONDS + timeouts.LOCK_SECONDS + timeouts.SILENCE_SECONDS
#: Requests wait for one another, and machines have other things to do.
_MARGIN_SECONDS = 6.0
#: What needs no database, though a busy machine.
_AT_ONCE_SECONDS = 5.0
_TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]+)">')
_FORM = "application/x-www-form-urlencoded"


@dataclass
class Outcome:
    """What a run came to; shared by all its threads."""

    counts: Counter[str] = field(default_factory=Counter)
    slowest: dict[str, float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    #: Texts of notes and titles of bundles, by what became of them.
    kept: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    #: Where the last notes and bundles were told to be.
    said_at: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str) -> None:
        """Count something."""
        with self._lock:
            self.counts[what] += 1

    def took(self, what: str, seconds: float) -> None:
        """Take note of how long an answer took."""
        with self._lock:
            self.slowest[what] = max(seconds, self.slowest.get(what, 0.0))
            if seconds > allowed(what):
                self.faults.append(f"a {what} took {seconds:.1f} s")

    def fault(self, told: str) -> None:
        """Take note of something that must not be."""
        with self._lock:
            self.faults.append(told)


def allowed(what: str) -> float:
    """Give the longest that an answer may take, in seconds."""
    return _AT_ONCE_SECONDS if what == "file" else _STATED_SECONDS + _MARGIN_SECONDS


class Caller:
    """Whoever asks one server, and takes note of how long it takes."""

    def __init__(self, port: int, outcome: Outcome) -> None:
        self._port, self._outcome = port, outcome
        self._cookies: dict[str, str] = {}

    def ask(
        self, what: str, method: str, path: str, body: str = "", **headers: str
    ) -> tuple[int, str, str] | None:
        """Give status, text and location; None where the server was not there, or ended meanwhile."""
        began = time.monotonic()
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        given = {"Cookie": cookies, **{name.replace("_", "-"): value for name, value in headers.items()}}
        try:
            with closing(HTTPConnection("127.0.0.1", self._port, timeout=60)) as connection:
                try:
                    connection.connect()
                except OSError:
                    return None
                began = time.monotonic()
                connection.request(method, path, body.encode(), given)
                answer = connection.getresponse()
                text = answer.read().decode()
        except TimeoutError:
            self._outcome.fault(f"{method} {path} hangs")
            return 0, "", ""
        except (OSError, HTTPException):
            return 0, "", ""
        self._outcome.took(what, time.monotonic() - began)
        self._cookies |= _cookies_of(answer)
        return answer.status, text, answer.getheader("Location") or ""


class Person(Caller):
    """Somebody at one server, with a session there."""

    def __init__(self, port: int, outcome: Outcome, seed: int) -> None:
        super().__init__(port, outcome)
        self._chance = random.Random(seed)
        self._token = ""

    def is_in(self) -> bool:
        """Sign in unless that is done; return whether it is."""
        if self._token:
            return True
        found = self.ask("page", "GET", "/sign-in")
        if found is None or not (token := _TOKEN.search(found[1])):
            return False
        form = {"csrf_token": token[1], "email": OPERATOR_EMAIL, "password": PASSWORD, "form": "sign_in"}
        answered = self.ask("form", "POST", "/sign-in", urlencode(form), Content_Type=_FORM)
        if answered is None or answered[0] != 303:
            return False
        board = self.ask("page", "GET", "/help/keys")
        again = _TOKEN.search(board[1]) if board else None
        self._token = again[1] if again else ""
        return bool(self._token)

    def write_note(self, task_id: str) -> None:
        """Write a note by form."""
        text = f"note {secrets.token_hex(8)} <with> signs & words"
        form = {"csrf_token": self._token, "body": text, "form": "note"}
        path = f"/tasks/{task_id}/notes"
        answered = self.ask("form", "POST", path, urlencode(form), Content_Type=_FORM)
        self._judge("note by form", answered, text, lambda location: location.startswith(f"/tasks/{task_id}"))

    def write_note_as_program(self, task_id: str) -> None:
        """Write a note by JSON."""
        text = f"note {secrets.token_hex(8)}"
        headers = {
            "Content_Type": "application/json",
            "Accept": "application/json",
            "X_CSRF_Token": self._token,
        }
        path = f"/tasks/{task_id}/notes"
        answered = self.ask("form", "POST", path, json.dumps({"body": text}), **headers)
        self._judge("note by JSON", answered, text, None)

    def start_bundle(self, deadline: float) -> None:
        """Start a bundle, as often as it takes, with one idempotency key."""
        title = f"bundle {secrets.token_hex(8)}"
        form = {
            "csrf_token": self._token,
            "title": title,
            "idempotency_key": secrets.token_hex(8),
            "anchor_date": "2027-03-01",
            "form": "start",
        }
        while time.monotonic() < deadline:
            path = f"/recipes/{_TEMPLATE}/new"
            answered = self.ask("form", "POST", path, urlencode(form), Content_Type=_FORM)
            if answered and answered[0] == 303:
                self._judge("bundle", answered, title, lambda location: location.startswith("/bundles/"))
                return
            if answered and answered[0] not in {0, 503, 504}:
                self._judge("bundle", answered, title, None)
                return
            self._outcome.count("bundle: sent again with its key")
            time.sleep(0.3)

    def read(self, task_id: str) -> None:
        """Read a page, and a file that pages need."""
        path = self._chance.choice(["/board", f"/tasks/{task_id}", "/inbox", "/my-work", "/stuck"])
        answered = self.ask("page", "GET", path)
        if answered is not None and answered[0]:
            status, text, _ = answered
            self._outcome.count(f"page: {status}")
            if status not in {200, 503}:
                self._outcome.fault(f"GET {path} is answered {status}: {text[:200]!r}")
            self._look_for_bare("GET", path, text)
        style = self.ask("file", "GET", "/static/app.css")
        if style is not None and style[0]:
            self._outcome.count(f"file: {style[0]}")
            if style[0] != 200:
                self._outcome.fault(f"a file of pages is answered {style[0]}")

    def _judge(
        self,
        what: str,
        answered: tuple[int, str, str] | None,
        text: str,
        is_own: Callable[[str], bool] | None,
    ) -> None:
        if answered is None:
            self._outcome.count(f"{what}: no server to send it to")
            return
        status, page, location = answered
        if (status == 303 and is_own is not None and is_own(location)) or (status == 200 and is_own is None):
            self._outcome.count(f"{what}: acknowledged")
            self._outcome.kept.add(text)
        elif status in {503, 504}:
            self._outcome.count(f"{what}: {'refused, 503' if status == 503 else 'not known, 504'}")
            if status == 503:
                self._outcome.refused.add(text)
            if is_own is not None and text not in unescape(page):
                self._outcome.fault(f"the text of a {what} is not in the answer {status}: {page[:300]!r}")
            if is_own is None and "error" not in json.loads(page):
                self._outcome.fault(f"a {what} is answered {page[:200]!r}")
        elif status == 0:
            self._outcome.count(f"{what}: not known, the server ended")
        else:
            self._outcome.fault(f"a {what} is answered {status} {location}: {page[:300]!r}")

    def _look_for_bare(self, method: str, path: str, text: str) -> None:
        if '<html lang="en">\n<head>' not in text or "Internal Server Error" in text:
            self._outcome.fault(f"{method} {path} is answered in other words than ours: {text[:200]!r}")


def _cookies_of(answer: HTTPResponse) -> dict[str, str]:
    """Give the cookies that an answer sets, however many."""
    lines = answer.headers.get_all("Set-Cookie") or []
    pairs = (line.partition(";")[0].partition("=") for line in lines)
    return {name: value for name, _, value in pairs}


def work(person: Person, tasks: list[str], chance: random.Random, until: float) -> None:
    """Let somebody write and read until then, on tasks of chance."""
    while time.monotonic() < until:
        if not person.is_in():
            time.sleep(0.3)
            continue
        task_id = chance.choice(tasks)
        roll = chance.random()
        if roll < 0.45:
            person.write_note(task_id)
        elif roll < 0.85:
            person.write_note_as_program(task_id)
        elif roll < 0.9:
            person.start_bundle(until)
        person.read(task_id)
        time.sleep(0.05)
