"""Writing and checking the export of everything beside a plain dump, and of what changed in a day."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

from benchmarks import measure
from benchmarks.creating import create_task
from benchmarks.measure import Case, Figure
from benchmarks.stand import Stand
from engine.audit.chain import Anchor
from engine.entities import RECORD_TYPES
from exports import validate, writer

_TOPIC = "Export"
#: How many tasks a day brings.
_CHANGED = 50


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


def changes(small: Stand, large: Stand, place: Path, times: int) -> list[Figure]:
    """Return how much longer what changed takes to export and check where far more is there."""
    folder = place / "changes"

    def after_a_day(stand: Stand) -> Case:
        database, workspace_id = stand.workbench.database, stand.workbench.workspace.workspace_id
        head = database.head(workspace_id)
        for _ in range(_CHANGED):
            create_task(stand)

        def write_and_check() -> None:
            writer.write(stand.workbench, stand.admin, folder, Anchor(head.position, head.digest))
            if faults := validate.check(folder):
                raise SystemExit(f"The export of changes is not valid: {faults[0]}")
            shutil.rmtree(folder)

        return write_and_check

    counts = small.count_tasks(), large.count_tasks()
    found = measure.interleave({"small": after_a_day(small), "large": after_a_day(large)}, rounds=times)
    what = f"write and validate {_CHANGED} new tasks, with {counts[1]:,} present : with {counts[0]:,}"
    ratio = measure.ratio(found["large"], found["small"])
    return [measure.at_most(_TOPIC, what, ratio, 1.5, measure.pair(found["large"], found["small"]))]


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
