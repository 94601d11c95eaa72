"""Programs at a server that may fail at any moment: one writes through the API, another follows its feed.

``benchmarks.two_servers`` compares what they were answered with what is there.
"""

from __future__ import annotations

import json
import random
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from benchmarks.writers import Caller, Outcome

_TEMPLATE = "podcast_episode"
#: What may be sent again with the same key: there was no answer, or one that says so.
_AGAIN = frozenset({0, 429, 503, 504})
_PAUSE_SECONDS, _WAIT_SECONDS = 0.3, 5
#: The longest that the feed may be behind at the end.
_CATCH_UP_SECONDS = 60.0


class Writer(Caller):
    """A program that writes through the API, each request with a key, as often as it takes."""

    def __init__(self, port: int, outcome: Outcome, token: str) -> None:
        super().__init__(port, outcome)
        self._headers = {"Authorization": f"Bearer {token}", "Content_Type": "application/json"}

    def work(self, tasks: list[str], chance: random.Random, until: float) -> None:
        """Write notes on tasks of chance, and bundles now and then, until then."""
        while time.monotonic() < until:
            word = secrets.token_hex(8)
            if chance.random() < 0.9:
                body = {"body": f"note {word}"}
                self._write(f"/api/tasks/{chance.choice(tasks)}/note", f"note {word}", body, until)
            else:
                body = {"template": _TEMPLATE, "title": f"bundle {word}", "anchor_date": "2027-03-01"}
                self._write("/api/bundles", f"bundle {word}", body, until)
            time.sleep(0.1)

    def _write(self, path: str, text: str, body: dict[str, Any], until: float) -> None:
        what = f"{text.partition(' ')[0]} by the API"
        headers = {**self._headers, "Idempotency_Key": secrets.token_hex(8)}
        while time.monotonic() < until:
            status, answer, _ = self.ask("request of the API", "POST", path, json.dumps(body), **headers) or (
                0, "", "",
            )  # fmt: skip
            if status in {200, 201}:
                self._outcome.count(f"{what}: acknowledged")
                self._outcome.kept.add(text)
                return
            if status not in _AGAIN or (status and "error" not in json.loads(answer)):
                self._outcome.fault(f"a {what} is answered {status}: {answer[:300]!r}")
                return
            self._outcome.count(f"{what}: sent again with its key")
            time.sleep(_PAUSE_SECONDS)


@dataclass
class Heard:
    """What a follower was told, in the order in which it came."""

    events: list[str] = field(default_factory=list)
    #: How often an answer failed to come, and was asked for again.
    asked_again: int = 0


class Follower(Caller):
    """A program that follows the feed from its beginning and goes on where it was, whatever fails."""

    def __init__(self, port: int, outcome: Outcome, token: str) -> None:
        super().__init__(port, outcome)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._cursor = "start"
        self.heard = Heard()

    def follow(self, until: float) -> None:
        """Follow until then, and to the end of what had happened by then."""
        while time.monotonic() < until:
            self._hear(_WAIT_SECONDS)
        deadline = time.monotonic() + _CATCH_UP_SECONDS
        while self._hear(0) != 0:
            if time.monotonic() > deadline:
                self._outcome.fault(f"the feed was not at its end after {_CATCH_UP_SECONDS:.0f} seconds")
                return

    def _hear(self, seconds: int) -> int | None:
        """Take in the next page; return how many events it told, None where there was no answer."""
        asked = urlencode({"after": self._cursor, "wait": seconds, "limit": 100})
        answered = self.ask("look at the feed", "GET", f"/api/events?{asked}", **self._headers)
        status, text, _ = answered or (0, "", "")
        if status == 200:
            page = json.loads(text)
            self.heard.events += [one["change_id"] for one in page["events"]]
            self._cursor = page["next"]
            return len(page["events"])
        if status not in _AGAIN:
            self._outcome.fault(f"the feed is answered {status}: {text[:300]!r}")
        self.heard.asked_again += 1
        time.sleep(_PAUSE_SECONDS)
        return None
