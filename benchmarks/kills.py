"""The entry of ``make kill-test``: kills writing processes at random moments and looks for lost writes.

A writer creates tasks, gives proof and completes, and names each write in a pipe once it was committed.
After each kill the store is opened again: every named write must be there whole, no other may be there in
part, the chain of events must verify, and SQLite must find its file sound. Some rounds have two writers;
the other one must go on.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.postgres import server
from engine.app import Workbench
from engine.audit import history
from engine.config import Settings
from engine.tasks import lifecycle, proof
from engine.tasks.create import add_parts, take_identities
from engine.tasks.models import Proof, ProofKind, Step, Task, TaskStatus
from engine.transaction import Transaction
from engine.verification import verify

_FORK = multiprocessing.get_context("fork")
_LABEL, _STEPS = "Result", 2
#: A kill comes this long at most after one of the first writes; now and then while the store is being opened.
_LONGEST_PAUSE_SECONDS = 0.02
_MOST_WRITES = 15
_EARLY, _IN_PAIRS = 0.1, 0.2
_PATIENCE_SECONDS = 30.0


@dataclass
class Writer:
    """A process that writes, and the end of the pipe on which it says what is committed."""

    process: Any
    pipe: int
    #: (``created``, ``proved`` or ``completed``, task id) of each write it was sure of.
    said: list[tuple[str, str]] = field(default_factory=list)
    _rest: bytes = b""

    def listen(self) -> bool:
        """Take in what it has said by now, waiting if need be; return False once it is gone."""
        data = os.read(self.pipe, 65536)
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        self.said += [
            (kind, task_id) for kind, _, task_id in (line.decode().partition(" ") for line in lines)
        ]
        return bool(data)

    def kill(self) -> None:
        """Kill it without warning, and take in its last words."""
        self.process.kill()
        self.process.join()
        while self.listen():
            pass
        os.close(self.pipe)


@dataclass
class Tally:
    """What the rounds add up to."""

    kills: int = 0
    writes: int = 0
    faults: list[str] = field(default_factory=list)


def main(arguments: list[str]) -> int:
    """Run all rounds and print the verdict; return 1 if anything was lost."""
    parser = argparse.ArgumentParser(prog="benchmarks.kills", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="kills on SQLite (default 200)")
    parser.add_argument(
        "--postgresql", type=int, default=20, help="kills of clients of PostgreSQL (default 20)"
    )
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args(arguments)
    chance, lost = random.Random(chosen.seed), False
    with tempfile.TemporaryDirectory(prefix="workbench-kills-") as place:
        lost |= _series("SQLite", f"sqlite:///{place}/kills.db", place, chosen.rounds, chance)
        if chosen.postgresql:
            with server() as fresh:
                lost |= _series("PostgreSQL", fresh(), place, chosen.postgresql, chance)
    return 1 if lost else 0


def _series(name: str, url: str, place: str, rounds: int, chance: random.Random) -> bool:
    """Run rounds on one store, which grows; print one line; return whether anything was lost."""
    settings = Settings(content=place, database=url, blobs=str(Path(place, "blobs")))
    with closing(Workbench(settings)):
        pass
    began, tally = time.perf_counter(), Tally()
    kinds = {"created": 0, "proved": 0, "completed": 0}
    for number in range(rounds):
        said = _round(settings, chance, tally)
        for kind, _ in said:
            kinds[kind] += 1
        tally.writes += len(said)
        tally.faults += [f"round {number}: {fault}" for fault in _faults(settings, said)]
    words = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    print(
        f"{name}: {tally.kills} kills in {rounds} rounds, {tally.writes} acknowledged writes ({words}), "
        f"{len(tally.faults)} lost or broken, in {time.perf_counter() - began:.0f} s: "
        f"{'LOST' if tally.faults else 'nothing lost'}"
    )
    for fault in tally.faults:
        print(f"  {fault}")
    return bool(tally.faults)


def _round(settings: Settings, chance: random.Random, tally: Tally) -> list[tuple[str, str]]:
    """Let one or two writers write, kill them; return what they were sure of."""
    writers = [_start(settings) for _ in range(2 if chance.random() < _IN_PAIRS else 1)]
    victim = writers[0]
    writes = 0 if chance.random() < _EARLY else chance.randrange(1, _MOST_WRITES)
    while len(victim.said) < writes and victim.listen():
        pass
    time.sleep(chance.random() * _LONGEST_PAUSE_SECONDS)
    victim.kill()
    for other in writers[1:]:
        before, deadline = len(other.said), time.monotonic() + _PATIENCE_SECONDS
        while len(other.said) < before + 2 and time.monotonic() < deadline and other.listen():
            pass
        if len(other.said) < before + 2:
            tally.faults.append("the other writer did not go on after its neighbour was killed")
        other.kill()
    tally.kills += len(writers)
    return [entry for writer in writers for entry in writer.said]


def _start(settings: Settings) -> Writer:
    reading, writing = os.pipe()
    process = _FORK.Process(target=_write, args=(settings, writing, reading), daemon=True)
    process.start()
    os.close(writing)
    return Writer(process, reading)


def _write(settings: Settings, pipe: int, parents_end: int) -> None:
    """Write until killed: create a task, give its proof, complete it; name each write once committed."""
    os.close(parents_end)
    workbench = Workbench(settings)
    actor = workbench.operator()
    deadline = time.monotonic() + _PATIENCE_SECONDS * 2  # nobody may be left to kill it
    while time.monotonic() < deadline:
        with workbench.transaction(actor) as tx:
            task_id = _create(tx)
        os.write(pipe, f"created {task_id}\n".encode())
        with workbench.transaction(actor) as tx:
            proof.give(tx, task_id, _LABEL, "https://example.com/result")
        os.write(pipe, f"proved {task_id}\n".encode())
        with workbench.transaction(actor) as tx:
            lifecycle.complete(tx, task_id)
        os.write(pipe, f"completed {task_id}\n".encode())


def _create(tx: Transaction) -> str:
    common: dict[str, Any] = {"workspace_id": tx.workspace_id, "created_at": tx.now, "updated_at": tx.now}
    task = Task(
        **take_identities(tx)[0], **common, title="Survive", task_type="untyped", owner_id=tx.actor.user_id
    )
    parts = {**common, "task_id": task.task_id}
    steps = [
        Step(
            task_step_id=tx.new_id(Step), ref=f"s{n}", position=n, title=f"Step {n}", required=False, **parts
        )
        for n in range(1, _STEPS + 1)
    ]
    asked = Proof(task_proof_id=tx.new_id(Proof), position=1, kind=ProofKind.URL, label=_LABEL, **parts)
    add_parts(tx, task, steps, [asked], summary=f"Made {task.name}")
    return task.task_id


def _faults(settings: Settings, said: list[tuple[str, str]]) -> list[str]:
    """Open the store again; return what is lost, half there or broken."""
    with closing(Workbench(settings)) as workbench, workbench.reading(workbench.operator()) as tx:
        found = [f"{kind} {task_id} is lost" for kind, task_id in said if not _is_there(tx, kind, task_id)]
        tasks = tx.count(Task)
        if (tx.count(Step), tx.count(Proof)) != (_STEPS * tasks, tasks):
            found.append("a task is there without its steps or proof")
        verdict = verify(tx)
    found += verdict.told()
    if settings.database.startswith("sqlite"):
        with closing(sqlite3.connect(settings.database.removeprefix("sqlite:///"))) as connection:
            answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
        if answer != "ok":
            found.append(f"the file is damaged: {answer}")
    return found


def _is_there(tx: Transaction, kind: str, task_id: str) -> bool:
    task = tx.find_by_key(Task, task_id)
    if task is None:
        return False
    if kind == "created":
        return bool(history.timeline(tx, task_id=task_id, limit=1))
    if kind == "proved":
        return all(row.is_given for row in tx.find(Proof, task_id=task_id))
    return task.status is TaskStatus.COMPLETED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
