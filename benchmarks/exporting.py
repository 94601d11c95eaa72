"""The export of everything beside a plain dump; what a day has changed: written, checked and loaded."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import measure
from benchmarks.creating import create_task
from benchmarks.measure import Case, Figure, Samples
from benchmarks.stand import Stand
from engine.audit.chain import Anchor
from engine.entities import RECORD_TYPES
from engine.tasks import update
from engine.tasks.models import Task
from exports import load, validate, writer

_TOPIC = "Export"
#: How many changes a day brings: every second one is a new task.
_CHANGED = 100
#: Makes an empty database of PostgreSQL and gives its URL.
Empty = Callable[[], str]


def export(stand: Stand, place: Path) -> list[Figure]:
    """Return how long the export and its validation take, as times and as multiples of the plain dump."""
    folder = place / "export"
    tasks = stand.count_tasks()
    dumped = _seconds(lambda: _dump(stand, place / "dump.jsonl"))
    wrote = _seconds(lambda: writer.write(stand.workbench, stand.admin, folder))
    size = sum(path.stat().st_size for path in folder.iterdir() if path.is_file()) / 1e6
    faults: list[object] = []
    checked = _seconds(lambda: faults.extend(validate.check(folder)))
    shutil.rmtree(folder)
    if faults:
        raise SystemExit(f"The export of the benchmark is not valid: {faults[0]}")
    return [
        _figure(f"write {tasks:,} tasks and all that belongs to them", wrote, size, dumped),
        _figure(f"validate {tasks:,} tasks and all that belongs to them", checked, size, dumped),
    ]


def changes(small: Stand, large: Stand, place: Path, times: int, database: str = "") -> list[Figure]:
    """Return how much longer what changed takes to export and check where far more is there."""
    folder = place / "changes"

    def after_a_day(stand: Stand) -> Case:
        end = _end(stand)
        _work_a_day(stand)

        def write_and_check() -> None:
            writer.write(stand.workbench, stand.admin, folder, end)
            if faults := validate.check(folder):
                raise SystemExit(f"The export of changes is not valid: {faults[0]}")
            shutil.rmtree(folder)

        return write_and_check

    counts = small.count_tasks(), large.count_tasks()
    found = measure.interleave({"small": after_a_day(small), "large": after_a_day(large)}, rounds=times)
    return [_grown("write and validate", counts, found["small"], found["large"], database)]


def loads(
    small: Stand, large: Stand, place: Path, *, times: int, database: str, empty: Empty
) -> list[Figure]:
    """Return how much longer what changed takes to load into PostgreSQL where far more is there."""
    counts = small.count_tasks(), large.count_tasks()
    sides = [(Samples(), _Loaded.whole(stand, empty(), place / "loads")) for stand in (small, large)]
    for _ in range(times):
        for samples, loaded in sides:
            with loaded.day() as folder:
                samples.take(lambda loaded=loaded, folder=folder: load.load(loaded.url, folder))  # type: ignore[misc]
    (few, _), (many, _) = sides
    return [_grown("load into PostgreSQL", counts, few, many, database)]


@dataclass(frozen=True)
class _Loaded:
    """A database that an export of everything was loaded into, to be followed by one a day."""

    stand: Stand
    url: str
    folder: Path

    @classmethod
    def whole(cls, stand: Stand, url: str, folder: Path) -> _Loaded:
        """Load everything."""
        writer.write(stand.workbench, stand.admin, folder)
        load.load(url, folder)
        shutil.rmtree(folder)
        return cls(stand, url, folder)

    @contextmanager
    def day(self) -> Iterator[Path]:
        """Give the export of what a day has changed."""
        end = _end(self.stand)
        _work_a_day(self.stand)
        writer.write(self.stand.workbench, self.stand.admin, self.folder, end)
        yield self.folder
        shutil.rmtree(self.folder)


def _work_a_day(stand: Stand) -> None:
    """Make as many tasks as are changed, each in a transaction of its own."""
    with stand.workbench.reading(stand.admin) as tx:
        there = tx.find(Task, order_by=("task_id",), limit=_CHANGED // 2)
    for number, task in enumerate(there):
        create_task(stand)
        with stand.workbench.transaction(stand.admin) as tx:
            update.update(tx, stand.content, task.task_id, {"description": f"Change {number} of {tx.now}"})


def _end(stand: Stand) -> Anchor:
    head = stand.workbench.database.head(stand.workbench.workspace.workspace_id)
    return Anchor(head.position, head.digest)


def _grown(what: str, counts: tuple[int, int], few: Samples, many: Samples, database: str) -> Figure:
    title = (
        f"{what} a day of {_CHANGED} changes, with {counts[1]:,} tasks present : with {counts[0]:,}{database}"
    )
    ratio = measure.ratio(many, few, database)
    return measure.at_most(_TOPIC, title, ratio, 1.5, measure.pair(many, few))


def _figure(what: str, seconds: float, size: float, dumped: float) -> Figure:
    speed = f"{size / seconds:.1f} MB/s ({size:,.0f} MB)"
    value = f"{seconds:.1f} s, {speed}; {seconds / dumped:.1f}x a plain JSON dump"
    return Figure(topic=_TOPIC, what=what, value=value)


def _dump(stand: Stand, path: Path) -> None:
    """Read every row's JSON and write it again, as plainly as Python can."""
    with stand.workbench.database.read() as connection, path.open("w") as file:
        for record_type in RECORD_TYPES:
            if record_type.spec.exported:
                rows = connection.exec_driver_sql(f'SELECT document FROM "{record_type.spec.table}"')
                for (text,) in rows:
                    file.write(json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":")) + "\n")
    path.unlink()


def _seconds(case: Case) -> float:
    start = time.perf_counter()
    case()
    return time.perf_counter() - start
