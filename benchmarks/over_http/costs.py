"""What a page costs its server: processor time per request, times as a client sees them, bytes."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import cycle

from benchmarks.over_http import processes
from benchmarks.over_http.driving import Client, Target
from benchmarks.over_http.serving import Served

#: So many requests are sent between two readings of the processor's time.
BATCH = 10


@dataclass
class Cost:
    """What requests of one kind cost one server."""

    #: Processor time per request of each batch, in seconds.
    busy: list[float] = field(default_factory=list)
    #: From sending to the last byte of each answer, in seconds.
    times: list[float] = field(default_factory=list)
    #: Of the last body, in bytes.
    size: int = 0

    @property
    def median(self) -> float:
        """The middle of the processor time per request, in seconds."""
        return statistics.median(self.busy)

    def quantile(self, share: float) -> float:
        """The time that this share of the answers stayed under, in seconds."""
        found = sorted(self.times)
        return found[min(len(found) - 1, int(len(found) * share))]


@dataclass(frozen=True)
class Side:
    """One of the servers that are compared, and what it is asked."""

    server: Served
    target: Target
    #: The answer that is meant.
    status: int = 200


def in_turns(
    client: Client,
    sides: Mapping[str, Side],
    *,
    requests: int,
    batch: int = BATCH,
    before: Callable[[], object] | None = None,
) -> dict[str, Cost]:
    """Ask the sides in turns, ``before`` being called before each turn; one batch of each goes uncounted.

    Who begins a turn changes, so that neither always comes first after what ``before`` did.
    """
    costs = {name: Cost() for name in sides}
    orders = cycle([list(sides), list(sides)[::-1]])
    for turn in range(-1, max(1, requests // batch)):
        if before is not None:
            before()
        for name in next(orders):
            found = _batch(client, sides[name], batch)
            if turn >= 0:
                costs[name].busy.append(found.busy[0])
                costs[name].times += found.times
                costs[name].size = found.size
    return costs


def _batch(client: Client, side: Side, requests: int) -> Cost:
    before = side.server.processor_seconds()
    outcome = client.load(side.server.address, [side.target], requests=requests)
    spent = sum(processes.used(before, side.server.processor_seconds()).values())
    if set(outcome.statuses) != {str(side.status)}:
        raise SystemExit(f"{side.target.path} answered {dict(outcome.statuses)}, not {side.status}.")
    return Cost([spent / requests], outcome.times, outcome.size)
