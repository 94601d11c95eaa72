"""Workers that are killed while they run tasks lose none, and do nothing twice without a person (D9)."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.killed_executions import faults, killed
from engine.config import EMBEDDED
from tests.receiver import Got


@pytest.mark.wide
@pytest.mark.parametrize(("tasks", "kills"), [(30, 20), pytest.param(120, 200, marks=pytest.mark.long)])
def test_kills_lose_no_task_and_repeat_no_effect_without_a_person(
    store_url: str, shipped_repository: Path, tmp_path: Path, tasks: int, kills: int
):
    blobs = tmp_path / "blobs"
    told, got = killed(store_url, EMBEDDED, shipped_repository, blobs, seed=7, tasks=tasks, kills=kills)
    assert faults(told, got, tasks) == []
    assert any("failed" in one["attempts"] for one in told), "no worker was lost in the middle of anything"


def _sent(number: int, key: str = "") -> Got:
    return Got(f"/{number}", {"idempotency-key": key} if key else {}, b"", "POST")


def _task(kind: str, task: str, *attempts: str, step: str | None = None) -> dict[str, object]:
    return {"number": 1, "kind": kind, "task": task, "attempts": list(attempts), "step": step}


@pytest.mark.parametrize(
    ("task", "sent", "said"),
    [
        (_task("keyed", "completed", "completed", "failed"), [_sent(1, "a"), _sent(1, "b")], "under 2 keys"),
        (_task("keyed", "failed", "failed"), [_sent(1, "a")], "not done"),
        (_task("reads", "completed", "completed"), [], "never sent"),
        (_task("reads", "in_progress", "running"), [_sent(1)], "left as queued or running"),
        (_task("unkeyed", "completed", "completed"), [_sent(1), _sent(1)], "sent 2 times without a key"),
        (_task("unkeyed", "completed", "completed"), [], "was sent 0 times"),
        (_task("unkeyed", "blocked", "unknown"), [_sent(1)], "names no step"),
        (_task("unkeyed", "failed", "failed"), [_sent(1)], "neither done nor in doubt"),
    ],
)
def test_what_would_be_wrong_is_told(task: dict[str, object], sent: list[Got], said: str):
    assert any(said in fault for fault in faults([task], sent, 1))


def test_what_came_as_it_should_is_no_fault_and_a_lost_task_is_one():
    fine = _task("unkeyed", "blocked", "unknown", step="POST http://127.0.0.1/1")
    assert faults([fine], [_sent(1)], 1) == []
    assert faults([], [], 1) == ["1 tasks are lost"]
