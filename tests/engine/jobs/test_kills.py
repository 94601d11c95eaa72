"""Workers that are killed in the middle of their jobs lose none, and repeat no effect without saying so."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

_MODULE = "tests.engine.jobs.killed_workers"


def _ends(
    url: str, way: str, folder: Path, *, jobs: int, kills: int
) -> tuple[list[tuple[str, str, str]], Counter[str]]:
    outside = folder / "outside.txt"
    outside.touch()
    done = subprocess.run(
        [sys.executable, "-m", _MODULE, url, way, str(outside), "7", str(jobs), str(kills)],
        check=True,
        capture_output=True,
        text=True,
    )
    told = json.loads(done.stdout)
    return [tuple(row) for row in told["ledger"]], Counter(told["outside"])


@pytest.mark.wide
@pytest.mark.parametrize(("jobs", "kills"), [(60, 20), pytest.param(600, 200, marks=pytest.mark.long)])
def test_kills_lose_no_job_and_repeat_no_effect_without_saying_so(
    job_store: tuple[str, str], tmp_path: Path, jobs: int, kills: int
):
    ledger, outside = _ends(*job_store, tmp_path, jobs=jobs, kills=kills)
    ends = Counter((kind, status) for kind, status, _ in ledger)
    assert len(ledger) == jobs
    assert {status for _, status in ends} <= {"done", "unknown"}, ends
    assert ends["inside", "done"] == ends["repeatable", "done"] == jobs // 3, ends
    assert ends["once", "unknown"] > 0, "nobody was killed in the middle of an effect that happens once"
    for kind, status, job_id in ledger:
        times = outside[job_id]
        if kind == "once":
            assert times == 1 if status == "done" else times <= 1, (job_id, status, times)
        elif kind == "repeatable":
            assert times >= 1, job_id
