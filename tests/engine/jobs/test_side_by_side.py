"""A lane has its seats in all processes together, however jobs are delivered (issue 15)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

_MODULE = "tests.engine.jobs.side_by_side"


def test_a_lane_of_three_seats_has_three_at_a_time_in_two_processes_of_two_threads(
    job_store: tuple[str, str], tmp_path: Path
):
    told = tmp_path / "told.txt"
    done = subprocess.run(
        [sys.executable, "-m", _MODULE, *job_store, str(told)],
        check=True,
        capture_output=True,
        text=True,
    )
    # Neither process can take three seats alone.
    assert json.loads(done.stdout) == {"most": 3, "processes": 2, "lines": 48}
