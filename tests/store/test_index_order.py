"""Indexes come in one order: SQLite chooses between two that look alike by which of them was made last."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

_MAKE = "import sys; from engine.upgrades import open_store; open_store(sys.argv[1]).close()"


def indexes_made_with(seed: str, folder: Path) -> list[str]:
    """Make a store in a process whose sets have an order of their own; name its indexes as they were made."""
    file = folder / f"{seed}.db"
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    subprocess.run([sys.executable, "-c", _MAKE, f"sqlite:///{file}"], env=environment, check=True)
    with closing(sqlite3.connect(file)) as store:
        rows = store.execute("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
        return [name for (name,) in rows]


@pytest.mark.wide  # makes and upgrades several stores
def test_every_store_has_its_indexes_in_the_same_order(tmp_path: Path):
    first = indexes_made_with("1", tmp_path)
    assert len(first) > 50
    assert indexes_made_with("2", tmp_path) == first
