"""The entry of ``make bench``: measures everything in one run, prints it, and keeps it in RESULTS.md.

``--quick`` measures a small part in seconds and keeps nothing; ``--tasks`` sets how many are the many.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from benchmarks import creating, exporting, postgres, reading, results, starting
from benchmarks.fill import fill
from benchmarks.measure import Figure
from benchmarks.stand import folder, stand

_FEW, _SOME, _MANY = 1_000, 10_000, 100_000
_MANY_ON_POSTGRESQL = 10_000


def main(arguments: list[str]) -> int:
    """Measure and print; return 0, also where a target is missed: a benchmark is no test."""
    parser = argparse.ArgumentParser(prog="benchmarks.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a first look in seconds; keeps nothing")
    parser.add_argument("--tasks", type=int, default=_MANY, help="how many tasks are many (default 100,000)")
    chosen = parser.parse_args(arguments)
    began, facts = time.perf_counter(), results.machine()
    with folder() as place:
        if chosen.quick:
            figures = quick(place)
        else:
            figures = everything(place, chosen.tasks)
            results.keep(figures, facts, time.perf_counter() - began)
            _tell("the same on PostgreSQL")
            many = min(chosen.tasks, _MANY_ON_POSTGRESQL)
            database, more = postgres.figures(place, few=_FEW, many=many, times=10)
            figures, facts = figures + more, [*facts, f"PostgreSQL {database}"]
    seconds = time.perf_counter() - began
    print(f"\n{results.as_table(figures)}\n{results.verdict(figures)}\nTook {seconds:.0f} s.")
    if not chosen.quick:
        results.keep(figures, facts, seconds)
    return 0


def quick(place: Path) -> list[Figure]:
    """Return a few figures from a store of few tasks."""
    with stand(place) as engine:
        fill(engine, 100)
        return [*creating.quick(engine), *reading.lists(engine, 1), *starting.beside_spiff(engine, 1)]


def everything(place: Path, many: int) -> list[Figure]:
    """Return all figures on SQLite."""
    figures: list[Figure] = []
    with stand(place) as small, stand(place) as large:
        _tell(f"filling stores with {_FEW:,} and {_SOME:,} tasks")
        fill(small, _FEW)
        fill(large, _SOME)
        _tell("creating beside raw SQLite and TinyDB, reading, starting bundles")
        figures += creating.beside_raw(large, rounds=30)
        figures += creating.beside_tinydb(large, place, creates=1)
        figures += reading.beside_kanboard(large, times=30)
        figures += starting.beside_spiff(large, rounds=30)
        _tell(f"filling the larger store with {many:,} tasks")
        fill(large, many)
        _tell("creating, reading, exporting with that many")
        figures += creating.growth(small, large, rounds=20)
        figures += reading.lists(large, times=20)
        figures += reading.board_and_statistics(large, times=20)
        figures += reading.waiting(large, times=20)
        figures += reading.reported(large, times=3)
        figures += exporting.export(large, place)
    return figures


def _tell(what: str) -> None:
    print(f"... {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
