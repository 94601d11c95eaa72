"""An executor that does three steps and stops in each, until a test has looked."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from engine.catalog import executors as schemas
from engine.executions import executors
from engine.executions.executors.base import Effect, Executor, ExecutorError, Result, Run, Step

PATIENCE_SECONDS = 20


class Halting(Executor):
    """Does three steps, and stops in each until the test has looked."""

    key = "halting"
    #: The attempt that it is in.
    current: Run

    def __init__(self) -> None:
        self.reached, self.go_on = threading.Semaphore(0), threading.Semaphore(0)
        self.fails_at: str | None = None
        self.effect = Effect.NONE

    def plan(self, _config: Mapping[str, Any]) -> Sequence[Step]:
        return [Step(name=name, effect=self.effect, request=name) for name in ("Read", "Think", "Write")]

    def dry_run(self, _config: Mapping[str, Any]) -> list[str]:
        return ["It reads, thinks and writes."]

    def run(self, run: Run) -> Result:
        self.current = run
        for step in self.plan(run.config):
            run.log(f"{step.name} comes next.")
            run.step(step, lambda _: self._halt(run))
            if step.name == self.fails_at:
                raise ExecutorError("DRIED_UP", "Nothing came to its mind.")
        return Result(summary="Written.", outputs={"words": 3})

    def _halt(self, run: Run) -> None:
        self.reached.release()
        while not self.go_on.acquire(timeout=0.02):
            run.check()

    def wait(self) -> None:
        """Wait until it is in the middle of a step."""
        assert self.reached.acquire(timeout=PATIENCE_SECONDS)

    def let_go(self, steps: int = 1) -> None:
        """Let it end so many steps, those that it has yet to begin included."""
        for _ in range(steps):
            self.go_on.release()


def installed(monkeypatch: pytest.MonkeyPatch) -> Halting:
    """Let tasks name it, for as long as a test lasts."""
    one = Halting()
    monkeypatch.setitem(executors.EXECUTORS, one.key, one)  # type: ignore[arg-type]  # nobody else changes it
    monkeypatch.setitem(schemas.SCHEMAS, one.key, {"type": "object"})
    return one
