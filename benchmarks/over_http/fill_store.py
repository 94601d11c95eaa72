"""Fills a store by the benchmarks of whatever tree is found: ``python fill_store.py PLACE URL TASKS``.

Uses nothing but ``fill`` and ``stand`` there, so that an older tree fills its own stores.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.fill import fill
from benchmarks.stand import stand


def main(place: str, url: str, tasks: str) -> None:
    """Fill it."""
    with stand(Path(place), url) as engine:
        fill(engine, int(tasks))


if __name__ == "__main__":
    main(*sys.argv[1:])
