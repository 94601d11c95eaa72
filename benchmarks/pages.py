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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks import postgres, results
from benchmarks.over_http import figures, pouring, stores
from benchmarks.over_http.addresses import ADDRESSES, ASKED, Page
from benchmarks.over_http.beside_floor import LIMIT, Measured, beside_floor
from benchmarks.over_http.crowds import Crowd, crowds
from benchmarks.over_http.figures import Effort
from benchmarks.over_http.site import Site, site

_PEOPLE = ("admin", "member")
_HEAD = "page|who|cards|kB page:floor|cold page|floor|ratio|warm page|floor|ratio|p50 warm|p95 warm"
_CROWD_HEAD = "page|who|clients|pages/s|errors|ms busy/page|of one's|p50|p95|work of each process|client busy"


def main(arguments: list[str]) -> int:
    """Measure and print; return 0, also where a target is missed."""
    chosen = _options(arguments)
    with _site(chosen) as running:
        pages = [running.page(page, who) for page in chosen.page for who in chosen.who]
        print(as_table([beside_floor(running, page, requests=chosen.requests) for page in pages]))
        if chosen.clients != [1]:
            found = [crowds(running, page, chosen.clients, requests=chosen.requests) for page in pages]
            print(crowd_table(list(zip(pages, found, strict=True))))
        effort = Effort(chosen.requests, viewers=chosen.viewers, pages=chosen.page, people=chosen.who)
        more = figures.polls(running, effort) if chosen.polls else []
        more += figures.viewers(running, effort) if chosen.viewers else []
        if more:
            print(results.as_table(more))
    return 0


@contextmanager
def _site(chosen: argparse.Namespace) -> Iterator[Site]:
    """Give the servers that the options ask for."""
    with ExitStack() as opened:
        place = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="workbench-pages-")))
        store = stores.copied(stores.filled(chosen.tasks, place, chosen.keep), place)
        if chosen.postgresql:
            fresh = opened.enter_context(postgres.server())
            store = pouring.poured(store, fresh())
        prepared = stores.prepared(store, chosen.tasks)
        yield opened.enter_context(site(prepared, tuple(chosen.serve.split())))


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
    parser.add_argument("--polls", action="store_true", help="unchanged polls beside a static 304, too")
    parser.add_argument("--viewers", type=int, default=0, help="so many viewers beside five writers, too")
    parser.add_argument("--postgresql", action="store_true", help="on PostgreSQL instead of SQLite")
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
