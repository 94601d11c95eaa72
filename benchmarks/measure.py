"""Takes samples and turns them into figures with a target and a verdict."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

#: Seconds of each run.
Samples = list[float]
Case = Callable[[], object]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the results."""

    topic: str
    what: str
    #: The measured value as it is printed.
    value: str
    #: What it should be; empty where nothing is asked.
    target: str = ""
    #: Whether the target is met; None where there is none.
    met: bool | None = None

    @property
    def verdict(self) -> str:
        """``met``, ``missed`` or nothing."""
        return "" if self.met is None else "met" if self.met else "**missed**"


def sample(case: Case, times: int, *, warm: int = 1) -> Samples:
    """Return the seconds of ``times`` runs, after ``warm`` that do not count."""
    for _ in range(warm):
        case()
    return [_seconds(case) for _ in range(times)]


def interleave(cases: Mapping[str, Case], *, rounds: int, batch: int = 1, warm: int = 1) -> dict[str, Samples]:
    """Run the cases in turns, so that noise of the machine hits all of them; return the seconds of each run."""
    for case in cases.values():
        for _ in range(warm):
            case()
    found: dict[str, Samples] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            found[name] += [_seconds(case) for _ in range(batch)]
    return found


def median(samples: Samples) -> float:
    """Return the middle of the samples, in seconds."""
    return statistics.median(samples)


def p95(samples: Samples) -> float:
    """Return the value that 95 in 100 samples stay under, in seconds."""
    return sorted(samples)[max(0, round(len(samples) * 0.95) - 1)]


def ms(seconds: float) -> str:
    """Return a length of time in milliseconds, as text."""
    value = seconds * 1000
    return f"{value:.2f} ms" if value < 10 else f"{value:.1f} ms" if value < 100 else f"{value:,.0f} ms"


def at_most(topic: str, what: str, ratio: float, target: float, detail: str) -> Figure:
    """Return the figure of a ratio that should be small."""
    value = f"{ratio:.2f}x ({detail})"
    return Figure(topic=topic, what=what, value=value, target=f"at most {target:g}x", met=ratio <= target)


def at_least(topic: str, what: str, ratio: float, target: float, detail: str) -> Figure:
    """Return the figure of a ratio that should be large."""
    value = f"{ratio:,.1f}x ({detail})"
    return Figure(topic=topic, what=what, value=value, target=f"at least {target:g}x", met=ratio >= target)


def under(topic: str, what: str, samples: Samples, limit_ms: float, detail: str = "") -> Figure:
    """Return the figure of a time whose median should stay under a limit."""
    value = f"median {ms(median(samples))}, p95 {ms(p95(samples))}{f'; {detail}' if detail else ''}"
    met = median(samples) * 1000 < limit_ms
    return Figure(topic=topic, what=what, value=value, target=f"under {limit_ms:g} ms", met=met)


def _seconds(case: Case) -> float:
    start = time.perf_counter()
    case()
    return time.perf_counter() - start
