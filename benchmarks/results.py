"""Prints figures and keeps them in RESULTS.md, each table with its date, commit and machine."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measure import Figure

PATH = Path(__file__).with_name("RESULTS.md")
_INTRODUCTION = """# Benchmark results

Written by `make bench`, or a part of it by `python -m benchmarks.run --only PART`; each table says when, at
which commit and on what it was measured. Every ratio was measured in one run on one machine, the two sides
in turns; times alone say little elsewhere. Times are medians; *busy* is the processor's part of them, which
other work on the machine hardly lengthens. All writes of Workbench are durable (SQLite: WAL,
`synchronous=FULL`). Every target is such a ratio; what was measured elsewhere (Kanboard, published figures)
is context. *Before* is what the table held when it was written anew.
"""
_MISSED, _GONE = "Missed", "Measured before, in another form"
_NOT_MET = "**missed**"


@dataclass(frozen=True)
class Row:
    """A line of a table of RESULTS.md."""

    topic: str
    what: str
    before: str
    value: str
    target: str
    verdict: str


@dataclass(frozen=True)
class Results:
    """What RESULTS.md holds."""

    #: Of each topic when, at which commit and on what it was measured.
    facts: dict[str, str] = field(default_factory=dict)
    #: Of each topic its table.
    tables: dict[str, list[Row]] = field(default_factory=dict)
    #: What is measured no more, in lines that begin with their topics.
    gone: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> Results:
        """Read the file; without one there are none."""
        found, topic = cls(), ""
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            if line.startswith("## "):
                topic = line.removeprefix("## ")
            elif line.startswith("Measured ") and topic:
                found.facts[topic] = line
            elif line.startswith("| ") and not line.startswith(("| What", "| ---")):
                cells = [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]
                found.tables.setdefault(topic, []).append(Row(topic, *cells))
            elif line.startswith("- ") and topic == _GONE:
                found.gone.append(line)
        return found

    @property
    def rows(self) -> list[Row]:
        """All lines of all tables."""
        return [row for table in self.tables.values() for row in table]

    def with_measured(self, figures: Sequence[Figure], facts: str, *, all_of_it: bool = False) -> Results:
        """Return these with what was measured now; other tables stay, unless this is all there is."""
        new = _tables(figures, self)
        left = {} if all_of_it else {topic: table for topic, table in self.tables.items() if topic not in new}
        measured = {key_of(item.topic, item.what) for item in figures}
        gone = [] if all_of_it else [line for line in self.gone if not _is_of(line, new)]
        gone += [
            f"- {row.topic}: {row.what}: {row.value}"
            for row in self.rows
            if row.topic not in left and key_of(row.topic, row.what) not in measured
        ]
        known = {topic: self.facts[topic] for topic in left if topic in self.facts}
        return Results({**known, **dict.fromkeys(new, facts)}, {**left, **new}, gone)

    def write(self, path: Path) -> None:
        """Write the file: misses first, then a table of each topic, last what is measured no more."""
        missed = [
            f"- {row.topic}: {row.what}: {row.value}; {row.target}"
            for row in self.rows
            if row.verdict == _NOT_MET
        ]
        parts = [
            _INTRODUCTION.rstrip(),
            _section(_MISSED, missed),
            *self._sections(),
            _section(_GONE, self.gone),
        ]
        path.write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")

    def _sections(self) -> Iterator[str]:
        for topic, table in sorted(self.tables.items()):
            facts = [self.facts[topic], ""] if topic in self.facts else []
            yield _section(topic, [*facts, *_lines(table)])


def machine() -> str:
    """Say in a line what figures of now depend on; nothing that names the machine."""
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} at {_commit()}: {_processor()}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f} at the start, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, {platform.system()}"
    )


def as_table(figures: Sequence[Figure], before: Results | None = None) -> str:
    """Return figures as Markdown, a table per topic, beside what was measured before."""
    tables = _tables(figures, before or Results())
    return "\n\n".join(_section(topic, _lines(table)) for topic, table in sorted(tables.items())) + "\n"


def _tables(figures: Sequence[Figure], before: Results) -> dict[str, list[Row]]:
    earlier = {key_of(row.topic, row.what): row.value for row in before.rows}
    found: dict[str, list[Row]] = {}
    for item in figures:
        was = earlier.get(key_of(item.topic, item.what), "")
        row = Row(item.topic, item.what, was, item.value, item.target, item.verdict)
        found.setdefault(item.topic, []).append(row)
    return found


def _lines(table: Sequence[Row]) -> list[str]:
    head = ["What", "Before", "Measured", "Target", ""]
    cells = ([row.what, row.before, row.value, row.target, row.verdict] for row in table)
    return [_line(head), _line(["---"] * len(head)), *map(_line, cells)]


def _is_of(line: str, topics: Iterable[str]) -> bool:
    return any(line.startswith(f"- {topic}: ") for topic in topics)


def _commit() -> str:
    """Name the commit of this tree, and say whether anything but the results differs from it."""
    here, but_results = PATH.parent, f":(exclude){Path(__file__).with_name('RESULTS.md').name}"
    words = (["rev-parse", "--short=10", "HEAD"], ["status", "--porcelain", "--", "..", but_results])
    name, changed = (
        subprocess.run(["git", *one], cwd=here, capture_output=True, text=True, check=False).stdout.strip()
        for one in words
    )
    return f"`{name or 'no commit'}`{' with changes' if changed else ''}"


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
