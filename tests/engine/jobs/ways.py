"""The ways in which jobs are delivered, for tests that hold for each."""

from __future__ import annotations

import asyncio
import threading

from engine.config import PROCRASTINATE
from engine.jobs.doing import LedgerEngine
from engine.jobs.embedded import EmbeddedEngine


def engine_of(jobs: str) -> type[LedgerEngine]:
    """Return the engine that a value of the setting ``jobs`` stands for."""
    if jobs != PROCRASTINATE:
        return EmbeddedEngine
    from engine.jobs.distributed import DistributedEngine

    return DistributedEngine


def work_off(engine: LedgerEngine) -> None:
    """Do whatever can be done now, as the engine hears of it."""
    if isinstance(engine, EmbeddedEngine):
        while engine.do_one("worker"):
            pass
        return
    engine._look()
    asyncio.run(engine._deliver(threading.Event(), 1, waits=False))
