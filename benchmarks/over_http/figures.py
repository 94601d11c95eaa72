"""The figures of the HTTP side, each a ratio of one run, for the table of results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle

from benchmarks import measure
from benchmarks.measure import Figure
from benchmarks.over_http import beside_floor, costs, processes, watching
from benchmarks.over_http.addresses import ADDRESSES, ASKED, Page
from benchmarks.over_http.beside_floor import LIMIT
from benchmarks.over_http.costs import Side
from benchmarks.over_http.crowds import Crowd, crowds
from benchmarks.over_http.site import Site

_PEOPLE = ("admin", "member")
#: So many people open pages beside the viewers.
_OPENERS = 4
_CLIENTS = (1, 16, 64)
#: Processor time at 16 clients : at one; least share of a worker on two processors; a poll : a static 304.
_MANY, _SHARE, _POLL = 1.15, 0.4, 3
#: The 95th percentile beside viewers : without; processor time at 100,000 : at 10,000 tasks; memory likewise.
_VIEWED, _GROWN, _MEMORY = 2, 1.5, 1.2


@dataclass(frozen=True)
class Effort:
    """How much is asked: the numbers that make a run long or short."""

    requests: int = 50
    crowd: int = 180
    viewers: int = 1_000
    writers: int = 5
    seconds: float = 30.0
    pages: Sequence[str] = tuple(ADDRESSES)
    people: Sequence[str] = _PEOPLE
    clients: Sequence[int] = _CLIENTS
    paces: watching.Paces = watching.PEOPLE


def pages(running: Site, effort: Effort, database: str = "") -> list[Figure]:
    """Return what each page costs beside its floor page."""
    topic = f"Pages beside their floor pages, {running.prepared.tasks:,} tasks{database}"
    found = []
    for name in effort.pages:
        for who in effort.people:
            one = beside_floor.beside_floor(running, running.page(name, who), requests=effort.requests)
            cold, warm = one.cold, one.warm
            value = (
                f"{one.ratio:.2f}x cold ({_pair(cold['page'].median, cold['floor'].median)}),"
                f" {warm['page'].median / warm['floor'].median:.2f}x warm"
                f" ({_pair(warm['page'].median, warm['floor'].median)}); {one.cards} cards,"
                f" {one.sizes['page'] / 1000:.0f} against {one.sizes['floor'] / 1000:.0f} kB;"
                f" p50 {measure.ms(warm['page'].quantile(0.5))},"
                f" p95 {measure.ms(warm['page'].quantile(0.95))}"
            )
            is_asked = name in ASKED
            target, met = (f"at most {LIMIT:g}x cold", one.ratio <= LIMIT) if is_asked else ("", None)
            found.append(Figure(topic=topic, what=f"{name}, {who}", value=value, target=target, met=met))
    return found


def many_clients(running: Site, effort: Effort, database: str = "") -> list[Figure]:
    """Return what pages cost and how many come with more clients, and how the processes share the work."""
    topic = f"Many clients at once, {running.prepared.tasks:,} tasks{database}"
    found = []
    for name in effort.pages:
        if name in ASKED:
            by_clients = crowds(running, running.page(name, "admin"), effort.clients, requests=effort.crowd)
            found += _of_crowds(topic, name, by_clients)
    return found


def _of_crowds(topic: str, name: str, by_clients: Mapping[int, Crowd]) -> list[Figure]:
    one, many, most = (by_clients[number] for number in sorted(by_clients))
    found = [
        measure.at_most(
            topic,
            f"{name}: processor time at {many.clients} clients : at {one.clients}",
            many.per_page / one.per_page,
            _MANY,
            f"{_pair(many.per_page, one.per_page)}; at {most.clients} {measure.ms(most.per_page)}",
        ),
        Figure(
            topic=topic,
            what=f"{name}: pages per second at {most.clients} clients : at {many.clients}",
            value=f"{most.per_second / many.per_second:.2f}x ({most.per_second:.1f}/s against"
            f" {many.per_second:.1f}/s; at {one.clients} {one.per_second:.1f}/s; p95 at {many.clients}"
            f" {measure.ms(many.quantile(0.95))}; client {most.client_share:.0%} busy)",
            target="at least 1x, no error",
            met=most.per_second >= many.per_second and not _failed(by_clients),
        ),
    ]
    shares = many.shares
    found.append(
        Figure(
            topic=topic,
            what=f"{name}: part of the work of each process that answers",
            value=" ".join(f"{share:.0%}" for share in shares) + f"; {_failed(by_clients)} errors",
            target=f"at least {_SHARE:.0%} each of two",
            met=len(shares) >= 2 and min(shares[:2]) >= _SHARE,
        )
    )
    return found


def _failed(by_clients: Mapping[int, Crowd]) -> int:
    return sum(crowd.failed for crowd in by_clients.values())


def polls(running: Site, effort: Effort, database: str = "") -> list[Figure]:
    """Return what polls cost that find nothing new, beside a static 304 of plain Flask, same server."""
    topic = f"Open pages that poll, {running.prepared.tasks:,} tasks{database}"
    names = [name for name in effort.pages if name != "search"]
    found = watching.poll_costs(running, names, requests=effort.requests * 2)
    plain = found["static, floor"].median
    own = f"the board's own static 304 {measure.ms(found['static, board'].median)}"
    return [
        measure.at_most(
            topic,
            f"unchanged poll of {name} : static 304",
            found[name].median / plain,
            _POLL,
            f"{_pair(found[name].median, plain)}; {own}",
        )
        for name in names
    ]


def viewers(running: Site, effort: Effort, database: str = "") -> list[Figure]:
    """Return what viewers who poll beside writers do to the pages that others open."""
    topic = f"Open pages that poll, {running.prepared.tasks:,} tasks{database}"
    found = watching.watched(
        running,
        viewers=effort.viewers,
        writers=effort.writers,
        openers=[who for _, who in zip(range(_OPENERS), cycle(effort.people), strict=False)],
        seconds=effort.seconds,
        paces=effort.paces,
    )
    statuses = ", ".join(f"{number} x {status}" for status, number in sorted(found.polls.statuses.items()))
    return [
        measure.at_most(
            topic,
            f"p95 of pages beside {effort.viewers} viewers, {effort.writers} writers : without viewers",
            found.ratio,
            _VIEWED,
            f"{_pair(found.beside.quantile(0.95), found.alone.quantile(0.95))}; server busy"
            f" {found.load:.2f} processors; polls {statuses}, p95 {measure.ms(found.polls.quantile(0.95))}",
        )
    ]


def growth(sites: Mapping[int, Site], effort: Effort, database: str = "") -> list[Figure]:
    """Return what pages cost with more tasks, cold, and what memory each process came to by the same load."""
    topic = f"More tasks{database}"
    found = []
    for name in effort.pages:
        for who in effort.people:
            found += _grown(topic, sites, name, who, effort.requests)
    few, many = min(sites), max(sites)
    memory = {tasks: max(processes.peak_memory(sites[tasks].board.pid).values()) for tasks in sites}
    amounts = ", ".join(f"{peak / 1e6:.0f} MB with {tasks:,}" for tasks, peak in memory.items())
    what = f"peak memory of a process with {many:,} tasks : with {few:,}"
    found.append(measure.at_most(topic, what, memory[many] / memory[few], _MEMORY, amounts))
    return found


def _grown(topic: str, sites: Mapping[int, Site], name: str, who: str, requests: int) -> list[Figure]:
    asked: dict[int, Page] = {tasks: running.page(name, who) for tasks, running in sites.items()}
    cards = {tasks: beside_floor.cards_of(sites[tasks], page) for tasks, page in asked.items()}
    sides = {
        str(tasks): Side(running.board, running.asked(asked[tasks], fresh=True))
        for tasks, running in sites.items()
    }

    def write() -> None:
        for running in sites.values():
            running.write()

    found = costs.in_turns(
        next(iter(sites.values())).client, sides, requests=max(3, requests // 2), batch=1, before=write
    )
    *_, some, many = sorted(sites)
    ratio = found[str(many)].median / found[str(some)].median
    detail = ", ".join(
        f"{measure.ms(found[str(tasks)].median)} and {cards[tasks]} cards with {tasks:,}" for tasks in sites
    )
    what = f"{name}, {who}: {many:,} tasks : {some:,}"
    if cards[many] == cards[some]:
        return [measure.at_most(topic, what, ratio, _GROWN, detail)]
    return [Figure(topic=topic, what=what, value=f"{ratio:.2f}x ({detail})")]


def _pair(ours: float, theirs: float) -> str:
    return f"{measure.ms(ours)} against {measure.ms(theirs)}"
