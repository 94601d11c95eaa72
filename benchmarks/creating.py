"""Creating a task with 6 steps and 2 deliverables, beside raw SQLite and TinyDB's JSON file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import tinydb

from benchmarks import measure
from benchmarks.measure import Figure, Samples
from benchmarks.stand import Stand, database_file
from engine.deliverables.models import Deliverable
from engine.tasks.create import NUMBERS, add_parts, take_identities
from engine.tasks.models import Step, Task

_TOPIC = "Creating a task"
_STEPS, _DELIVERABLES = 6, 2
_BATCH = 10
#: table -> (column names, rows) of one create.
Rows = dict[str, tuple[list[str], list[tuple[Any, ...]]]]
_TABLES = ("tasks", "task_steps", "deliverables", "audit_events")
#: What Kanboard, PHP over SQLite, was measured at with 10,000 tasks present (product.md).
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


def beside_raw(stand: Stand, rounds: int) -> list[Figure]:
    """Compare with plain ``sqlite3`` that writes the same rows into a copy of the same file."""
    reader = sqlite3.connect(database_file(stand.workbench), isolation_level=None)
    with closing(reader), closing(_raw_copy(reader, database_file(stand.workbench))) as raw:
        latest = _Latest(reader)
        pending: list[Rows] = []

        def write() -> None:
            _write_raw(raw, pending.pop(), stand.admin.workspace_id)

        ours, theirs = Samples(), Samples()
        for _ in range(rounds):
            ours.take(lambda: create_task(stand), _BATCH)
            pending += reversed([latest.next() for _ in range(_BATCH)])
            theirs.take(write, _BATCH)
    per_second, present = 1 / ours.median, f"{round(stand.count_tasks(), -3):,} tasks present"
    return [
        measure.at_most(
            _TOPIC,
            f"Workbench : raw sqlite3 writing the same rows, {present}",
            ours.median / theirs.median,
            4,
            measure.pair(ours, theirs),
        ),
        Figure(
            topic=_TOPIC,
            what=f"creates per second, {present}; Kanboard over HTTP {_KANBOARD_CREATES}/s",
            value=f"{per_second:,.0f}/s",
            target=f"more than {_KANBOARD_CREATES}/s",
            met=per_second > _KANBOARD_CREATES,
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
        latest = _Latest(reader)
        create_task(stand)
        rows = latest.next()
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
    return [measure.at_most(_TOPIC, what, many.median / few.median, 1.5, measure.pair(many, few))]


def quick(stand: Stand) -> list[Figure]:
    """Return the comparison with raw SQLite from a handful of runs; for a first look, and for the tests."""
    return beside_raw(stand, rounds=2)


@dataclass
class _Latest:
    """Reads what the engine wrote after a point, one create at a time."""

    reader: sqlite3.Connection
    _seen: dict[str, int] = field(default_factory=dict)
    _sizes: dict[str, int] = field(
        default_factory=lambda: dict(zip(_TABLES, (1, _STEPS, _DELIVERABLES, 1), strict=True))
    )

    def __post_init__(self) -> None:
        for table in _TABLES:
            self._seen[table] = self.reader.execute(f"SELECT max(doc_id) FROM {table}").fetchone()[0] or 0

    def next(self) -> Rows:
        """Return the rows of the next create."""
        found: Rows = {}
        for table, size in self._sizes.items():
            cursor = self.reader.execute(
                f"SELECT * FROM {table} WHERE doc_id > ? ORDER BY doc_id LIMIT ?", (self._seen[table], size)
            )
            rows = cursor.fetchall()
            names = [column[0] for column in cursor.description]
            if len(rows) != size or (names[0], names[-1]) != ("doc_id", "document"):
                raise SystemExit(f"A create did not write {size} rows to {table}; mend the benchmark.")
            self._seen[table] = rows[-1][0]
            found[table] = names[1:], [row[1:] for row in rows]
        return found


def _raw_copy(reader: sqlite3.Connection, path: Path) -> sqlite3.Connection:
    """Return a connection to a copy of the store: same tables, indexes and rows, same durability."""
    raw = sqlite3.connect(path.with_name("raw.db"), isolation_level=None)
    reader.backup(raw)
    for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
        raw.execute(f"PRAGMA {setting}")
    return raw


_numbers: Iterator[int] = count(1_000_000)


def _write_raw(raw: sqlite3.Connection, rows: Rows, workspace_id: str) -> None:
    """Write one create as plainly as Python can."""
    raw.execute("BEGIN IMMEDIATE")
    raw.execute(
        "UPDATE store_counters SET value = ? WHERE name = ?", (next(_numbers), f"{workspace_id}:{NUMBERS}")
    )
    for table, (names, values) in rows.items():
        marks = ", ".join("?" * len(names))
        raw.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", values)
    raw.execute("UPDATE store_heads SET position = ? WHERE name = ?", (next(_numbers), workspace_id))
    raw.execute("COMMIT")
