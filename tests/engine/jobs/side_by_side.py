"""Two processes of two threads each do the jobs of a lane; ``test_side_by_side.py`` runs it.

Each job writes into a file when it begins and when it ends, with its process. Once all are done, it is
printed as JSON: how many ran at once at most, and in how many processes.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

from engine.clock import SystemClock
from engine.ids import IdSource
from engine.jobs.claims import Claims
from engine.jobs.context import Context
from engine.jobs.doing import LedgerEngine
from engine.jobs.models import JobStatus, Lane, NewJob
from engine.jobs.port import Kind, Kinds
from engine.store import DocumentStore
from tests.engine.jobs.ways import engine_of

_PROCESSES, _THREADS, _SEATS, _JOBS = 2, 2, 3, 24
#: Seconds that a job takes, and within which all have to be done.
_TAKES, _PATIENCE = 0.05, 60.0


def main(url: str, jobs: str, told: str) -> None:
    """Put the jobs, let both processes do them, and say how it went."""
    engine_of(jobs)  # what it imports is not imported by each process anew
    store, ids, clock = DocumentStore(url), IdSource(seed=1), SystemClock()
    lane = Lane(name="three", seats=_SEATS)
    with store.write() as connection:
        for _ in range(_JOBS):
            job_id = ids.new("job", clock.now())
            Claims(store).put(connection, NewJob(job_id=job_id, kind="try", args={}, lane=lane))
    store.disconnect()
    children = [_fork(url, jobs, Path(told)) for _ in range(_PROCESSES)]
    until = time.monotonic() + _PATIENCE
    while Claims(store).count_jobs([JobStatus.DONE]) < _JOBS and time.monotonic() < until:
        time.sleep(0.02)
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    most = at_once = 0
    lines = [line.split() for line in Path(told).read_text().splitlines()]
    for step, _ in lines:
        at_once += 1 if step == "begins" else -1
        most = max(most, at_once)
    print(
        json.dumps({"most": most, "processes": len({process for _, process in lines}), "lines": len(lines)})
    )


def _fork(url: str, jobs: str, told: Path) -> int:
    child = os.fork()
    if child == 0:
        _engine(url, jobs, told).work(threading.Event(), _THREADS)
    return child


def _engine(url: str, jobs: str, told: Path) -> LedgerEngine:
    def say(step: str) -> None:
        with told.open("a") as file:
            file.write(f"{step} {os.getpid()}\n")

    def act(_: Context) -> None:
        say("begins")
        time.sleep(_TAKES)
        say("ends")

    return engine_of(jobs)(
        DocumentStore(url),
        Kinds([Kind(name="try", handle=act)]),
        SystemClock(),
        IdSource(),
        looks_every=timedelta(milliseconds=20),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
