"""Workers that are killed at random moments while they run tasks; ``benchmarks.killed_executions`` runs it.

The tasks call a program of another process, which keeps what it was sent. Once nothing is left to do, what
became of each task is printed as JSON.
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
from contextlib import suppress
from datetime import timedelta

from engine.app import Workbench
from engine.catalog.catalog import Catalog
from engine.config import Settings
from engine.errors import StaleWriteError
from engine.executions import orphans, running, service
from engine.executions.models import Execution
from engine.jobs.doing import LedgerEngine
from engine.jobs.port import Kinds
from engine.tasks.models import Task
from tests.engine.jobs import ways
from tests.factories import do, make_task

_WORKERS = 2
#: Seconds that a worker lives at most before it is killed, from when it looks for work; that takes a while.
_LIFE, _PATIENCE = 0.3, 10.0
_LEASE = timedelta(milliseconds=400)
KINDS = ("reads", "keyed", "unkeyed")


def main(url: str, way: str, content: str, blobs: str, port: str, seed: str, tasks: str, kills: str) -> None:
    """Queue ``tasks``, kill ``kills`` workers while they run them, then let the rest be done in peace."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    settings = Settings(
        content=content, database=url, blobs=blobs, jobs=way, call_hosts="127.0.0.1", private_calls=True
    )
    ways.engine_of(way)  # what it imports is not imported by each worker anew
    folder, ref = settings.content_place
    catalog = Catalog(folder, ref=ref)
    catalog.content()
    workbench = Workbench(settings, catalog=catalog)
    kinds = {}
    for number in range(int(tasks)):
        kind = KINDS[number % len(KINDS)]
        config = {"executor": "api_call", "url": f"http://127.0.0.1:{port}/{number}"}
        if kind != "reads":
            config |= {"method": "POST", "body": {"number": number}}
        if kind == "keyed":
            config["idempotency_header"] = "Idempotency-Key"
        task = make_task(workbench, execution_type="manual_trigger", execution_config=config)
        do(workbench, workbench.operator(), "task execute", task_id=task.task_id)
        kinds[task.task_id] = (number, kind)
    workbench.close()
    running_now: list[tuple[int, int]] = []
    left = int(kills)
    while left or running_now:
        while left and len(running_now) < _WORKERS:
            running_now.append(_fork(settings, catalog))
            left -= 1
        victim, looks = running_now.pop(chance.randrange(len(running_now)))
        select.select([looks], [], [], _PATIENCE)
        time.sleep(chance.random() * _LIFE)
        os.kill(victim, signal.SIGKILL)
        os.waitpid(victim, 0)
        os.close(looks)
    workbench = Workbench(settings, catalog=catalog)
    engine = _engine(workbench)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and _live(workbench):
        engine.claims.reap()
        _close_lost(workbench)
        ways.work_off(engine)
        time.sleep(0.05)
    print(json.dumps([_told(workbench, task_id, *kinds[task_id]) for task_id in kinds]))


def _fork(settings: Settings, catalog: Catalog) -> tuple[int, int]:
    """Start a worker; return its process, and where it tells that it looks for work."""
    looks, told = os.pipe()
    child = os.fork()
    if child == 0:
        workbench = Workbench(settings, catalog=catalog)
        work = _engine(workbench).work
        threading.Thread(target=work, args=(threading.Event(),), daemon=True).start()
        os.write(told, b".")
        while True:
            _close_lost(workbench)
            time.sleep(0.02)
    os.close(told)
    return child, looks


def _engine(workbench: Workbench) -> LedgerEngine:
    looks = timedelta(milliseconds=50)
    kind = running.running(workbench, looks_every=looks, grace=looks)
    return ways.engine_of(workbench.settings.jobs)(
        workbench.database,
        Kinds([kind]),
        workbench.clock,
        workbench.ids,
        lease=_LEASE,
        looks_every=timedelta(milliseconds=20),
        reaps_every=looks,
    )


def _close_lost(workbench: Workbench) -> None:
    """Close the attempts whose worker is gone; what another worker closed meanwhile is over."""
    for execution_id in _live(workbench):
        with suppress(StaleWriteError), workbench.transaction(workbench.system_actor()) as tx:
            orphans.close(tx, execution_id)


def _live(workbench: Workbench) -> list[str]:
    with workbench.reading(workbench.system_actor()) as tx:
        return [one.execution_id for one in tx.find(Execution, is_live=True)]


def _told(workbench: Workbench, task_id: str, number: int, kind: str) -> dict[str, object]:
    with workbench.reading(workbench.system_actor()) as tx:
        task = tx.get(Task, task_id)
        attempts = service.of_task(tx, task, limit=100)
    return {
        "number": number,
        "kind": kind,
        "task": task.status,
        "attempts": [one.status for one in attempts],
        "step": attempts[0].current_step,
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
