"""Drives the client's process: gives it orders, takes what it says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_CLIENT = Path(__file__).with_name("client.py")


@dataclass(frozen=True, kw_only=True)
class Target:
    """One request; ``{fresh}`` in the path becomes something that no request had before."""

    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    body: str = ""

    def as_order(self) -> dict[str, Any]:
        """Write it as the client takes it."""
        return {"path": self.path, "headers": dict(self.headers), "method": self.method, "body": self.body}


@dataclass(frozen=True)
class Outcome:
    """How a run of requests went."""

    #: Of each answer, in seconds, from sending to its last byte.
    times: list[float]
    #: Status or name of the error -> how many.
    statuses: dict[str, int]
    #: Of the last body, in bytes.
    size: int
    #: Head and body of the last answer, where they were asked for.
    sample: str
    #: From the first request to the last answer.
    seconds: float
    #: The client's own processor time, in seconds.
    busy: float
    #: How many answers came while all clients asked, and in how many seconds; None where the clock ends it.
    together: tuple[int, float] | None = None

    @property
    def answered(self) -> int:
        """How many requests were answered as they should be."""
        return sum(number for status, number in self.statuses.items() if status[0] in "23")

    @property
    def failed(self) -> int:
        """How many were not."""
        return sum(self.statuses.values()) - self.answered

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return self.answered / self.seconds

    def quantile(self, share: float) -> float:
        """The time that this share of the answers stayed under, in seconds."""
        found = sorted(self.times)
        return found[min(len(found) - 1, int(len(found) * share))] if found else float("nan")


class Client:
    """A client in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def load(
        self,
        address: str,
        targets: Sequence[Target],
        *,
        requests: int,
        clients: int = 1,
        sample: bool = False,
    ) -> Outcome:
        """Send requests as fast as they are answered, over that many connections."""
        order = {"requests": requests, "clients": clients, "sample": sample}
        self.begin("load", address, targets=[target.as_order() for target in targets], **order)
        return self.finish()

    def begin(self, do: str, address: str, **order: Any) -> None:
        """Give an order and go on; ``finish`` waits for its end."""
        parts = urlsplit(address)
        text = json.dumps({"do": do, "host": parts.hostname, "port": parts.port, **order})
        assert self._process.stdin is not None
        self._process.stdin.write(text + "\n")
        self._process.stdin.flush()

    def tell_to_end(self) -> None:
        """End an order that goes on ``until_told``, once what is under way is answered."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def finish(self) -> Outcome:
        """Wait for the end of the order that was given last."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("The client of the benchmark ended; what it printed is above.")
        return Outcome(**json.loads(line))


@contextmanager
def client() -> Iterator[Client]:
    """Give a client; its process ends with the block."""
    process = subprocess.Popen(
        [sys.executable, "-I", str(_CLIENT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield Client(process)
    finally:
        process.kill()
        process.communicate()
