"""Workers that are killed while they run tasks lose none, and do nothing twice without a person (D9)."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.receiver import Receiver, says


@pytest.mark.wide
@pytest.mark.parametrize(("tasks", "kills"), [(30, 20), pytest.param(120, 200, marks=pytest.mark.long)])
def test_kills_lose_no_task_and_repeat_no_effect_without_a_person(
    store_url: str, shipped_repository: Path, tmp_path: Path, program: Receiver, tasks: int, kills: int
):
    chance = random.Random(7)  # noqa: S311 - no secret

    def slowly(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(chance.random() * 0.1)
        says({"ok": True})(handler)

    program.usual = slowly
    given = [store_url, shipped_repository, tmp_path / "blobs", program.port, "7", tasks, kills]
    done = subprocess.run(
        [sys.executable, "-m", "tests.engine.executions.killed_workers", *map(str, given)],
        check=True,
        capture_output=True,
        text=True,
    )
    told = json.loads(done.stdout)
    sent = Counter(got.path for got in program.got)
    keys = {got.path: set[str]() for got in program.got}
    for got in program.got:
        keys[got.path].add(got.headers.get("idempotency-key", ""))
    assert len(told) == tasks
    for one in told:
        path, last = f"/{one['number']}", one["attempts"][0]
        assert not {"queued", "running"} & set(one["attempts"]), one
        if one["kind"] == "unkeyed":
            assert (one["task"], last) in {("completed", "completed"), ("blocked", "unknown")}, one
            assert sent[path] == 1 if last == "completed" else sent[path] <= 1, one
            if last == "unknown":
                assert one["step"].startswith("POST "), one
        else:
            assert (one["task"], last) == ("completed", "completed"), one
            assert sent[path] >= 1, one
            assert len(keys[path]) == 1, one
    assert any("failed" in one["attempts"] for one in told), "no worker was lost in the middle of anything"
