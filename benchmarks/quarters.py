"""Lets quarters of a year go by, each by another seed, and looks for reminders that were lost or sent twice.

``tests/engine/reminders/test_quarter.py`` has one with a fixed seed; this is the long run. In each there are
40 bundles and two schedules in three zones whose clocks change, people who are away or leave, two schedulers
that are killed, days without any, and a clock that jumps two hours. A quarter takes about two minutes.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

from tests.engine.reminders.quarter import end
from tests.engine.reminders.quarter.house import Plan
from tests.engine.reminders.quarter.life import Quarter

#: In which the clocks of New York, Berlin and Sydney change.
_SEASONS = (date(2027, 2, 22), date(2027, 9, 13), date(2028, 2, 21), date(2028, 9, 11))
_DIGESTS = (None, "09:00", None, "16:30")
_DAYS, _BUNDLES = 92, 40
_MOST_SAID = 10


def plan_of(seed: int) -> Plan:
    """Return the quarter of a seed: which season it is, and whether there is a digest, follow from it."""
    return Plan(
        begins=_SEASONS[seed % len(_SEASONS)] + timedelta(days=seed // len(_SEASONS) % 7),
        days=_DAYS,
        bundles=_BUNDLES,
        seed=seed,
        digest=_DIGESTS[seed // len(_SEASONS) % len(_DIGESTS)],
    )


def run(plan: Plan) -> tuple[list[str], Counter[str]]:
    """Let a quarter go by; return what was wrong with it, and what was seen."""
    with (
        tempfile.TemporaryDirectory(prefix="workbench-quarter-") as place,
        closing(Quarter(Path(place), plan)) as quarter,
    ):
        quarter.run()
        return end.faults(quarter), end.seen(quarter) + quarter.happened


def main(words: Sequence[str] | None = None) -> int:
    """Let so many go by; return 1 where anything was wrong, with the seed that shows it again."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quarters", description=__doc__)
    parser.add_argument("--quarters", type=int, default=4, help="how many; the default is 4")
    parser.add_argument("--seed", type=int, default=1, help="that of the first, counted on for the others")
    given = parser.parse_args(words)
    logging.disable(logging.WARNING)  # workers that are killed, and clocks that are set back, by the hundred
    all_faults = 0
    for seed in range(given.seed, given.seed + given.quarters):
        began, plan = time.monotonic(), plan_of(seed)
        faults, seen = run(plan)
        all_faults += len(faults)
        kills = sum(count for what, count in seen.items() if what.startswith("killed"))
        print(
            f"Seed {seed}, {plan.days} days from {plan.begins}, digest {plan.digest or 'none'}: "
            f"{seen['intended']} intended, of these {seen['not written']} explained; {seen['sent']} sent, "
            f"{seen['late']} late, {seen['coalesced']} told by others, {seen['suppressed']} pointless; "
            f"{kills} kills; {len(faults)} faults; {time.monotonic() - began:.0f} s",
            flush=True,
        )
        for fault in faults[:_MOST_SAID]:
            print(f"  {fault}", flush=True)
    return int(all_faults > 0)


if __name__ == "__main__":
    sys.exit(main())
