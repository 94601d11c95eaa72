"""The change feed: a page of it with more events, what polls cost that find nothing, and who waits."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

from benchmarks import measure
from benchmarks.measure import Case, Figure
from benchmarks.stand import Stand
from engine.access import Actor
from engine.audit.models import Event
from engine.budgets import EVENTS_PASSED
from engine.changes.cursors import Cursors, Place
from engine.changes.feed import Changes, Feed

_TOPIC = "Change feed"
_PAGE = 100
#: What a page may cost with more events, where as many are told.
_GROWTH = 1.5
_POLLERS = 100
_POLL_MS = 5.0
_WAITED_SECONDS = 5.0
#: Of one processor, what they take who wait and are told nothing.
_WAITING_SHARE = 0.05
_PASSED_MS = 500.0


def pages(few: Stand, many: Stand, times: int, database: str = "") -> list[Figure]:
    """Return how much longer a page from the beginning and one at the end take with more events.

    A member's page grows with the work of others that lies between theirs, so nothing is asked of it.
    """
    found = []
    for name, where, begin in (
        ("admin", "first", _start),
        ("admin", "last", _near_the_end),
        ("member", "first", _start),
    ):
        sides, passed = {}, []
        for side, stand in (("many", many), ("few", few)):
            actor: Actor = getattr(stand, name)
            cursor = begin(stand, actor)
            sides[side] = _case(stand, actor, cursor)
            passed.append(f"{_read(stand, stand.workbench.changes, actor, cursor).passed:,}")
        spent = measure.interleave(sides, rounds=times, warm=2)
        ratio = measure.ratio(spent["many"], spent["few"], database)
        what = f"{where} page of {_PAGE}, {name}, {_events(many):,} : {_events(few):,} events{database}"
        detail = measure.pair(spent["many"], spent["few"])
        if name == "member":
            value = f"{ratio:.2f}x ({detail}; up to event {' : '.join(passed)})"
            found.append(Figure(topic=_TOPIC, what=what, value=value))
        else:
            found.append(measure.at_most(_TOPIC, what, ratio, _GROWTH, detail))
    return found


def polls(stand: Stand, times: int, database: str = "") -> list[Figure]:
    """Return what a poll costs that finds nothing, in turns by many, and what passing over much costs."""
    feed, pollers = stand.workbench.changes, [_another(stand.member, number) for number in range(_POLLERS)]
    cursors = {actor: _now(stand, actor) for actor in pollers}

    def poll_all() -> None:
        for actor, cursor in cursors.items():
            _read(stand, feed, actor, cursor)

    spent = measure.sample(poll_all, times)
    each = measure.Samples([one / _POLLERS for one in spent.wall], [one / _POLLERS for one in spent.cpu])
    what = f"one of {_POLLERS} polls with nothing new, {_events(stand):,} events{database}"
    stranger = _another(stand.member, _POLLERS)
    start = _start(stand, stranger)

    def pass_over() -> Changes:
        return _read(stand, Feed(stand.workbench.database), stranger, start)  # one that remembers nothing

    passing = measure.sample(pass_over, times)
    passed = min(EVENTS_PASSED, _events(stand))
    return [
        measure.under(_TOPIC, what, each, _POLL_MS),
        measure.under(_TOPIC, f"looking at {passed:,} events unseen{database}", passing, _PASSED_MS),
    ]


def waiting(stand: Stand, database: str = "") -> Figure:
    """Return what of a processor many take who wait, and are told nothing."""
    workbench, here = stand.workbench, stand.admin.workspace_id
    end, is_over = workbench.database.head(here).position, threading.Event()

    def wait() -> None:
        while not is_over.is_set():
            workbench.arrivals.wait(here, end, 1.0)

    threads = [threading.Thread(target=wait) for _ in range(_POLLERS)]
    for thread in threads:
        thread.start()
    began, busy = time.perf_counter(), time.process_time()
    time.sleep(_WAITED_SECONDS)
    share = (time.process_time() - busy) / (time.perf_counter() - began)
    is_over.set()
    for thread in threads:
        thread.join()
    return Figure(
        topic=_TOPIC,
        what=f"{_POLLERS} who wait and are told nothing{database}",
        value=f"{share:.1%} of a processor",
        target=f"at most {_WAITING_SHARE:.0%}",
        met=share <= _WAITING_SHARE,
    )


def _case(stand: Stand, actor: Actor, cursor: str) -> Case:
    feed = stand.workbench.changes
    if not _read(stand, feed, actor, cursor).events:
        raise RuntimeError("there is no page to measure")
    return lambda: _read(stand, feed, actor, cursor)


def _read(stand: Stand, feed: Feed, actor: Actor, cursor: str) -> Changes:
    with stand.workbench.reading(actor) as tx:
        return feed.after(tx, cursor, _PAGE)


def _start(stand: Stand, actor: Actor) -> str:
    feed = stand.workbench.changes
    with stand.workbench.reading(actor) as tx:
        return feed.start(tx)


def _now(stand: Stand, actor: Actor) -> str:
    feed = stand.workbench.changes
    with stand.workbench.reading(actor) as tx:
        return feed.now(tx)


def _near_the_end(stand: Stand, actor: Actor) -> str:
    """Give the cursor after which a page is left."""
    with stand.workbench.reading(actor) as tx:
        [event] = tx.find(Event, seq=[_events(stand) - _PAGE])
    cursors = Cursors(stand.workbench.database.words.secret("changes"))
    return cursors.seal(actor, Place.at(event.seq, event.hash))


def _another(actor: Actor, number: int) -> Actor:
    """Give somebody who has the same rights, and no work."""
    return replace(actor, user_id=f"usr_poller{number}", employee_id=None, assignee_roles=frozenset())


def _events(stand: Stand) -> int:
    return stand.workbench.database.head(stand.admin.workspace_id).position
