"""Takes samples and turns them into figures with a target and a verdict."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Case = Callable[[], object]
#: Tells how much processor time was used so far, in seconds: by this process, or by others as well.
Busy = Callable[[], float]
#: A slow case is not asked as often as a fast one.
_FEWEST, _BUDGET_SECONDS = 3, 2.0


@dataclass
class Samples:
    """The runs of one case: how long each took, and how long it kept a processor busy, in seconds."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def take(self, case: Case, times: int = 1, busy: Busy = time.process_time) -> None:
        """Run the case that many times."""
        for _ in range(times):
            wall, cpu = time.perf_counter(), busy()
            case()
            self.wall.append(time.perf_counter() - wall)
            self.cpu.append(busy() - cpu)

    @property
    def median(self) -> float:
        """The middle of the times, in seconds."""
        return statistics.median(self.wall)

    @property
    def busy(self) -> float:
        """The middle of the processor's times, in seconds; other work on the machine lengthens it least."""
        return statistics.median(self.cpu)

    @property
    def p95(self) -> float:
        """The time that 95 in 100 runs stay under, in seconds."""
        return sorted(self.wall)[max(0, round(len(self.wall) * 0.95) - 1)]


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
    """Return ``times`` runs, after ``warm`` that do not count; fewer, but three, where they take long."""
    for _ in range(warm):
        case()
    found = Samples()
    while len(found.wall) < times and (len(found.wall) < _FEWEST or sum(found.wall) < _BUDGET_SECONDS):
        found.take(case)
    return found


def interleave(
    cases: Mapping[str, Case],
    *,
    rounds: int,
    batch: int = 1,
    warm: int = 1,
    busy: Busy = time.process_time,
) -> dict[str, Samples]:
    """Run the cases in turns, so that noise of the machine hits all of them."""
    for case in cases.values():
        for _ in range(warm):
            case()
    found = {name: Samples() for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            found[name].take(case, batch, busy)
    return found


def ms(seconds: float) -> str:
    """Return a length of time in milliseconds, as text."""
    value = seconds * 1000
    return f"{value:.2f} ms" if value < 10 else f"{value:.1f} ms" if value < 100 else f"{value:,.0f} ms"


def ratio(ours: Samples, theirs: Samples, database: str = "") -> float:
    """Return what one side takes of the other: of the processor, which other work hardly lengthens.

    With a ``database`` beside that does its part in processes of its own, of the time that passes.
    """
    return ours.median / theirs.median if database else ours.busy / theirs.busy


def pair(ours: Samples, theirs: Samples) -> str:
    """Return both sides' medians as text, with the processor's part."""
    sides = (f"{ms(side.median)}, busy {ms(side.busy)}" for side in (ours, theirs))
    return " against ".join(sides)


def at_most(topic: str, what: str, ratio: float, target: float, detail: str) -> Figure:
    """Return the figure of a ratio that should be small."""
    value = f"{ratio:.2f}x ({detail})"
    return Figure(topic=topic, what=what, value=value, target=f"at most {target:g}x", met=ratio <= target)


def at_least(topic: str, what: str, ratio: float, target: float, detail: str) -> Figure:
    """Return the figure of a ratio that should be large."""
    value = f"{ratio:,.0f}x ({detail})"
    return Figure(topic=topic, what=what, value=value, target=f"at least {target:g}x", met=ratio >= target)


def under(topic: str, what: str, samples: Samples, limit_ms: float, detail: str = "") -> Figure:
    """Return the figure of a time whose median should stay under a limit."""
    parts = [f"median {ms(samples.median)}", f"p95 {ms(samples.p95)}", f"busy {ms(samples.busy)}"]
    value = ", ".join(parts) + (f"; {detail}" if detail else "")
    met = samples.median * 1000 < limit_ms
    return Figure(topic=topic, what=what, value=value, target=f"under {limit_ms:g} ms", met=met)
