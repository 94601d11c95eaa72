"""What the engine wrote in one transaction, written again with plain SQL into a copy of the same store.

The copy has the same tables, indexes, triggers and rows and the same durability; what is compared is the way
to the rows, not the rows. A write is read back from the engine's store after it happened: every new row, and
every counter, head, position and clock that moved.
"""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import measure
from benchmarks.measure import Figure, Samples
from benchmarks.stand import Stand, database_file
from engine.entities import RECORD_TYPES
from engine.reminders.models import ReminderClock, ReminderCursor
from engine.store.connections import open_engine, parse_url
from engine.store.document_store import DocumentStore

Values = Sequence[Any]
#: As many of one side before the other has its turn.
_IN_A_ROW = 10
#: Tables that say how far something has come, and the column that tells their rows apart.
_MOVING = {
    **dict.fromkeys(("store_counters", "store_heads", "store_positions"), "name"),
    **{kind.spec.table: "doc_id" for kind in (ReminderClock, ReminderCursor)},
}
#: What is found by words, and the column that numbers it.
_PIECES = {"store_pieces": "piece_id"}
Added = dict[str, tuple[Sequence[str], list[Values]]]


@dataclass(frozen=True)
class Write:
    """One transaction's work: rows that are new, and rows that moved."""

    #: Table -> its columns, and the values of each row.
    added: Added
    moved: Added


class Raw(ABC):
    """A copy of a store that is written with plain SQL, and the store it is a copy of."""

    #: What writes, as the results name it.
    name: str
    #: How a statement says that something is given.
    mark: str

    def __init__(self) -> None:
        #: Table -> the column that numbers its rows.
        tables = [kind.spec.table for kind in RECORD_TYPES if kind.spec.table not in _MOVING]
        self._ids = {**dict.fromkeys(tables, "doc_id"), **_PIECES}
        self._seen = {table: self._last(table) for table in self._ids}
        self._stood = {table: set(map(tuple, self.read(f"SELECT * FROM {table}")[1])) for table in _MOVING}

    @abstractmethod
    def read(self, text: str, given: Values = ()) -> tuple[list[str], list[Values]]:
        """Return names and rows of a statement on the engine's store; ``?`` stands for what is given."""

    @abstractmethod
    def write(self, found: Write) -> None:
        """Write it into the copy, in one durable transaction."""

    def latest(self) -> Write:
        """Return what the engine wrote since this was asked for last."""
        added: Added = {}
        moved: Added = {}
        for table, number in self._ids.items():
            names, rows = self.read(f'SELECT * FROM "{table}" WHERE {number} > ?', [self._seen[table]])
            if rows:
                self._seen[table] = max(row[names.index(number)] for row in rows)
                added[table] = names, rows
        for table in _MOVING:
            names, rows = self.read(f"SELECT * FROM {table}")
            standing = set(map(tuple, rows))
            if changed := standing - self._stood[table]:
                moved[table] = names, list(changed)
            self._stood[table] = standing
        return Write(added, moved)

    def _last(self, table: str) -> int:
        return int(self.read(f'SELECT coalesce(max({self._ids[table]}), 0) FROM "{table}"')[1][0][0])

    def _statements(self, found: Write) -> Iterator[tuple[str, list[Any]]]:
        """Yield the statements of a write, each with its rows."""
        for table, (names, rows) in {**found.added, **found.moved}.items():
            marks = ", ".join([self.mark] * len(names))
            columns = ", ".join(f'"{name}"' for name in names)
            text = f'INSERT INTO "{table}" ({columns}) VALUES ({marks})'
            if table in found.moved:
                key = _MOVING[table]
                changes = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name != key)
                text += f" ON CONFLICT ({key}) DO UPDATE SET {changes}"
            yield text, list(rows)


class RawSqlite(Raw):
    """The copy is another file."""

    name, mark = "raw sqlite3", "?"

    def __init__(self, reader: sqlite3.Connection, copy: sqlite3.Connection) -> None:
        self._reader, self._copy = reader, copy
        super().__init__()

    def read(self, text: str, given: Values = ()) -> tuple[list[str], list[Values]]:
        """Ask the engine's file."""
        cursor = self._reader.execute(text, given)
        return [column[0] for column in cursor.description], cursor.fetchall()

    def write(self, found: Write) -> None:
        """Write with ``executemany``, as plainly as Python can."""
        self._copy.execute("BEGIN IMMEDIATE")
        for text, rows in self._statements(found):
            self._copy.executemany(text, rows)
        self._copy.execute("COMMIT")


class RawPostgres(Raw):
    """The copy is another database of the same server."""

    name, mark = "raw psycopg", "%s"

    def __init__(self, reader: psycopg.Connection[Any], copy: psycopg.Connection[Any]) -> None:
        self._reader, self._copy = reader, copy
        super().__init__()

    def read(self, text: str, given: Values = ()) -> tuple[list[str], list[Values]]:
        """Ask the engine's database."""
        cursor = self._reader.execute(text.replace("?", "%s"), given)
        return [column.name for column in cursor.description or ()], cursor.fetchall()

    def write(self, found: Write) -> None:
        """Write with ``executemany``, which psycopg sends together."""
        with self._copy.transaction(), self._copy.cursor() as cursor:
            for text, rows in self._statements(found):
                cursor.executemany(text, rows)


@contextmanager
def raw(stand: Stand, copy_url: str | None = None) -> Iterator[Raw]:
    """Give a copy of a store; on PostgreSQL ``copy_url`` names the database that was copied from it."""
    with ExitStack() as opened:
        if copy_url is None:
            file = database_file(stand.workbench)
            reader = opened.enter_context(_sqlite(file))
            copy = opened.enter_context(_sqlite(file.with_name("raw.db")))
            reader.backup(copy)
            yield RawSqlite(reader, copy)
        else:
            source = opened.enter_context(psycopg.connect(stand.workbench.settings.database, autocommit=True))
            target = opened.enter_context(psycopg.connect(copy_url, autocommit=True))
            yield RawPostgres(source, target)


def beside(copy: Raw, case: Callable[[], object], rounds: int) -> tuple[Samples, Samples]:
    """Let the engine and plain SQL write the same, several of each in a row; return what each took.

    Plain SQL writes what the engine wrote in as many transactions of the same case just before. Reading that
    back puts all else out of the processor's caches, so each side writes one first that does not count.
    """
    ours, theirs = Samples(), Samples()
    for start in range(0, rounds, _IN_A_ROW):
        count = min(_IN_A_ROW, rounds - start)
        found = [_written(copy, case) for _ in range(count + 1)]
        case()
        ours.take(case, count)
        for place, write in enumerate(found):
            (theirs if place else Samples()).take(lambda write=write: copy.write(write))  # type: ignore[misc]
        copy.write(copy.latest())
    return ours, theirs


def figures(
    topic: str, what: str, sides: tuple[Samples, Samples], target: float, database: str
) -> list[Figure]:
    """Compare both sides; where the database is other processes, also by what this one takes alone."""
    ours, theirs = sides
    detail = measure.pair(ours, theirs)
    found = [
        measure.at_most(topic, f"{what}{database}", measure.ratio(ours, theirs, database), target, detail)
    ]
    if database:
        busy = ours.busy / theirs.busy
        found.append(measure.at_most(topic, f"{what}, this process alone{database}", busy, target, detail))
    return found


def _written(copy: Raw, case: Callable[[], object]) -> Write:
    case()
    return copy.latest()


@contextmanager
def _sqlite(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a file as the engine does: as durable, and with as much kept in memory."""
    engine, _ = open_engine(parse_url(f"sqlite:///{path}"), DocumentStore.patience_seconds)
    with closing(engine.raw_connection()) as pooled:
        assert isinstance(pooled.driver_connection, sqlite3.Connection)
        yield pooled.driver_connection
    engine.dispose()
