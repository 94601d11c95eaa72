"""Pages beside their floor pages, over HTTP: ``python -m benchmarks.pages --tasks 1000 --page board,list``.

A floor page is the smallest Flask view that reads the same rows with plain SQL and renders the same cards
with one template, under the same server. *Cold* is the first request after a write that concerns the page,
at an address that nobody asked for before; *warm* the same request again and again. Costs are processor time
of the server and all its children per request; other work on the machine hardly lengthens it. Browsers take
compressed pages, so the board is asked for them; a floor page is sent as it is.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.over_http import costs, stores
from benchmarks.over_http.addresses import ADDRESSES, ASKED, Page
from benchmarks.over_http.costs import Cost, Side
from benchmarks.over_http.crowds import Crowd, crowds
from benchmarks.over_http.driving import Target
from benchmarks.over_http.site import Site, site

#: What a page may cost of its floor page's processor time, cold.
LIMIT = 2.5
_PEOPLE = ("admin", "member")
_HEAD = "page|who|cards|kB page:floor|cold page|floor|ratio|warm page|floor|ratio|p50 warm|p95 warm"
_CROWD_HEAD = "page|who|clients|pages/s|errors|ms busy/page|of one's|p50|p95|work of each process|client busy"


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


def main(arguments: list[str]) -> int:
    """Measure and print; return 0, also where a target is missed."""
    chosen = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="workbench-pages-") as name:
        place = Path(name)
        home = stores.filled(chosen.tasks, place, chosen.keep)
        prepared = stores.prepared(stores.copied(home, place), chosen.tasks)
        with site(prepared, tuple(chosen.serve.split())) as running:
            found = [
                beside_floor(running, running.page(page, who), requests=chosen.requests)
                for page in chosen.page
                for who in chosen.who
            ]
            print(as_table(found))
            if chosen.clients != [1]:
                pages = [one.page for one in found]
                print(
                    crowd_table(
                        [
                            (page, crowds(running, page, chosen.clients, requests=chosen.requests))
                            for page in pages
                        ]
                    )
                )
    return 0


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


def as_table(found: Sequence[Measured]) -> str:
    """Return what was measured as a table."""
    rows = [tuple(_HEAD.split("|")), *(_row(one) for one in found)]
    return f"{_aligned(rows)}\nProcessor time per request in ms; p50 and p95 as the client sees them, in ms."


def crowd_table(found: Sequence[tuple[Page, Mapping[int, Crowd]]]) -> str:
    """Return how pages came to many clients as a table."""
    rows = [tuple(_CROWD_HEAD.split("|"))]
    for page, by_clients in found:
        first = next(iter(by_clients.values())).per_page
        rows += [
            (
                page.name,
                page.who,
                str(crowd.clients),
                f"{crowd.per_second:.1f}",
                str(crowd.failed),
                _ms(crowd.per_page),
                f"{crowd.per_page / first:.2f}x",
                _ms(crowd.quantile(0.5)),
                _ms(crowd.quantile(0.95)),
                " ".join(f"{share:.0%}" for share in crowd.shares),
                f"{crowd.client_share:.0%}",
            )
            for crowd in by_clients.values()
        ]
    return _aligned(rows)


def _aligned(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "\n".join(
        "  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in rows
    )


def _row(one: Measured) -> tuple[str, ...]:
    cold, warm = one.cold, one.warm
    mark = " MISSED" if one.page.name in ASKED and one.ratio > LIMIT else ""
    return (
        one.page.name,
        one.page.who,
        str(one.cards),
        f"{one.sizes['page'] / 1000:.0f}:{one.sizes['floor'] / 1000:.0f}",
        _ms(cold["page"].median),
        _ms(cold["floor"].median),
        f"{one.ratio:.2f}x{mark}",
        _ms(warm["page"].median),
        _ms(warm["floor"].median),
        f"{warm['page'].median / warm['floor'].median:.2f}x",
        _ms(warm["page"].quantile(0.5)),
        _ms(warm["page"].quantile(0.95)),
    )


def _compared(running: Site, page: Page) -> tuple[int, dict[str, int]]:
    """Return how many cards a page shows, and its size and that of its floor page, uncompressed.

    A floor page that shows other cards is nothing to compare with: that ends the run.
    """
    client = running.client
    ours = client.load(running.board.address, [_plain(running.asked(page))], requests=1, sample=True)
    floor = client.load(running.floor.address, [running.floor_asked(page)], requests=1, sample=True)
    cards, others = (outcome.sample.count(" data-item") for outcome in (ours, floor))
    if cards != others:
        raise SystemExit(
            f"{page.name} of the {page.who} has {cards} cards, its floor page {others}; mend that."
        )
    return cards, {"page": ours.size, "floor": floor.size}


def _plain(target: Target) -> Target:
    return Target(path=target.path, headers={**target.headers, "Accept-Encoding": "identity"})


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f}"


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.pages", description=__doc__)
    parser.add_argument("--tasks", type=int, default=10_000, help="how many tasks the store holds (10,000)")
    parser.add_argument(
        "--page", type=_names(ADDRESSES), default=list(ADDRESSES), help="which pages, with commas"
    )
    parser.add_argument("--who", type=_names(_PEOPLE), default=list(_PEOPLE), help="admin, member, or both")
    parser.add_argument("--requests", type=int, default=50, help="requests to each page (50)")
    parser.add_argument("--clients", type=_numbers, default=[1], help="clients at once, such as 1,16,64 (1)")
    parser.add_argument("--keep", type=Path, help="a folder where filled stores are kept for the next run")
    parser.add_argument("--serve", default="", help="options of `workbench serve`, such as '--processes 1'")
    return parser.parse_args(arguments)


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def _names(known: Iterable[str]) -> Callable[[str], list[str]]:
    def read(text: str) -> list[str]:
        names = text.split(",")
        if unknown := [name for name in names if name not in known]:
            raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of {', '.join(known)}")
        return names

    return read


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
