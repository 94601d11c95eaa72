"""Two releases share a store while the newer one upgrades it: nothing may be lost, no field dropped.

This release and a copy of it with one more field, column and index work on one file of SQLite, then on one
database of PostgreSQL. Two processes of this release are at work; two of the copy come, upgrade the store and
go on; a third of this release comes after that. All create, change and read tasks of one another, and name
each write once it was committed. At the end the copy looks: is every write there, is the new field still in
tasks that the older release saved since, is its column right and its index there, does the chain of events
verify, is the export whole?
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import next_release
from benchmarks.postgres import server

_ROOT = Path(__file__).resolve().parent.parent
_WORKER = _ROOT / "benchmarks" / "release_worker.py"
_PATIENCE_SECONDS = 120.0


@dataclass
class Process:
    """A worker of one release, and what it has said so far."""

    name: str
    running: subprocess.Popen[str]
    said: list[dict[str, Any]] = field(default_factory=list)
    _reader: threading.Thread | None = None

    @classmethod
    def start(cls, name: str, release: Path, database: str, place: Path, seed: int) -> Process:
        """Start a worker with the program that lies in ``release``."""
        words = [sys.executable, str(_WORKER), "work", database, str(place), "--seed", str(seed)]
        running = subprocess.Popen(words, cwd=release, env=_environment(release), stdout=-1, text=True)
        process = cls(name, running)
        process._reader = threading.Thread(target=process._listen)
        process._reader.start()
        return process

    def _listen(self) -> None:
        assert self.running.stdout is not None
        with self.running.stdout as lines:
            self.said += (json.loads(line) for line in lines)

    def finish(self) -> None:
        """Wait for its end, which the file ``stop`` asks for."""
        self.running.wait(timeout=_PATIENCE_SECONDS)
        assert self._reader is not None
        self._reader.join()

    @property
    def writes(self) -> int:
        """How many writes it was sure of."""
        return sum("task_id" in line for line in list(self.said))


@dataclass
class Outcome:
    """What one run on one database came to."""

    counts: Counter[str]
    faults: list[str]


def main(arguments: list[str]) -> int:
    """Run on both databases and print the verdict; return 1 if anything was lost."""
    parser = argparse.ArgumentParser(prog="benchmarks.two_releases", description=__doc__)
    parser.add_argument("--writes", type=int, default=150, help="of each process in each act (default 150)")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="workbench-releases-") as name, server() as fresh:
        newer = next_release.make(Path(name, "next"))
        outcomes = []
        for database, url in (("SQLite", f"sqlite:///{name}/shared.db"), ("PostgreSQL", fresh())):
            began, place = time.perf_counter(), Path(name, database)
            outcome = share(url, newer, place, writes=chosen.writes, seed=chosen.seed)
            words = ", ".join(f"{count} {what}" for what, count in sorted(outcome.counts.items()))
            verdict = "LOST" if outcome.faults else "nothing lost"
            print(
                f"{database} (seed {chosen.seed}): {words}, in {time.perf_counter() - began:.0f} s: {verdict}"
            )
            for fault in outcome.faults:
                print(f"  {fault}")
            outcomes.append(outcome)
    return 1 if any(outcome.faults for outcome in outcomes) else 0


def share(url: str, newer: Path, place: Path, *, writes: int, seed: int, crowd: int = 2) -> Outcome:
    """Let both releases work on one store; return what they did, and what is lost or broken.

    ``crowd`` processes of this release begin, as many of the newer one upgrade, and one of this one follows.
    """
    place.mkdir()
    processes: list[Process] = []
    faults: list[str] = []
    try:
        for acting, release, count in (("older", _ROOT, crowd), ("newer", newer, crowd), ("older", _ROOT, 1)):
            for _ in range(count):
                name = f"{acting} {len(processes) + 1}"
                processes.append(Process.start(name, release, url, place, seed + len(processes)))
            _wait(processes, writes)
    except RuntimeError as error:
        faults.append(str(error))
    finally:
        (place / "stop").touch()
        for process in processes:
            process.finish()
    faults += [
        f"{process.name} ended with {process.running.returncode}"
        for process in processes
        if process.running.returncode
    ]
    said = [line for process in processes for line in process.said]
    faults += _check(url, newer, place, said)
    if not any(line.get("is_ahead") for process in processes for line in process.said):
        faults.append("no process of the older release noticed that the store is ahead")
    return Outcome(Counter(f"{line['did']}" for line in said), faults)


def _wait(processes: list[Process], writes: int) -> None:
    """Wait until each process has made so many more writes.

    Raises:
        RuntimeError: one has ended, or is too slow.
    """
    wanted = {process.name: process.writes + writes for process in processes}
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while slow := [process for process in processes if process.writes < wanted[process.name]]:
        if ended := [process.name for process in processes if process.running.poll() is not None]:
            raise RuntimeError(f"{', '.join(ended)} ended before its time")
        if time.monotonic() > deadline:
            raise RuntimeError(f"{slow[0].name} made {slow[0].writes} writes in {_PATIENCE_SECONDS:.0f} s")
        time.sleep(0.02)


def _check(url: str, newer: Path, place: Path, said: list[dict[str, Any]]) -> list[str]:
    """List what the newer release finds lost or broken."""
    done = subprocess.run(
        [sys.executable, str(_WORKER), "check", url, str(place)],
        cwd=newer,
        env=_environment(newer),
        input="\n".join(map(json.dumps, said)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        return [f"the newer release cannot look at the store: {done.stderr.strip()[-500:]}"]
    found: list[str] = json.loads(done.stdout)
    return found


def _environment(release: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(release)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
