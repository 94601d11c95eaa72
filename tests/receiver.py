"""A receiver of webhooks and calls on this machine, which answers as a test says and keeps what it got."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook as Verifier


@dataclass(frozen=True)
class Got:
    """One request that arrived."""

    path: str
    headers: dict[str, str]
    body: bytes
    method: str = "POST"

    @property
    def message_id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> Any:
        """What it says, once the standard's own verifier has looked at it."""
        return Verifier(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """What arrived, and how the next requests are answered; without a word, with 200."""

    port: int = 0
    got: list[Got] = field(default_factory=list)
    #: Of the next requests, each once: a status, or what answers by itself.
    answers: list[int | Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=list)
    #: Of all others.
    usual: int | Callable[[BaseHTTPRequestHandler], None] = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        return [one.message_id for one in self.got]


def hang(seconds: float) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer nothing for a while."""
    return lambda _: time.sleep(seconds)


def megabytes(handler: BaseHTTPRequestHandler) -> None:
    """Answer with more than anybody reads."""
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(64):
            handler.wfile.write(b"x" * 1024 * 1024)
    except OSError:  # whoever asked has read enough
        pass


def says(what: Any, status: int = 200) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer with JSON."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        body = json.dumps(what).encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def endless(status: int) -> Callable[[BaseHTTPRequestHandler], None]:
    """Begin an answer, and never end it."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        broken(status)(handler)
        time.sleep(2)

    return answer


def broken(status: int) -> Callable[[BaseHTTPRequestHandler], None]:
    """Begin an answer, and hang up."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b"Said")
        handler.wfile.flush()

    return answer


def redirect(to: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer that it is elsewhere."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(307)
        handler.send_header("Location", to)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


@contextmanager
def opened() -> Iterator[Receiver]:
    """Open a receiver while the block lasts."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.got.append(Got(self.path, headers, body, self.command))
            answer = receiver.answers.pop(0) if receiver.answers else receiver.usual
            if callable(answer):
                answer(self)
                return
            self.send_response(answer)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"Said.")

        do_GET = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_POST  # noqa: N815 - as the library has them

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
