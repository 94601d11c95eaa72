"""RESULTS.md keeps what each table was measured at, and what was not measured again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import results, run
from benchmarks.measure import Figure
from benchmarks.results import Results

BOARD = Figure(topic="Pages", what="board, 10,042 tasks", value="4.1x", target="at most 2.5x", met=False)
TICK = Figure(topic="The clock", what="tick : reading", value="5.9x", target="at most 3x", met=False)
LONG = Figure(topic="The clock", what="tick, with a past : without", value="1.0x", target="", met=None)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give RESULTS.md as a whole run left it."""
    path = tmp_path / "RESULTS.md"
    monkeypatch.setattr(results, "PATH", path)
    facts = "Measured on 2026-11-28 at `1111111111`: a processor"
    Results().with_measured([BOARD, TICK, LONG], facts, all_of_it=True).write(path)
    return path


def measuring(monkeypatch: pytest.MonkeyPatch, *found: Figure) -> None:
    """Let a run find these figures, whatever it is asked to measure."""

    def measured(*_: object) -> Iterator[tuple[str, list[Figure]]]:
        yield "", list(found)

    monkeypatch.setattr(run, "measured", measured)
    monkeypatch.setattr(results, "machine", lambda: "Measured on 2026-11-29 at `2222222222`: another one")


def sections(path: Path) -> dict[str, list[str]]:
    """Return the lines of each section by its heading."""
    heads = path.read_text(encoding="utf-8").split("\n## ")[1:]
    return {head.splitlines()[0]: [line for line in head.splitlines()[1:] if line] for head in heads}


def test_the_results_name_the_misses_first_and_say_at_which_commit_each_table_was_measured(file: Path):
    found = sections(file)
    assert list(found) == ["Missed", "Pages", "The clock"]
    assert found["Missed"] == [
        "- Pages: board, 10,042 tasks: 4.1x; at most 2.5x",
        "- The clock: tick : reading: 5.9x; at most 3x",
    ]
    assert found["Pages"] == [
        "Measured on 2026-11-28 at `1111111111`: a processor",
        "| What | Before | Measured | Target |  |",
        "| --- | --- | --- | --- | --- |",
        "| board, 10,042 tasks |  | 4.1x | at most 2.5x | **missed** |",
    ]


def test_measuring_one_part_leaves_the_tables_of_the_others_as_they_are(
    file: Path, monkeypatch: pytest.MonkeyPatch
):
    pages = sections(file)["Pages"]
    measuring(monkeypatch, replace(TICK, value="2.8x", met=True))
    assert run.main(["--only", "clock"]) == 0
    found = sections(file)
    assert found["Pages"] == pages
    assert found["The clock"] == [
        "Measured on 2026-11-29 at `2222222222`: another one",
        "| What | Before | Measured | Target |  |",
        "| --- | --- | --- | --- | --- |",
        "| tick : reading | 5.9x | 2.8x | at most 3x | met |",
    ]
    assert found["Missed"] == ["- Pages: board, 10,042 tasks: 4.1x; at most 2.5x"]
    assert found[results._GONE] == ["- The clock: tick, with a past : without: 1.0x"]
    measuring(monkeypatch, replace(BOARD, what="board, 10,069 tasks", value="2.4x", met=True))
    run.main(["--only", "pages"])
    assert sections(file)[results._GONE] == found[results._GONE]
    assert "| board, 10,069 tasks | 4.1x | 2.4x | at most 2.5x | met |" in sections(file)["Pages"]


def test_a_whole_run_lists_what_it_measured_no_more_last(file: Path, monkeypatch: pytest.MonkeyPatch):
    measuring(monkeypatch, TICK, LONG)
    run.main([])
    assert list(sections(file)) == ["Missed", "The clock", results._GONE]
    assert sections(file)[results._GONE] == ["- Pages: board, 10,042 tasks: 4.1x"]


def test_a_quick_run_keeps_nothing(file: Path, monkeypatch: pytest.MonkeyPatch):
    before = file.read_bytes()
    measuring(monkeypatch, replace(TICK, value="2.8x", met=True))
    run.main(["--quick", "--only", "clock"])
    assert file.read_bytes() == before


def test_the_results_say_the_commit_they_were_measured_at():
    assert results.machine().startswith("Measured on 20")
    assert " at `" in results.machine()
