"""Workers that are killed in the middle of their ticks send nothing twice and leave nothing out (RMD-05)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

_MODULE = "tests.engine.reminders.killed_ticks"


def _ledger(url: str, *, tasks: int, kills: int) -> list[tuple[str, str, int]]:
    done = subprocess.run(
        [sys.executable, "-m", _MODULE, url, "7", str(tasks), str(kills)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [tuple(row) for row in json.loads(done.stdout)]


@pytest.mark.wide  # starts processes, and kills them
@pytest.mark.parametrize(("tasks", "kills"), [(40, 8), (200, 80)])
def test_kills_send_nothing_twice_and_leave_nothing_out(
    database_url: str, tmp_path: Path, tasks: int, kills: int
):
    in_peace = _ledger(f"sqlite:///{tmp_path}/peace.db", tasks=tasks, kills=0)
    killed = _ledger(database_url, tasks=tasks, kills=kills)
    assert in_peace, "a week brings reminders"
    kinds = Counter("/".join(key.split("/")[1:4]) for key, _, _ in killed)
    assert kinds == Counter("/".join(key.split("/")[1:4]) for key, _, _ in in_peace)
    assert len({key for key, _, _ in killed}) == len(killed)
    assert {events for _, _, events in killed} == {1}, "a reminder and its event are there together"
