"""A server whose database falls silent: what needs none is served at once, all else is told so (G2, G3)."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from engine.app import Workbench
from engine.config import Settings
from engine.store import timeouts
from tests.conftest import ROOT
from tests.databases_away import wire_to
from tests.web.serving.served import serving
from tests.web.serving.test_processes import ask, words

pytestmark = pytest.mark.wide


def test_what_needs_no_database_does_not_wait_and_all_else_is_refused_soon(
    postgres_url_factory: Callable[[], str], shipped_repository: Path, tmp_path: Path
):
    with wire_to(postgres_url_factory()) as wire:
        url = wire.url.replace("postgres:@", "postgres:s3cret@")
        here = Settings(content=str(shipped_repository), database=url, blobs=str(tmp_path / "var/blobs"))
        with closing(Workbench(here)) as workbench:
            signed_in = workbench.operator()
        assert signed_in
        with serving(tmp_path, *words(shipped_repository, url)) as served:
            with closing(served.connect()) as connection:
                _, page = ask(connection, "/sign-in")
                style = re.search(r'rel="stylesheet" href="([^"]+)"', page)
                cookie = served.sign_in()
                assert ask(connection, "/board", Cookie=cookie)[0].status == 200
            assert style
            wire.hold()
            waiting = [served.connect() for _ in range(12)]  # more than there are threads
            for connection in waiting:
                connection.request("GET", "/board", headers={"Cookie": cookie})
            began = time.monotonic()
            with closing(served.connect()) as connection:
                assert ask(connection, style[1])[0].status == 200
                assert ask(connection, "/sign-in")[0].status == 200
            assert time.monotonic() - began < timeouts.PING_SECONDS / 2, "they wait for the database"
            for connection in waiting:
                answer = connection.getresponse()
                assert answer.status == 503
                assert answer.getheader("Retry-After")
                connection.close()
            assert time.monotonic() - began < timeouts.CONNECT_SECONDS + timeouts.SILENCE_SECONDS
            with closing(served.connect()) as connection:
                answer, text = ask(connection, "/healthz")
                assert answer.status == 503
                assert "127.0.0.1" not in text
                assert "postgres" not in text
            examined = doctor(url, tmp_path)
            assert "does not answer" in examined.stdout
            assert "s3cret" not in examined.stdout + examined.stderr + served.said()
            wire.let_go()
            deadline = time.monotonic() + 20
            with closing(served.connect()) as connection:
                while ask(connection, "/board", Cookie=cookie)[0].status != 200:
                    assert time.monotonic() < deadline, "it does not come back"
                    time.sleep(0.2)


def doctor(url: str, place: Path) -> subprocess.CompletedProcess[str]:
    """Examine it; that ends by itself."""
    return subprocess.run(
        [sys.executable, "-m", "web.cli", "doctor", "--database", url],
        cwd=place,
        env={
            "PYTHONPATH": str(ROOT),
            "PATH": "/usr/bin:/bin",
            "WORKBENCH_BLOBS": str(place / "var/blobs"),
        },
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
