"""A page and its floor page, asked for in turns: cold and warm, as long as both show the same cards."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.over_http import costs
from benchmarks.over_http.addresses import Page
from benchmarks.over_http.costs import Cost, Side
from benchmarks.over_http.driving import Outcome, Target
from benchmarks.over_http.site import Site

#: What a page may cost of its floor page's processor time, cold.
LIMIT = 2.5


@dataclass(frozen=True)
class Measured:
    """A page beside its floor page."""

    page: Page
    cards: int
    #: Of the whole answers before they are compressed, in bytes.
    sizes: dict[str, int]
    cold: dict[str, Cost]
    warm: dict[str, Cost]

    @property
    def ratio(self) -> float:
        """What it costs cold, as a multiple of its floor page."""
        return self.cold["page"].median / self.cold["floor"].median


def beside_floor(running: Site, page: Page, *, requests: int) -> Measured:
    """Measure a page and its floor page in turns, cold and warm."""
    cards, sizes = _compared(running, page)
    floor = Side(running.floor, running.floor_asked(page))
    cold = costs.in_turns(
        running.client,
        {"page": Side(running.board, running.asked(page, fresh=True)), "floor": floor},
        requests=max(3, requests // 2),
        batch=1,
        before=running.write,
    )
    warm = costs.in_turns(
        running.client, {"page": Side(running.board, running.asked(page)), "floor": floor}, requests=requests
    )
    return Measured(page, cards, sizes, cold, warm)


def cards_of(running: Site, page: Page) -> int:
    """Return how many cards a page shows."""
    return _cards(_whole(running, page))


def _compared(running: Site, page: Page) -> tuple[int, dict[str, int]]:
    """Return how many cards a page shows, and its size and that of its floor page, uncompressed.

    A floor page that shows other cards is nothing to compare with: that ends the run.
    """
    ours = _whole(running, page)
    floor = running.client.load(running.floor.address, [running.floor_asked(page)], requests=1, sample=True)
    cards, others = _cards(ours), _cards(floor)
    if cards != others:
        raise SystemExit(
            f"{page.name} of the {page.who} has {cards} cards, its floor page {others}; mend that."
        )
    return cards, {"page": ours.size, "floor": floor.size}


def _whole(running: Site, page: Page) -> Outcome:
    """Return the answer to a page, uncompressed."""
    asked = running.asked(page)
    plain = Target(path=asked.path, headers={**asked.headers, "Accept-Encoding": "identity"})
    return running.client.load(running.board.address, [plain], requests=1, sample=True)


def _cards(outcome: Outcome) -> int:
    return outcome.sample.count(" data-item")
