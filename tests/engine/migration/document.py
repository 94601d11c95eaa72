"""The table of MIGRATION.md, as people read it."""

from __future__ import annotations

from pathlib import Path

from engine.migration.matrix import Kind, State, Verdict

DOCUMENT = Path(__file__).resolve().parents[3] / "engine" / "migration" / "MIGRATION.md"


def cells() -> dict[tuple[Kind, State], Verdict]:
    """Return the verdict of each cell by the words of its row and column."""
    lines = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("|")]
    rows = [[word.strip() for word in line.strip("|").split("|")] for line in lines]
    states = [State(word) for word in rows[0][1:]]
    return {
        (Kind(row[0]), state): Verdict(word)
        for row in rows[2:]
        for state, word in zip(states, row[1:], strict=True)
    }
