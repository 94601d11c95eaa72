"""Many clients at once: what a page then costs, how many come, which process does the work."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.over_http import processes
from benchmarks.over_http.addresses import Page
from benchmarks.over_http.driving import Outcome
from benchmarks.over_http.site import Site

_ROUNDS = 5
#: So many requests of each client, at least, in a round: connecting is no part of a page.
_EACH = 4
#: A process that did less than this share of the work answers no requests: it looks after those that do.
_BYSTANDER = 0.02


@dataclass
class Crowd:
    """How a page came to a number of clients."""

    clients: int
    outcomes: list[Outcome] = field(default_factory=list)
    #: Processor time of the server per page in each round, in seconds.
    costs: list[float] = field(default_factory=list)
    #: Of each process, in seconds.
    busy: Counter[int] = field(default_factory=Counter)

    @property
    def answered(self) -> int:
        """How many requests were answered as they should be."""
        return sum(outcome.answered for outcome in self.outcomes)

    @property
    def failed(self) -> int:
        """How many were not."""
        return sum(outcome.failed for outcome in self.outcomes)

    @property
    def per_page(self) -> float:
        """Processor time of the server per page, in seconds, in the middle round."""
        return statistics.median(self.costs)

    @property
    def per_second(self) -> float:
        """Pages per second while so many ask, in the middle round.

        The end of a round is no part of it: fewer and fewer clients ask then, and one process after the other
        has nothing to do, for longer where there were more of them.
        """
        together = [outcome.together for outcome in self.outcomes if outcome.together is not None]
        return statistics.median(answers / seconds for answers, seconds in together)

    @property
    def shares(self) -> list[float]:
        """What part of the work each process did that answers requests, the busiest first."""
        whole = sum(self.busy.values())
        found = sorted((seconds / whole for seconds in self.busy.values()), reverse=True)
        return [share for share in found if share >= _BYSTANDER]

    @property
    def client_share(self) -> float:
        """How busy the client was, of one processor: near 1 it is what holds up."""
        return sum(outcome.busy for outcome in self.outcomes) / sum(
            outcome.seconds for outcome in self.outcomes
        )

    def quantile(self, share: float) -> float:
        """The time that this share of the answers stayed under, in seconds."""
        found = sorted(time for outcome in self.outcomes for time in outcome.times)
        return found[min(len(found) - 1, int(len(found) * share))] if found else float("nan")


def crowds(running: Site, page: Page, clients: Sequence[int], *, requests: int) -> dict[int, Crowd]:
    """Ask for a page by so many clients, in turns; each address is new, so that no work is used twice.

    Each number of clients asks as often, and another one begins each round: what else the machine does
    meanwhile meets all alike.
    """
    found = {number: Crowd(number) for number in clients}
    target, server = running.asked(page, fresh=True), running.board
    running.client.load(server.address, [target], requests=max(clients), clients=max(clients))
    count = max(requests // _ROUNDS, _EACH * max(clients))
    for turn in range(_ROUNDS):
        for number in [*clients, *clients][turn % len(clients) :][: len(clients)]:
            crowd, before = found[number], server.processor_seconds()
            outcome = running.client.load(server.address, [target], requests=count, clients=number)
            used = processes.used(before, server.processor_seconds())
            crowd.outcomes.append(outcome)
            crowd.costs.append(sum(used.values()) / max(1, outcome.answered))
            crowd.busy.update(used)
    return found
