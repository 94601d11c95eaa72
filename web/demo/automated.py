"""Automated tasks of the demo: each ended otherwise, and one is begun once the demo is served.

Four call a program on this machine that stands in for those of others, and ends with the story: every attempt
was made, and what its journal says was sent and came back. Nothing answers there once the demo is served, and
the demo's settings let nothing be called: whoever runs one of them again is told so. The last runs an
automation (``rendering``) beside the board.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from engine.executions import running, service
from engine.jobs.embedded import EmbeddedEngine
from engine.jobs.port import Kinds
from web.demo import rendering
from web.demo.cast import Cast

#: The same every time, so that two demos are; where it is taken, any other.
_PORT = 47811
_HOST = "127.0.0.1"
#: So often the last one is tried by now; the next attempt then waits for an hour or so.
_TRIED = 5


class _StandIn(BaseHTTPRequestHandler):
    """Answers as the programs of others do, on a good day and on a bad one."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.startswith("/calendar"):
            self._say(201, {"id": "cal-2041"})
        elif self.path.startswith("/figures"):
            self._say(404, {"error": "There is no such episode."})
        elif self.path.startswith("/transcripts"):
            self._say(503, {"error": "Too busy."})
        else:  # it took the notice, and hangs up before it has said so
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
        self.close_connection = True

    do_GET = do_PUT = do_POST  # noqa: N815 - as the library has them

    def log_message(self, *_: Any) -> None:
        """Say nothing: the demo's own log is what people read."""

    def _say(self, status: int, what: dict[str, str]) -> None:
        body = json.dumps(what).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def by_themselves(cast: Cast, now: datetime) -> None:
    """Tell of five tasks that a program does, until now; the last one waits for whoever serves the demo."""
    workbench, settings = cast.workbench, cast.workbench.settings
    with _open() as port:
        workbench.settings = replace(settings, private_calls=True, call_hosts=_HOST)
        try:
            _tell(cast, f"http://{_HOST}:{port}", now)
        finally:
            workbench.settings = settings
    cast.clock.set(now)
    _queue(
        cast,
        "Render the film of the garden fair",
        executor="custom",
        automation="demo_rendering",
        steps=[{"name": scene, "effect": "none"} for scene in rendering.SCENES],
        step_seconds=3600,
        attempt_seconds=3600,
    )


def _tell(cast: Cast, there: str, now: datetime) -> None:
    cast.at(-3, 14)
    _run(
        cast,
        "Put the garden fair on the shared calendar",
        method="POST",
        url=f"{there}/calendar",
        body={"title": "Garden fair"},
        outputs={"event": "/id"},
    )
    cast.at(-2, 15)
    _run(cast, "Fetch the download figures of the last episode", url=f"{there}/figures/41")
    cast.at(-1, 16)
    notice = {"title": "Garden fair", "text": "Come and see the tents."}
    _run(
        cast,
        "Post the garden fair on the town's notice board",
        method="POST",
        url=f"{there}/notices",
        body=notice,
    )
    cast.clock.set(now - timedelta(hours=2))
    key = "Idempotency-Key"
    _run(
        cast,
        "Order the transcript of the next episode",
        max_retries=9,
        method="POST",
        url=f"{there}/transcripts",
        body={"episode": 42},
        idempotency_header=key,
    )
    for left in range(_TRIED - 1, 0, -1):
        cast.clock.set(now - timedelta(hours=2) * (left - 1) / _TRIED)
        _work(cast)


def _run(cast: Cast, title: str, max_retries: int = 3, **config: Any) -> None:
    """Let Ana make a task that calls, and run it, and a worker do what is due."""
    _queue(cast, title, max_retries, executor="api_call", **config)
    _work(cast)


def _queue(cast: Cast, title: str, max_retries: int = 3, **config: Any) -> None:
    """Let Ana make a task and run it."""
    task = cast.alone(
        "ana",
        title,
        None,
        2,
        execution_type="manual_trigger",
        execution_config=config,
        max_retries=max_retries,
    )
    with cast.acting("ana") as tx:
        service.execute_task(tx, task.task_id)


def _work(cast: Cast) -> None:
    workbench = cast.workbench
    kinds = Kinds([running.running(workbench)])
    engine = EmbeddedEngine(workbench.database, kinds, workbench.clock, workbench.ids)
    while engine.do_one("demo"):
        pass


@contextmanager
def _open() -> Iterator[int]:
    """Let the stand-in answer while the block lasts; give its port."""
    try:
        server = ThreadingHTTPServer((_HOST, _PORT), _StandIn)
    except OSError:  # somebody else answers there
        server = ThreadingHTTPServer((_HOST, 0), _StandIn)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
