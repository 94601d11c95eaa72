"""Creating a task and starting a bundle of 42, beside a driver that writes the same rows in one transaction.

The other side is ``sqlite3`` on a copy of the same file, or ``psycopg`` on a second database with as many
tasks: the same tables, indexes and durability, and no rule, event hash or check.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import psycopg

from benchmarks import creating, measure, postgres, starting
from benchmarks.fill import fill
from benchmarks.measure import Figure, Samples
from benchmarks.stand import Stand, database_file, folder, stand
from engine.tasks.create import NUMBERS

_TOPIC = "Writing beside the driver alone"
_TABLES = (
    "bundles", "tasks", "bundle_links", "task_steps", "task_proofs", "deliverables", "audit_events",
)  # fmt: skip
_CASES: dict[str, tuple[Callable[[Stand], object], float]] = {
    "create a task with 6 steps and 2 deliverables": (creating.create_task, 1.5),
    "start a bundle of 42 tasks": (starting.start, 3),
}
_BATCH = 5
#: How the engine opens its connections, so that the other side is as durable.
_AS_OURS = (
    "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON", "cache_size=-32768",
)  # fmt: skip
#: table -> (column names, rows) of one write, and the positions that it raised.
Rows = dict[str, tuple[list[str], list[tuple[Any, ...]]]]


class Driver(Protocol):
    """As much of a connection of ``sqlite3`` or ``psycopg`` as is used here."""

    def cursor(self) -> Any:
        """Open a cursor."""
        ...

    def execute(self, text: str, params: Sequence[Any] = ..., /) -> Any:
        """Run a statement."""
        ...


def beside_driver(stand: Stand, reader: Driver, raw: Driver, rounds: int) -> list[Figure]:
    """Compare, in turns, what the engine writes with the driver that writes the same rows elsewhere."""
    figures = []
    for what, (write, target) in _CASES.items():
        write(stand)
        ours, theirs = _in_turns(
            partial(write, stand), _Latest(reader, stand.admin.workspace_id, raw), rounds
        )
        named = f"{what}, {round(stand.count_tasks(), -3):,} tasks present, {_dialect(stand)}"
        detail = measure.pair(ours, theirs)
        figures += [
            measure.at_most(_TOPIC, f"{named}: time", ours.median / theirs.median, target, detail),
            measure.at_most(_TOPIC, f"{named}: processor", ours.busy / theirs.busy, target, detail),
        ]
    return figures


def _in_turns(write: Callable[[], object], latest: _Latest, rounds: int) -> tuple[Samples, Samples]:
    ours, theirs = Samples(), Samples()
    for _ in range(rounds * _BATCH):
        ours.take(write)
        theirs.take(partial(latest.write, *latest.next()))
    return ours, theirs


def growth(small: Stand, large: Stand, rounds: int) -> list[Figure]:
    """Compare both writes in a store of few tasks with those in one of many, in turns."""
    counts = f"{small.count_tasks():,}", f"{large.count_tasks():,}"
    figures = []
    for what, (write, _) in _CASES.items():
        cases = {"small": partial(write, small), "large": partial(write, large)}
        found = measure.interleave(cases, rounds=rounds, batch=_BATCH, warm=5)
        few, many = found["small"], found["large"]
        name = f"{what}, with {counts[1]} tasks present : with {counts[0]}, {_dialect(large)}"
        figures.append(measure.at_most(_TOPIC, name, many.busy / few.busy, 1.5, measure.pair(many, few)))
    return figures


def on_sqlite(place: Path, rounds: int, *, few: int, many: int) -> list[Figure]:
    """Measure on two files, of few tasks and of many."""
    with stand(place) as small, stand(place) as large:
        fill(small, few)
        fill(large, many)
        found = []
        for one in (small, large):
            with _sqlite(one) as (reader, raw):
                found += beside_driver(one, reader, raw, rounds)
        return [*found, *growth(small, large, rounds)]


def on_postgresql(place: Path, rounds: int, *, few: int, many: int) -> list[Figure]:
    """Measure on two databases, of few tasks and of many; a third is what the driver writes to."""
    with postgres.server() as fresh, ExitStack() as opened:
        urls = [fresh() for _ in range(3)]
        small, large, other = (opened.enter_context(stand(place, url)) for url in urls)
        fill(small, few)
        fill(large, many)
        fill(other, many)
        for url in urls:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
        reader, raw = (opened.enter_context(psycopg.connect(url, autocommit=True)) for url in urls[1:])
        return [*beside_driver(large, reader, raw, rounds), *growth(small, large, rounds)]


@dataclass
class _Latest:
    """Reads what the engine wrote since it was last asked, and writes the same elsewhere."""

    reader: Driver
    workspace_id: str
    raw: Driver
    _seen: dict[str, int] = field(default_factory=dict)
    _position: int = 0
    _numbers: Iterator[int] = field(default_factory=lambda: count(10_000_000))

    def __post_init__(self) -> None:
        self.mark = "?" if isinstance(self.reader, sqlite3.Connection) else "%s"
        for table in _TABLES:
            self._seen[table] = self._all(f"SELECT coalesce(max(doc_id), 0) FROM {table}")[0][0]
        self._position = self._head()

    def next(self) -> tuple[Rows, list[tuple[str, int]]]:
        """Return the rows and positions that were written since."""
        found: Rows = {}
        for table in _TABLES:
            cursor = self.reader.execute(
                f"SELECT * FROM {table} WHERE doc_id > {self.mark} ORDER BY doc_id", (self._seen[table],)
            )
            rows = cursor.fetchall()
            if rows:
                self._seen[table] = rows[-1][0]
                found[table] = [column[0] for column in cursor.description][1:], [row[1:] for row in rows]
        head, before = self._head(), self._position
        self._position = head
        positions = self._all(
            "SELECT name, position FROM store_positions "
            f"WHERE position > {self.mark} AND name LIKE {self.mark}",
            (before, f"{self.workspace_id}/%"),
        )
        return found, [(row[0], row[1]) for row in positions if row[1] <= head]

    def write(self, rows: Rows, positions: Sequence[tuple[str, int]]) -> None:
        """Write them as plainly as Python can."""
        cursor = self.raw.cursor()
        cursor.execute("BEGIN IMMEDIATE" if self.mark == "?" else "BEGIN")
        number = next(self._numbers)
        cursor.execute(
            f"UPDATE store_counters SET value = {self.mark} WHERE name = {self.mark}",
            (number, f"{self.workspace_id}:{NUMBERS}"),
        )
        for table, (names, values) in rows.items():
            marks = ", ".join([self.mark] * len(names))
            cursor.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", values)
        cursor.executemany(
            f"INSERT INTO store_positions (name, position) VALUES ({self.mark}, {self.mark}) "
            "ON CONFLICT (name) DO UPDATE SET position = excluded.position",
            positions,
        )
        cursor.execute(
            f"UPDATE store_heads SET position = {self.mark} WHERE name = {self.mark}",
            (number, self.workspace_id),
        )
        cursor.execute("COMMIT")

    def _head(self) -> int:
        found = self._all(f"SELECT position FROM store_heads WHERE name = {self.mark}", (self.workspace_id,))
        return int(found[0][0])

    def _all(self, text: str, params: Sequence[Any] = ()) -> list[Any]:
        return list(self.reader.execute(text, params).fetchall())


@contextmanager
def _sqlite(stand: Stand) -> Iterator[tuple[Driver, Driver]]:
    """Give a connection to the file of an engine, and one to a copy of it."""
    path = database_file(stand.workbench)
    reader = sqlite3.connect(path, isolation_level=None)
    raw = sqlite3.connect(path.with_name(f"raw-{path.name}"), isolation_level=None)
    with closing(reader), closing(raw):
        reader.backup(raw)
        for setting in _AS_OURS:
            raw.execute(f"PRAGMA {setting}")
        yield reader, raw


def _dialect(stand: Stand) -> str:
    return "PostgreSQL" if stand.workbench.database.dialect.name == "postgresql" else "SQLite"


def main(few: int = 1_000, many: int = 10_000, rounds: int = 8) -> None:
    """Print the figures of both databases."""
    with folder() as place:
        for figure in (
            *on_sqlite(place, rounds, few=few, many=many),
            *on_postgresql(place, rounds, few=few, many=many),
        ):
            print(f"{figure.what}: {figure.value}; {figure.target}, {'met' if figure.met else 'missed'}")


if __name__ == "__main__":
    main()
