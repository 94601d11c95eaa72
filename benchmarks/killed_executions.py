"""The entry of ``make kill-executions``: kills workers that run tasks; looks for what was lost or doubled.

Two workers run tasks that call a program beside them, which keeps what it was sent: tasks that read, that
send with an idempotency key, and that send without one. Workers are killed at random moments; then the rest
is done in peace. No task may be lost and no execution be left as running; what has a key is sent under that
one key alone; what has none is sent once at most, and where nobody knows whether it came through, the task
is blocked and its execution names the step.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from benchmarks.postgres import server
from engine.config import EMBEDDED, PROCRASTINATE
from tests.receiver import Got, opened, says

_WORKERS = "tests.engine.executions.killed_workers"
_CONTENT = Path(__file__).parents[1]
#: So many tasks for each kill, that there is work until the last one.
_TASKS_A_KILL, _FEWEST_TASKS = 0.6, 30
_SLOWEST_ANSWER_SECONDS = 0.25


def main(arguments: Sequence[str]) -> int:
    """Kill workers on both databases and with Procrastinate; return 1 if anything is wrong after that."""
    parser = argparse.ArgumentParser(prog="benchmarks.killed_executions", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="on each database, and with Procrastinate")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="workbench-kills-") as place, server() as fresh:
        stores: dict[str, tuple[str, Callable[[], str]]] = {
            "SQLite": (EMBEDDED, lambda: f"sqlite:///{place}/kills.db"),
            "PostgreSQL": (EMBEDDED, fresh),
            "PostgreSQL with Procrastinate": (PROCRASTINATE, fresh),
        }
        found = []
        for name, (way, url) in stores.items():
            found.append(_series(name, url(), way, Path(place), chosen))
    if any(found):
        print(f"The same again: --kills {chosen.kills} --seed {chosen.seed}")
    return 1 if any(found) else 0


def _series(name: str, url: str, way: str, place: Path, chosen: argparse.Namespace) -> bool:
    """Kill workers on one store; print one line, and each fault; return whether there was one."""
    began, tasks = time.perf_counter(), max(_FEWEST_TASKS, int(_TASKS_A_KILL * chosen.kills))
    how = {"seed": chosen.seed, "tasks": tasks, "kills": chosen.kills}
    told, got = killed(url, way, _CONTENT, place / "blobs", **how)
    found = faults(told, got, tasks)
    ended = Counter(status for one in told for status in one["attempts"])
    words = ", ".join(f"{count} {status}" for status, count in sorted(ended.items()))
    verdict = f"{len(found)} wrong" if found else "nothing wrong"
    print(
        f"{name}: {chosen.kills} kills, {tasks} tasks, {sum(ended.values())} attempts ({words}), "
        f"{len(got)} calls, in {time.perf_counter() - began:.0f} s: {verdict}",
        flush=True,
    )
    for fault in found:
        print(f"  {fault}")
    return bool(found)


def killed(
    url: str, way: str, content: Path, blobs: Path, *, seed: int, tasks: int, kills: int
) -> tuple[list[dict[str, Any]], list[Got]]:
    """Run tasks while workers are killed; return what became of each, and all that was called.

    ``way`` is a value of the setting ``jobs``.

    Raises:
        subprocess.CalledProcessError: whoever kills the workers broke; its words are on the error output.
    """
    chance = random.Random(seed)

    def slowly(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(chance.random() * _SLOWEST_ANSWER_SECONDS)
        with suppress(ConnectionError):  # whoever called was killed
            says({"ok": True})(handler)

    with opened() as program:
        program.usual = slowly
        given = map(str, (url, way, content, blobs, program.port, seed, tasks, kills))
        done = subprocess.run(
            [sys.executable, "-m", _WORKERS, *given], check=True, stdout=subprocess.PIPE, text=True
        )
        return json.loads(done.stdout), list(program.got)


def faults(told: Sequence[Mapping[str, Any]], got: Sequence[Got], tasks: int) -> list[str]:
    """Return what is wrong with what became of the tasks, and with what was sent for them."""
    sent = Counter(one.path for one in got)
    keys: dict[str, set[str]] = {}
    for one in got:
        keys.setdefault(one.path, set()).add(one.headers.get("idempotency-key", ""))
    found = [f"{tasks - len(told)} tasks are lost"] if len(told) != tasks else []
    for task in told:
        path = f"/{task['number']}"
        said = f"task {task['number']} ({task['kind']}) is {task['task']}, its attempts {task['attempts']}"
        found += [f"{said}: {fault}" for fault in _faults_of(task, sent[path], sorted(keys.get(path, ())))]
    return found


def _faults_of(task: Mapping[str, Any], sent: int, keys: Sequence[str]) -> list[str]:
    last = task["attempts"][0] if task["attempts"] else "none"
    ended, found = (task["task"], last), []
    if {"queued", "running"} & set(task["attempts"]):
        found.append("an execution is left as queued or running")
    if task["kind"] == "unkeyed":
        if sent > 1:
            found.append(f"it was sent {sent} times without a key, and no person said so")
        if ended not in {("completed", "completed"), ("blocked", "unknown")}:
            found.append("it is neither done nor in doubt")
        if last == "completed" and sent != 1:
            found.append(f"it is completed, and was sent {sent} times")
        if last == "unknown" and not str(task["step"] or "").startswith("POST "):
            found.append(f"it is in doubt, and names no step but {task['step']}")
        return found
    if ended != ("completed", "completed"):
        found.append("it is not done")
    if not sent:
        found.append("it was never sent")
    if len(keys) > 1:
        found.append(f"it was sent under {len(keys)} keys")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
