"""One process of one release in the run of ``benchmarks.two_releases``: works on a store, or checks it after.

It is started by its path, with the release that it is to run in PYTHONPATH, and imports nothing from beside
itself. ``work`` creates, changes and reads tasks until the file ``stop`` is there, and prints a line of JSON
for each write once it was committed. ``check`` reads the lines that were printed and prints what is not so.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.app import Workbench
from engine.audit import history
from engine.audit.models import Action
from engine.config import Settings
from engine.errors import StoreVersionError, UnavailableError
from engine.tasks.create import add_parts, take_identities
from engine.tasks.models import Task
from engine.verification import verify
from exports import validate, writer

HAS_MOOD = "mood" in Task.model_fields
#: Nobody may be left to stop it.
_LONGEST_SECONDS = 300.0
_CHOSEN_FROM = 40
#: Between two acts: SQLite gives the lock to whoever asks at the right moment, not to who has waited longest.
_PAUSE_SECONDS = 0.005
Line = dict[str, Any]


def main(arguments: list[str]) -> int:
    """Work or check, as the first word says."""
    parser = argparse.ArgumentParser(prog="release_worker", description=__doc__)
    parser.add_argument("what", choices=["work", "check"])
    parser.add_argument("database")
    parser.add_argument("place", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    settings = Settings(
        content=str(chosen.place), database=chosen.database, blobs=str(chosen.place / "blobs")
    )
    if chosen.what == "check":
        said = [json.loads(line) for line in sys.stdin]
        print(json.dumps(list(_faults(settings, chosen.place, said))))
        return 0
    with closing(Workbench(settings, migrate=HAS_MOOD)) as workbench:
        _work(_Worker(workbench, random.Random(chosen.seed)), chosen.place / "stop")
    return 0


def _work(worker: _Worker, stop: Path) -> None:
    deadline = time.monotonic() + _LONGEST_SECONDS
    while not stop.exists() and time.monotonic() < deadline:
        try:
            print(json.dumps(worker.do_something()), flush=True)
        except StoreVersionError:
            raise
        except UnavailableError as error:  # it said that nothing was changed: that is no loss
            print(json.dumps({"did": "refused", "why": error.message}), flush=True)
        time.sleep(_PAUSE_SECONDS)


@dataclass
class _Worker:
    """Writes and reads with one release."""

    workbench: Workbench
    chance: random.Random

    def do_something(self) -> Line:
        """Create a task, change one that anybody made, or read; say what is committed."""
        roll = self.chance.random()
        if roll < 0.3:
            return self._create()
        return self._change() if roll < 0.85 else self._read()

    def _create(self) -> Line:
        with self.workbench.transaction(self.workbench.operator()) as tx:
            common = {"workspace_id": tx.workspace_id, "created_at": tx.now, "updated_at": tx.now}
            task = Task(
                **take_identities(tx)[0],
                **common,
                title="New",
                task_type="untyped",
                owner_id=tx.actor.user_id,
            )
            add_parts(tx, task, summary=f"Made {task.name}")
        return {"did": "created", "task_id": task.task_id}

    def _change(self) -> Line:
        name = "mood" if HAS_MOOD else "title"
        value = f"{name} {self.chance.randrange(10**9)}"
        with self.workbench.transaction(self.workbench.operator()) as tx:
            found = tx.find(Task, order_by=("-created_at",), limit=_CHOSEN_FROM)
            if not found:
                return {"did": "found nothing"}
            task = self.chance.choice(found)
            setattr(task, name, value)
            tx.save(task)
            tx.record(Action.TASK_UPDATED, task, f"Gave {task.name} a {name}")
        return {"did": name, "task_id": task.task_id, "value": value, "revision": task.revision}

    def _read(self) -> Line:
        with self.workbench.reading(self.workbench.operator()) as tx:
            found = tx.find(Task, order_by=("-created_at",), limit=_CHOSEN_FROM)
            for task in found[:3]:
                assert history.timeline(tx, task_id=task.task_id)
        return {"did": "read", "is_ahead": self.workbench.database.is_ahead}


def _faults(settings: Settings, place: Path, said: list[Line]) -> Iterator[str]:
    """Yield what is lost or broken, as the newer release sees it."""
    with closing(Workbench(settings)) as workbench:
        with workbench.reading(workbench.operator()) as tx:
            tasks = {task.task_id: task for task in tx.find(Task)}
            yield from _lost(tasks, said)
            moods = {task.task_id: getattr(task, "mood", None) for task in tasks.values()}
            for task_id, mood in moods.items():
                if mood is not None and [row.task_id for row in tx.find(Task, mood=mood)] != [task_id]:
                    yield f"the column of {task_id} does not have its mood"
            yield from verify(tx).told()
            plan = "\n".join(map(str, _plan(workbench, tx.workspace_id)))
            if "ix_tasks_workspace_id_mood" not in plan:
                yield f"the index of the new column is not used: {plan}"
        writer.write(workbench, workbench.operator(), place / "export")
        yield from map(str, validate.check(place / "export"))


def _lost(tasks: dict[str, Task], said: list[Line]) -> Iterator[str]:
    newest: dict[tuple[str, str], Line] = {}
    for line in said:
        if line.get("task_id") and line["task_id"] not in tasks:
            yield f"{line['task_id']}, {line['did']}, is lost"
        elif "value" in line:
            name = (line["task_id"], line["did"])
            newest[name] = max(newest.get(name, line), line, key=lambda each: int(each["revision"]))
    for (task_id, field), line in newest.items():
        if getattr(tasks[task_id], field) != line["value"]:
            yield f"{task_id} has lost its {field} {line['value']!r} of revision {line['revision']}"


def _plan(workbench: Workbench, workspace_id: str) -> list[Any]:
    """Return how the database would find tasks by their mood, were there so many that it mattered."""
    query = f"SELECT document FROM tasks WHERE workspace_id = '{workspace_id}' AND mood = 'glad'"
    is_sqlite = str(workbench.database.dialect) == "sqlite"
    with workbench.database.read() as connection:
        if not is_sqlite:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return list(connection.exec_driver_sql(f"EXPLAIN {'QUERY PLAN ' if is_sqlite else ''}{query}"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
