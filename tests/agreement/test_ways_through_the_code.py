"""What leads a stranger through the code names files that exist (H14)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import engine

ROOT = Path(__file__).resolve().parents[2]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
_STOP = re.compile(r"``((?:[\w]+/)*\w+\.(?:py|html))``")
_FILE = re.compile(r"`((?:[\w]+/)*\w+\.(?:py|md|html))`")


def stops() -> list[str]:
    """List the files that the engine's docstring names."""
    return _STOP.findall(engine.__doc__ or "")


def changes() -> dict[str, list[str]]:
    """Give the files to open for each change that a stranger may want to make."""
    section = CONTRIBUTING.split("## To change something, open its file")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return {change: _FILE.findall(files) for change, files in rows[2:]}


@pytest.mark.parametrize("stop", stops())
def test_a_stop_on_the_way_through_the_engine_is_a_file(stop: str):
    assert (ROOT / stop).is_file() or (ROOT / "engine" / stop).is_file()


def test_the_way_through_the_engine_is_short_enough_to_be_read():
    assert len((engine.__doc__ or "").splitlines()) < 40
    assert {"web/views/tasks.py", "transaction.py", "web/views/board.py"} <= set(stops())


@pytest.mark.parametrize(("change", "files"), changes().items())
def test_for_a_change_one_or_two_files_are_named_that_exist(change: str, files: list[str]):
    assert 1 <= len(files) <= 2
    for file in files:
        assert (ROOT / file).is_file(), f"{change}: {file} is not there"


def test_the_usual_changes_are_named():
    assert len(changes()) >= 10
