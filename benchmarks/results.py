"""Prints figures and keeps them, with date and machine, in RESULTS.md."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from benchmarks.measure import Figure

PATH = Path(__file__).with_name("RESULTS.md")
_INTRODUCTION = """# Benchmark results

Written by `make bench`. Every ratio was measured in one run on one machine, the two sides in turns; times
alone say little elsewhere. Times are medians; *busy* is the processor's part of them, which other work on the
machine hardly lengthens. All writes of Workbench are durable (SQLite: WAL, `synchronous=FULL`). Every target
is such a ratio; what was measured elsewhere (Kanboard, published figures) is context. *Before* is what this
file held when it was written anew.
"""


@dataclass(frozen=True)
class Earlier:
    """A figure of the run before."""

    what: str
    value: str


def machine() -> list[str]:
    """List what the figures depend on, one line each; nothing that names the machine."""
    busy = os.getloadavg()[0]
    return [
        f"Date: {datetime.now(UTC):%Y-%m-%d}",
        f"Processor: {_processor()}, {os.cpu_count()} cores, load {busy:.1f} at the start",
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.system()}",
    ]


def as_table(figures: Sequence[Figure], before: Mapping[str, Earlier] | None = None) -> str:
    """Return figures as Markdown, a table per topic; ``before`` has earlier ones by ``key_of``."""
    parts = []
    head = ["What", *([] if before is None else ["Before"]), "Measured", "Target", ""]
    for topic, group in groupby(sorted(figures, key=lambda item: item.topic), key=lambda item: item.topic):
        rows = [f"## {topic}", "", _line(head), _line(["---"] * len(head))]
        for item in group:
            known = before.get(key_of(topic, item.what)) if before else None
            earlier = [] if before is None else [known.value if known else ""]
            rows.append(_line([item.what, *earlier, item.value, item.target, item.verdict]))
        parts.append("\n".join(rows))
    return "\n\n".join(parts) + "\n"


def keep(
    figures: Sequence[Figure], facts: Sequence[str], seconds: float, before: Mapping[str, Earlier]
) -> None:
    """Write RESULTS.md anew: misses first, beside each figure what was measured before, the rest last."""
    text = "\n".join(f"- {line}" for line in [*facts, f"Took {seconds:.0f} s"])
    missed = [
        f"- {item.topic}: {item.what}: {item.value}; {item.target}" for item in figures if item.met is False
    ]
    measured = {key_of(item.topic, item.what) for item in figures}
    gone = [f"- {item.what}: {item.value}" for key, item in before.items() if key not in measured]
    parts = [f"{_INTRODUCTION}\n{text}", _section("Missed", missed), as_table(figures, before).rstrip()]
    parts.append(_section("Measured before, in another form", gone))
    PATH.write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")


def read_before(path: Path = PATH) -> dict[str, Earlier]:
    """Return what RESULTS.md holds as measured, by ``key_of``; empty without the file."""
    found: dict[str, Earlier] = {}
    topic, column = "", 0
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        cells = [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]
        if line.startswith("## "):
            topic = line.removeprefix("## ")
        elif line.startswith("| What"):
            column = cells.index("Measured")
        elif line.startswith("| ") and not line.startswith("| ---"):
            found[key_of(topic, cells[0])] = Earlier(f"{topic}: {cells[0]}", cells[column])
    return found


def key_of(topic: str, what: str) -> str:
    """Return what tells a figure from others; how many tasks there were just then does not."""
    return re.sub(r"\d[\d,]*", "#", f"{topic}: {what}")


def _section(title: str, lines: Sequence[str]) -> str:
    return "\n".join([f"## {title}", "", *lines]) if lines else ""


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def verdict(figures: Sequence[Figure]) -> str:
    """Return how many targets are met, and which are not."""
    asked = [item for item in figures if item.met is not None]
    missed = [item for item in asked if not item.met]
    names = "".join(f"\n  missed: {item.topic}: {item.what}: {item.value}" for item in missed)
    return f"{len(asked) - len(missed)} of {len(asked)} targets met.{names}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.machine(),
    )
