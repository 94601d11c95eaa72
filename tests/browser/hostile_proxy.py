"""A proxy as some stand before a board: it buffers all that it passes on, and says 502 where nobody is."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

#: So long a browser waits for what this proxy keeps to itself.
_PATIENCE_SECONDS = 20


@dataclass
class Proxy:
    """A proxy, and what it does to answers."""

    port: int = 0
    #: The port of the board; None while none runs.
    behind: int | None = None
    #: Set while answers are passed on; those that come meanwhile are kept, whole, until it is set again.
    lets_through: threading.Event = field(default_factory=threading.Event)
    #: The answers that it has passed on: status and address.
    passed: list[tuple[int, str]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def opened() -> Iterator[Proxy]:
    """Stand there while the block lasts."""
    proxy = Proxy()
    proxy.lets_through.set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, headers, body = self._ask(sent)
            proxy.lets_through.wait(_PATIENCE_SECONDS)
            proxy.passed.append((status, self.path))
            try:
                self.send_response_only(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:  # whoever asked has gone
                self.close_connection = True

        do_POST = do_GET  # noqa: N815 - as the library has it

        def _ask(self, sent: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
            """Return the whole answer of what is behind."""
            if proxy.behind is None:
                return 502, [], b"Bad gateway"
            connection = http.client.HTTPConnection("127.0.0.1", proxy.behind, timeout=_PATIENCE_SECONDS)
            try:
                connection.request(self.command, self.path, sent or None, dict(self.headers.items()))
                answer = connection.getresponse()
                body = answer.read()
            except OSError:
                return 502, [], b"Bad gateway"
            finally:
                connection.close()
            kept = {"transfer-encoding", "content-length", "connection"}
            return answer.status, [one for one in answer.getheaders() if one[0].lower() not in kept], body

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, name="proxy", daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.lets_through.set()
        server.shutdown()
        server.server_close()
