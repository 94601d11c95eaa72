"""Workers that are killed at random moments, again and again; ``test_kills.py`` runs it in its own process.

Each job writes its name into a file, which stands for the outside: what is in it was done, and cannot be
taken back. Once all jobs have ended, the file and the ledger are printed as JSON.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from engine.clock import SystemClock
from engine.ids import IdSource
from engine.jobs.claims import Claims
from engine.jobs.context import Context
from engine.jobs.doing import LedgerEngine
from engine.jobs.models import NewJob
from engine.jobs.port import Kind, Kinds
from engine.store import DocumentStore
from tests.engine.jobs import ways

_WORKERS = 2
#: Seconds that a worker lives at most before it is killed, and that it takes for each half of a job.
_LIFE, _HALF = 0.1, 0.004
#: Seconds that a worker is waited for until it begins an effect; none comes once all is done.
_PATIENCE = 1.0
_LEASE = timedelta(milliseconds=150)
#: How often a worker looks for jobs, and for workers that were lost.
_LOOKS_EVERY, _REAPS_EVERY = timedelta(milliseconds=20), timedelta(milliseconds=50)


def main(url: str, way: str, outside: str, seed: str, jobs: str, kills: str) -> None:
    """Put ``jobs``, kill ``kills`` workers while they do them, then let the rest be done in peace."""
    ways.engine_of(way)  # what it imports is not imported by each worker anew
    chance = random.Random(seed)  # noqa: S311 - no secret
    store = DocumentStore(url)
    claims, ids, clock = Claims(store), IdSource(seed=1), SystemClock()
    with store.write() as connection:
        for number in range(int(jobs)):
            kind = ("once", "repeatable", "inside")[number % 3]
            job_id = ids.new("job", clock.now())
            claims.put(connection, NewJob(job_id=job_id, kind=kind, args={}, max_attempts=1000))
    store.disconnect()
    _kill_workers(url, way, outside, chance, int(kills))
    engine = _engine(DocumentStore(url), way, Path(outside), lambda **_: None)
    deadline = time.monotonic() + 120
    while any(status in ("ready", "running") for _, status, _ in _ledger(store)):
        if time.monotonic() > deadline:
            break
        engine.claims.reap()
        ways.work_off(engine)
    print(json.dumps({"ledger": _ledger(store), "outside": Path(outside).read_text().split()}))


def _kill_workers(url: str, way: str, outside: str, chance: random.Random, kills: int) -> None:
    """Kill the first workers in the middle of an effect, then every second one at any moment."""
    first_ones = _WORKERS * 2  # while there is work for sure
    running: list[tuple[int, int]] = []
    while kills or running:
        while kills and len(running) < _WORKERS:
            running.append(_fork(url, way, outside, chance.random()))
            kills -= 1
        victim, effects = running.pop(chance.randrange(len(running)))
        first_ones -= 1
        if first_ones >= 0 or chance.random() < 0.5:
            with suppress(BlockingIOError):
                os.read(effects, 1 << 16)  # of effects that are over
            select.select([effects], [], [], _PATIENCE)
            time.sleep(chance.random() * _HALF)
        else:
            time.sleep(chance.random() * _LIFE)
        os.kill(victim, signal.SIGKILL)
        os.waitpid(victim, 0)
        os.close(effects)


def _fork(url: str, way: str, outside: str, seed: float) -> tuple[int, int]:
    """Start a worker; return its process, and where it tells that it is in an effect that happens once."""
    effects, told = os.pipe()
    os.set_blocking(effects, False)
    child = os.fork()
    if child == 0:
        chance = random.Random(seed)  # noqa: S311 - no secret

        def pause(*, in_effect: bool = False) -> None:
            if in_effect:
                os.write(told, b".")
            time.sleep(chance.random() * _HALF)

        _engine(DocumentStore(url), way, Path(outside), pause).work(threading.Event())
    os.close(told)
    return child, effects


def _engine(store: DocumentStore, way: str, outside: Path, pause: Callable[..., None]) -> LedgerEngine:
    def act(context: Context, *, is_repeatable: bool) -> None:
        context.effect(context.job_id, is_repeatable=is_repeatable)
        pause(in_effect=not is_repeatable)
        with outside.open("a") as file:
            file.write(f"{context.job_id}\n")
        pause()

    def inside(_: Context) -> None:
        pause()

    kinds = [
        Kind(name="once", handle=lambda context: act(context, is_repeatable=False)),
        Kind(name="repeatable", handle=lambda context: act(context, is_repeatable=True)),
        Kind(name="inside", handle=inside),
    ]
    return ways.engine_of(way)(
        store,
        Kinds(kinds),
        SystemClock(),
        IdSource(),
        lease=_LEASE,
        looks_every=_LOOKS_EVERY,
        reaps_every=_REAPS_EVERY,
    )


def _ledger(store: DocumentStore) -> list[tuple[str, str, str]]:
    return store.run("SELECT kind, status, job_id FROM jobs ORDER BY job_id")


if __name__ == "__main__":
    main(*sys.argv[1:])
