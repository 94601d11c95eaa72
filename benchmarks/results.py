"""Prints figures and keeps them, with date and machine, in RESULTS.md."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from benchmarks.measure import Figure

PATH = Path(__file__).with_name("RESULTS.md")
_INTRODUCTION = """# Benchmark results

Written by `make bench`. Every ratio was measured in one run on one machine, the two sides in turns; times
alone say little elsewhere. Times are medians; *busy* is the processor's part of them, which other work on the
machine hardly lengthens. All writes of Workbench are durable (SQLite: WAL, `synchronous=FULL`).
"""


def machine() -> list[str]:
    """List what the figures depend on, one line each; nothing that names the machine."""
    busy = os.getloadavg()[0]
    return [
        f"Date: {datetime.now(UTC):%Y-%m-%d}",
        f"Processor: {_processor()}, {os.cpu_count()} cores, load {busy:.1f} at the start",
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.system()}",
    ]


def as_table(figures: Sequence[Figure]) -> str:
    """Return figures as Markdown, a table per topic."""
    parts = []
    for topic, group in groupby(sorted(figures, key=lambda item: item.topic), key=lambda item: item.topic):
        rows = [f"| {item.what} | {item.value} | {item.target} | {item.verdict} |" for item in group]
        parts.append(
            "\n".join(
                [f"## {topic}", "", "| What | Measured | Target | |", "| --- | --- | --- | --- |", *rows]
            )
        )
    return "\n\n".join(parts) + "\n"


def keep(figures: Sequence[Figure], facts: Sequence[str], seconds: float) -> None:
    """Write RESULTS.md anew."""
    lines = [*facts, f"Took {seconds:.0f} s"]
    text = "\n".join(f"- {line}" for line in lines)
    PATH.write_text(f"{_INTRODUCTION}\n{text}\n\n{as_table(figures)}", encoding="utf-8")


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
