"""The entry of ``make bench``: measures everything in one run, prints it, and keeps it in RESULTS.md.

``--quick`` measures a small part of everything in a minute and keeps nothing; ``--tasks`` sets how many are
the many; ``--keep`` names a folder where filled stores are kept; ``--only`` measures one part, and leaves the
figures of all others in RESULTS.md as they are.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import (
    attackers,
    beside_sql,
    commands,
    content,
    creating,
    evidencing,
    executing,
    exporting,
    feeding,
    impacts,
    postgres,
    raw_writes,
    reading,
    reminding,
    results,
    starting,
)
from benchmarks.measure import Figure
from benchmarks.over_http import api, pouring, stores
from benchmarks.over_http import figures as pages
from benchmarks.over_http.figures import Effort
from benchmarks.over_http.serving import Store
from benchmarks.over_http.site import Site, site
from benchmarks.over_http.watching import Paces
from benchmarks.stand import Stand, folder, stand

_FEW, _SOME, _MANY = 1_000, 10_000, 100_000


@dataclass(frozen=True)
class Scale:
    """How much is measured: stores of three sizes, how often, and how much over HTTP."""

    few: int = _FEW
    some: int = _SOME
    many: int = _MANY
    #: Reminders of the past.
    past: int = 1_000_000
    times: int = 20
    #: How many templates the content has.
    templates: int = 1_000
    effort: Effort = field(default_factory=Effort)
    attacked: attackers.Extent = field(default_factory=attackers.Extent)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The three, each once."""
        return tuple(dict.fromkeys((self.few, self.some, self.many)))


#: A run in a minute: one page of one person, a handful of requests, stores that take a second to fill.
QUICK = Scale(
    60,
    90,
    120,
    past=500,
    times=2,
    templates=60,
    effort=Effort(
        requests=4,
        crowd=12,
        viewers=6,
        writers=2,
        seconds=2,
        pages=("list",),
        people=("admin",),
        clients=(1, 2, 4),
        paces=Paces(polls=(0.2, 0.4), writes=(0.3, 0.6), opens=(0.1, 0.2)),
    ),
    attacked=attackers.Extent(pages=4, seconds=1, only="forms", who="admin"),
)


@dataclass(frozen=True)
class Ground:
    """What is measured on: a store of each size, copied for this run; one part after another writes to it."""

    stores: Mapping[int, Store]
    scale: Scale
    #: Gives a copy, under a name, of a store where about as many tasks are open as the middle one has.
    active: Callable[[str], Store]
    #: What stands beside each figure; empty for SQLite.
    database: str = ""
    #: On PostgreSQL another database with the rows of the middle store, for plain SQL to write to.
    twin: str | None = None
    #: On PostgreSQL what makes an empty database and gives its URL.
    empty: Callable[[], str] | None = None

    @contextmanager
    def stands(self) -> Iterator[Mapping[int, Stand]]:
        """Give an engine on each store."""
        with ExitStack() as opened:
            yield {
                tasks: opened.enter_context(stand(store.repository.parent, store.database))
                for tasks, store in self.stores.items()
            }

    @contextmanager
    def site(self, tasks: int) -> Iterator[Site]:
        """Give the servers on one store."""
        with site(stores.prepared(self.stores[tasks], tasks)) as running:
            yield running

    @contextmanager
    def sites(self) -> Iterator[Mapping[int, Site]]:
        """Give the servers on each store."""
        with ExitStack() as opened:
            yield {tasks: opened.enter_context(self.site(tasks)) for tasks in self.stores}


def main(arguments: list[str]) -> int:
    """Measure and print; return 0, also where a target is missed: a benchmark is no test."""
    parser = argparse.ArgumentParser(prog="benchmarks.run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a first look in a minute; keeps nothing")
    parser.add_argument("--tasks", type=int, default=_MANY, help="how many tasks are many (default 100,000)")
    parser.add_argument("--keep", type=Path, help="a folder where filled stores are kept for the next run")
    parser.add_argument("--only", choices=PARTS, help="one part; the figures of the others stay")
    chosen = parser.parse_args(arguments)
    scale = QUICK if chosen.quick else Scale(many=chosen.tasks)
    parts = [chosen.only] if chosen.only else list(PARTS)
    began, facts, before = time.perf_counter(), results.machine(), results.Results.read(results.PATH)
    figures: list[Figure] = []
    for database, found in measured(scale, parts, chosen.keep):
        figures += found
        if database:
            facts += f", PostgreSQL {database}"
        if not chosen.quick:  # what was measured stays, whatever happens to the rest
            before.with_measured(figures, facts).write(results.PATH)
    if not chosen.quick and not chosen.only:
        before.with_measured(figures, facts, all_of_it=True).write(results.PATH)
    print(f"\n{results.as_table(figures, before)}\n{results.verdict(figures)}")
    print(f"Took {time.perf_counter() - began:.0f} s.")
    return 0


def measured(scale: Scale, parts: list[str], keep: Path | None) -> Iterator[tuple[str, list[Figure]]]:
    """Yield the figures of each part on SQLite, then on PostgreSQL, with the version of PostgreSQL once."""
    with folder() as place:
        sizes = () if _STORES_OF_THEIR_OWN.issuperset(parts) else scale.sizes
        if sizes:
            _tell(f"filling stores with {', '.join(f'{tasks:,}' for tasks in sizes)} tasks")
        homes = {tasks: stores.filled(tasks, place, keep) for tasks in sizes}
        copies = {tasks: stores.copied(home, place) for tasks, home in homes.items()}

        def active(name: str) -> Store:
            # Of the tasks of a bundle that is not finished, every second one is open.
            return stores.copied(stores.filled(2 * scale.some, place, keep, finished_in_ten=0), place, name)

        for part in parts:
            _tell(f"{part}, on SQLite")
            yield "", PARTS[part](Ground(copies, scale, active))
        if both := [part for part in parts if part not in _SQLITE_ALONE]:
            with postgres.server() as fresh:
                yield postgres.version(fresh()), []
                _tell("pouring the same stores into PostgreSQL")
                copies = {tasks: stores.copied(home, place) for tasks, home in homes.items()}
                poured = {tasks: pouring.poured(copy, fresh()) for tasks, copy in copies.items()}
                twin = pouring.poured(copies[scale.some], fresh()).database if "writes" in both else None

                def active_poured(name: str) -> Store:
                    return pouring.poured(active(name), fresh())

                for part in both:
                    _tell(f"{part}, on PostgreSQL")
                    yield "", PARTS[part](Ground(poured, scale, active_poured, postgres.NAME, twin, fresh))


def _writes(ground: Ground) -> list[Figure]:
    """Creating tasks and starting bundles, beside plain SQL and others, and with more tasks."""
    scale, database, found = ground.scale, ground.database, []
    with ground.stands() as stands:
        few, some, many = (stands[tasks] for tasks in (scale.few, scale.some, scale.many))
        found += creating.beside_raw(some, scale.times * 5, ground.twin, database)
        found += starting.beside_raw(some, scale.times * 2, ground.twin, database)
        if not database:
            found += creating.beside_tinydb(some, ground.stores[scale.some].place, creates=1)
            found += starting.beside_spiff(some, rounds=scale.times)
        found += creating.growth(few, many, scale.times, database)
        found += starting.growth(few, many, scale.times, database)
    return found


def _reads(ground: Ground) -> list[Figure]:
    """Reading through the engine, with more tasks."""
    scale, database = ground.scale, ground.database
    with ground.stands() as stands:
        some, many = stands[scale.some], stands[scale.many]
        found = reading.lists(some, many, scale.times, database)
        found += reading.board_and_statistics(some, many, scale.times, database)
        if not database:
            found += reading.waiting(some, many, scale.times)
            found += reading.reported(some, many, times=2)
            found += reading.beside_kanboard(some, scale.times)
        return found


def _beside_sql(ground: Ground) -> list[Figure]:
    """Reading beside plain SQL, and with more tasks but as many hits."""
    scale = ground.scale
    with ground.stands() as stands:
        return beside_sql.figures(stands[scale.few], stands[scale.many], scale.times, ground.database)


def _pages(ground: Ground) -> list[Figure]:
    """Pages beside their floor pages; many clients; polls; viewers."""
    effort, database = ground.scale.effort, ground.database
    with ground.site(ground.scale.some) as running:
        return [
            *pages.pages(running, effort, database),
            *pages.many_clients(running, effort, database),
            *pages.polls(running, effort, database),
            *pages.viewers(running, effort, database),
        ]


def _attackers(ground: Ground) -> list[Figure]:
    """Pages beside eight attackers."""
    few = ground.scale.few
    with attackers.serve(stores.prepared(ground.stores[few], few)) as board:
        return list(attackers.beside_attackers(board, ground.scale.attacked, ground.database))


def _growth(ground: Ground) -> list[Figure]:
    """Pages with more tasks, and the memory of the servers after that."""
    with ground.sites() as sites:
        return pages.growth(sites, ground.scale.effort, ground.database)


def _commands(ground: Ground) -> list[Figure]:
    """The start of commands."""
    return commands.start_up(ground.stores[ground.scale.few], ground.scale.times)


def _clock(ground: Ground) -> list[Figure]:
    """Ticks beside what they read and write, and with a long past."""
    scale, database = ground.scale, ground.database
    plain, past = ground.active("plain"), ground.active("with-past")
    twin = ground.active("twin").database if database else None
    with (
        stand(plain.repository.parent, plain.database) as few,
        stand(past.repository.parent, past.database) as many,
        raw_writes.raw(few, twin) as copy,
    ):
        mornings = max(2, scale.times // 2)
        found = reminding.ticks(few, many, copy, past=scale.past, mornings=mornings, database=database)
    shutil.rmtree(past.repository.parent)  # it is large
    return found


def _impact(ground: Ground) -> list[Figure]:
    """What a change of the content means for running bundles."""
    with ground.stands() as stands:
        many = stands[ground.scale.many]
        return impacts.beside_reading(many, ground.scale.times, ground.database)


def _evidence(ground: Ground) -> list[Figure]:
    """What the work says about templates, beside one aggregate of it."""
    with ground.stands() as stands:
        return evidencing.beside_sql(stands[ground.scale.many], ground.scale.times, ground.database)


def _feed(ground: Ground) -> list[Figure]:
    """The change feed: its pages with more events, polls, and who waits."""
    scale, database = ground.scale, ground.database
    with ground.stands() as stands:
        few, many = stands[scale.few], stands[scale.many]
        return [
            *feeding.pages(few, many, scale.times, database),
            *feeding.polls(many, scale.times, database),
            feeding.waiting(many, database),
        ]


def _api(ground: Ground) -> list[Figure]:
    """Tasks made through the API beside the engine, and the times of the non-functional requirements."""
    scale = ground.scale
    store = ground.stores[scale.some]
    return api.creates(store, scale.some, each=scale.times * 10, database=ground.database)


def _export(ground: Ground) -> list[Figure]:
    """Writing and checking an export, of everything and of what changed; loading what changed."""
    scale, store = ground.scale, ground.stores[ground.scale.many]
    found: list[Figure] = []
    if not ground.database:
        with stand(store.repository.parent, store.database) as engine:
            found += exporting.export(engine, store.place)
    with ground.stands() as stands:
        few, many = stands[scale.few], stands[scale.many]
        found += exporting.changes(few, many, store.place, scale.times, ground.database)
        if ground.empty is not None:
            found += exporting.loads(
                few,
                stands[scale.some],
                store.place,
                times=scale.times,
                database=ground.database,
                empty=ground.empty,
            )
    return found


def _content(ground: Ground) -> list[Figure]:
    """Checking and comparing the content of many templates."""
    scale = ground.scale
    with folder() as place:
        return content.figures(place, scale.templates, rounds=max(2, scale.times // 4))


def _executions(ground: Ground) -> list[Figure]:
    """Automated tasks: how soon they begin, what they cost beside jobs, and the page of the queue."""
    scale = ground.scale
    with folder() as place, ExitStack() as opened:

        def fresh() -> Stand:
            return opened.enter_context(stand(place, ground.empty() if ground.empty else None))

        return executing.figures(
            fresh,
            few=scale.few,
            some=scale.some,
            many=scale.many,
            times=scale.times,
            database=ground.database,
        )


#: The parts of a run by name, in their order.
PARTS: dict[str, Callable[[Ground], list[Figure]]] = {
    "pages": _pages,
    "growth": _growth,
    "attackers": _attackers,
    "writes": _writes,
    "commands": _commands,
    "reads": _reads,
    "sql": _beside_sql,
    "clock": _clock,
    "export": _export,
    "content": _content,
    "impact": _impact,
    "evidence": _evidence,
    "feed": _feed,
    "api": _api,
    "executions": _executions,
}
_SQLITE_ALONE = frozenset({"commands", "content"})
#: What is measured on none of the three stores.
_STORES_OF_THEIR_OWN = frozenset({"clock", "content", "executions"})


def _tell(what: str) -> None:
    print(f"... {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
