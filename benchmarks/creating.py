"""Creating a task with 6 steps and 2 deliverables, beside raw SQLite and TinyDB's JSON file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import tinydb

from benchmarks import measure, raw_writes
from benchmarks.measure import Figure
from benchmarks.stand import Stand, database_file
from engine.deliverables.models import Deliverable
from engine.tasks.create import add_parts, take_identities
from engine.tasks.models import Step, Task

_TOPIC = "Creating a task"
_STEPS, _DELIVERABLES = 6, 2
_TABLES = ("tasks", "task_steps", "deliverables", "audit_events")
#: What Kanboard, PHP over SQLite, was measured at elsewhere with 10,000 tasks present (product.md): context.
_KANBOARD_CREATES = 87


def create_task(stand: Stand) -> None:
    """Create one task with its parts through the engine, in one durable transaction."""
    with stand.workbench.transaction(stand.admin) as tx:
        common: dict[str, Any] = {"workspace_id": tx.workspace_id, "created_at": tx.now, "updated_at": tx.now}
        task = Task(
            **take_identities(tx)[0],
            **common,
            title="Write the article about local search",
            description="Six hundred words, two pictures, links to the offers.",
            task_type="article",
            owner_id=tx.actor.user_id,
            assignee_id=stand.employees[0].employee_id,
            due_date=tx.today,
            tags=["blog", "spring"],
        )
        steps = [
            Step(
                task_step_id=tx.new_id(Step),
                task_id=task.task_id,
                ref=f"step_{number}",
                position=number,
                title=f"Step {number} of the work",
                **common,
            )
            for number in range(1, _STEPS + 1)
        ]
        owed = [
            Deliverable(
                deliverable_id=tx.new_id(Deliverable),
                task_id=task.task_id,
                ref=f"article_{number}",
                type="article",
                created_by=tx.actor.user_id,
                **common,
            )
            for number in range(_DELIVERABLES)
        ]
        add_parts(tx, task, steps, (), owed, summary=f"Made {task.name}")


def beside_raw(stand: Stand, rounds: int, copy_url: str | None = None, database: str = "") -> list[Figure]:
    """Compare with plain SQL that writes the same rows into a copy of the same store."""
    with raw_writes.raw(stand, copy_url) as copy:
        sides = raw_writes.beside(copy, lambda: create_task(stand), rounds)
    ours = sides[0]
    present = f"{round(stand.count_tasks(), -3):,} tasks present"
    what = f"Workbench : {copy.name} writing the same rows, {present}"
    return [
        *raw_writes.figures(_TOPIC, what, sides, 1.5, database),
        Figure(
            topic=_TOPIC,
            what=f"creates per second, {present}{database}; Kanboard elsewhere {_KANBOARD_CREATES}/s",
            value=f"{1 / ours.median:,.0f}/s ({measure.ms(ours.median)}, busy {measure.ms(ours.busy)})",
        ),
    ]


def beside_tinydb(stand: Stand, place: Path, creates: int) -> list[Figure]:
    """Compare with TinyDB's JSON file that holds the same tasks: four inserts per create."""
    with closing(sqlite3.connect(database_file(stand.workbench), isolation_level=None)) as reader:
        documents = {
            table: {
                str(row[0]): json.loads(row[1])
                for row in reader.execute(f"SELECT doc_id, document FROM {table}")
            }
            for table in _TABLES
        }
    with raw_writes.raw(stand) as copy:
        create_task(stand)
        rows = {table: found for table, found in copy.latest().added.items() if table in _TABLES}
    path = place / "tinydb.json"
    path.write_text(json.dumps(documents))
    size = path.stat().st_size / 1e6
    tasks = len(documents["tasks"])
    del documents

    with tinydb.TinyDB(path) as store:

        def insert() -> None:
            for table, (_, values) in rows.items():
                store.table(table).insert_multiple([json.loads(row[-1]) for row in values])

        theirs = measure.sample(insert, creates, warm=0)
    path.unlink()
    ours = measure.sample(lambda: create_task(stand), 50)
    what, ratio = f"faster than TinyDB's JSON file with {tasks:,} tasks", theirs.median / ours.median
    detail = f"{measure.pair(ours, theirs)}; a file of {size:.0f} MB"
    return [measure.at_least(_TOPIC, what, ratio, 300, detail)]


def growth(small: Stand, large: Stand, rounds: int, database: str = "") -> list[Figure]:
    """Compare creating in a store of few tasks with creating in one of many, in turns."""
    counts = f"{small.count_tasks():,}", f"{large.count_tasks():,}"
    cases: dict[str, Callable[[], object]] = {
        "small": lambda: create_task(small),
        "large": lambda: create_task(large),
    }
    found = measure.interleave(cases, rounds=rounds, batch=10, warm=10)
    few, many = found["small"], found["large"]
    what = f"with {counts[1]} tasks present : with {counts[0]}{database}"
    return [measure.at_most(_TOPIC, what, measure.ratio(many, few, database), 1.5, measure.pair(many, few))]
