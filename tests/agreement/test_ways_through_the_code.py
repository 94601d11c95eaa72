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


def questions() -> dict[str, list[str]]:
    """Give the files that answer each of a stranger's questions, by question."""
    section = CONTRIBUTING.split("## Ten questions of a stranger")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return {question: _FILE.findall(files) for question, files in rows[1:] if question.endswith("?")}


@pytest.mark.parametrize("stop", stops())
def test_a_stop_on_the_way_through_the_engine_is_a_file(stop: str):
    assert (ROOT / stop).is_file() or (ROOT / "engine" / stop).is_file()


def test_the_way_through_the_engine_is_short_enough_to_be_read():
    assert len((engine.__doc__ or "").splitlines()) < 40
    assert {"web/views/tasks.py", "transaction.py", "web/views/board.py"} <= set(stops())


@pytest.mark.parametrize(("question", "files"), questions().items())
def test_a_strangers_question_is_answered_by_one_or_two_files_that_exist(question: str, files: list[str]):
    assert 1 <= len(files) <= 2
    for file in files:
        assert (ROOT / file).is_file(), f"{question} leads to {file}, which is not there"


def test_ten_questions_are_answered():
    assert len(questions()) == 10
