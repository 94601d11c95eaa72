"""``serve`` and ``upgrade`` bring a store of an earlier release up to date; other commands refuse it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from engine.config import Settings
from engine.errors import StoreVersionError
from engine.upgrades import MIGRATIONS, open_store
from tests.conftest import ROOT
from tests.golden.stores import OLDER, put

pytestmark = pytest.mark.wide

NEWEST = len(MIGRATIONS) + 1


@pytest.fixture(params=OLDER, ids=[release.name for release in OLDER])
def old_url(request: pytest.FixtureRequest, settings: Settings) -> str:
    """The store of a release, where the command line looks for one."""
    Path(settings.database.removeprefix("sqlite:///")).unlink()
    put(request.param, settings.database)
    return settings.database


@pytest.mark.parametrize(
    "words",
    [
        ("task", "list"),
        ("bundle", "list"),
        ("user", "add", "new@example.com", "--name", "New", "--role", "member"),
        ("audit", "verify"),
        ("export", "{folder}/out"),
    ],
    ids=" ".join,
)
def test_every_other_command_exits_3_and_says_what_to_do(cli, old_url: str, tmp_path: Path, words) -> None:
    answer = cli(*(word.format(folder=tmp_path) for word in words))
    assert answer.code == 3
    assert re.search(r"has version \d+; this program needs \d+\..*run `workbench upgrade`", answer.err)
    assert not (tmp_path / "out").exists()
    with pytest.raises(StoreVersionError):
        open_store(old_url)


def test_doctor_names_it_as_the_trouble(cli, old_url: str) -> None:
    answer = cli("doctor", "--json")
    assert answer.code == 1
    (found,) = (row for row in answer.json["checks"] if not row["ok"])
    assert "workbench upgrade" in found["message"]


def test_upgrade_says_what_it_did_and_every_command_works_again(cli, old_url: str) -> None:
    answer = cli("upgrade", "--json")
    assert (answer.code, answer.json["schema_version"]) == (0, NEWEST)
    assert answer.json["applied"][-1] == f"{NEWEST}: {MIGRATIONS[-1].description}"
    assert cli("upgrade", "--json").json["applied"] == []
    assert cli("audit", "verify", "--json").json["intact"] is True
    assert cli("task", "list", "--json").code == 0


def test_serve_upgrades_before_it_answers(old_url: str, settings: Settings) -> None:
    words = [
        "--database",
        old_url,
        "--content",
        settings.content,
        "serve",
        "--demo",
        "--port",
        "0",
    ]  # its maker was the demo
    server = subprocess.Popen(
        [sys.executable, "-m", "web.cli", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        assert server.stdout.readline().startswith("Workbench is at http://")
    finally:
        server.terminate()
        server.communicate(timeout=30)
    with open_store(old_url) as database:
        assert database.schema_version == NEWEST
