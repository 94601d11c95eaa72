"""Open pages that poll: what one costs that finds nothing new, and what hundreds of viewers do to a page."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any
from urllib.parse import urlencode

from benchmarks.over_http import costs, processes
from benchmarks.over_http.costs import Cost, Side
from benchmarks.over_http.driving import Client, Outcome, Target, client
from benchmarks.over_http.serving import Session
from benchmarks.over_http.site import Site

#: Of twenty viewers so many look at each page.
_VIEWED = {"board": 8, "my work": 5, "inbox": 2, "list": 2, "task": 2, "bundle": 1}
_STATIC = "/static/app.css"
Span = tuple[float, float]


@dataclass(frozen=True)
class Paces:
    """How long, from and to, in seconds, people wait between one thing and the next."""

    #: As the page's script polls (web/static/app.js).
    polls: Span = (4.0, 5.0)
    writes: Span = (4.0, 6.0)
    #: Whoever opens pages looks at each for so long.
    opens: Span = (0.4, 0.8)


PEOPLE = Paces()


def poll_costs(running: Site, names: Sequence[str], *, requests: int) -> dict[str, Cost]:
    """Return what unchanged polls of pages cost, beside a static 304 of each server."""
    admin = running.sessions["admin"]
    sides = {
        name: Side(running.board, _poll(admin, running.page(name, "admin").address + "fresh=0"), 304)
        for name in names
    }
    for name, server in (("static, floor", running.floor), ("static, board", running.board)):
        with closing(Session(server)) as anybody:
            tag = anybody.tag_of(_STATIC)
        target = Target(path=_STATIC, headers={**admin.headers, "If-None-Match": tag})
        sides[name] = Side(server, target, 304)
    return costs.in_turns(running.client, sides, requests=requests)


def _poll(who: Session, path: str) -> Target:
    """Return the poll of a page that has not changed since it was opened."""
    return Target(path=path, headers={**who.headers, "X-Live": "1", "If-None-Match": who.tag_of(path)})


@dataclass(frozen=True)
class Watched:
    """Pages opened beside writers, without viewers and with them."""

    alone: Outcome
    beside: Outcome
    polls: Outcome
    #: How busy the server was with the viewers, in processors.
    load: float

    @property
    def ratio(self) -> float:
        """The 95th percentile of pages with viewers, as a multiple of that without."""
        return self.beside.quantile(0.95) / self.alone.quantile(0.95)


def watched(
    running: Site,
    *,
    viewers: int,
    writers: int,
    openers: Sequence[str],
    seconds: float,
    paces: Paces = PEOPLE,
) -> Watched:
    """Open pages beside writers for some seconds, then again with so many viewers that poll.

    ``openers`` says who opens them: ``admin`` or ``member``, each of them one page after another.
    """
    people = _signed_in(running, viewers)
    opening: dict[str, Any] = {
        "senders": [
            [running.asked(running.page(name, who), fresh=True).as_order() for name in _VIEWED]
            for who in openers
        ],
        "every": paces.opens,
        "seconds": seconds,
    }
    viewing: dict[str, Any] = {"targets": _views(running, people, viewers), "every": paces.polls}
    address = running.board.address
    with ExitStack() as open_clients:
        pages, writes, views = (open_clients.enter_context(client()) for _ in range(3))
        first = _writing(running, writers, running.prepared.people, paces.writes)
        alone = _opened(address, pages, opening, writes, first)
        # Everybody opens a page first: that takes one round of polls, which is not part of what is measured.
        warm = paces.polls[1]
        views.begin("view", address, **viewing, seconds=seconds + 2 * warm)
        pages.begin("pace", address, **{**opening, "seconds": warm})
        pages.finish()
        before = running.board.processor_seconds()
        others = running.prepared.people[::-1]  # not those who have the tasks already
        then = _writing(running, writers, others, paces.writes)
        beside = _opened(address, pages, opening, writes, then)
        spent = sum(processes.used(before, running.board.processor_seconds()).values())
        return Watched(alone, beside, views.finish(), spent / beside.seconds)


def _opened(
    address: str, pages: Client, opening: dict[str, Any], writes: Client, writing: dict[str, Any]
) -> Outcome:
    writes.begin("pace", address, **{**writing, "seconds": opening["seconds"]})
    pages.begin("pace", address, **opening)
    found = pages.finish()
    _expect_answers(found, "opened pages")
    _expect_answers(writes.finish(), "writes")
    return found


def _expect_answers(outcome: Outcome, what: str) -> None:
    if not outcome.answered or outcome.failed:
        raise SystemExit(f"Of {what} not all were answered: {outcome.statuses} {outcome.sample[:2000]}")


def _signed_in(running: Site, most: int) -> list[Session]:
    """Sign everybody else in, as far as there is anybody to look for them."""
    prepared = running.prepared
    used = {prepared.tokens[prepared.admin], prepared.tokens[prepared.member], prepared.writer}
    people = list(running.sessions.values())
    for token in prepared.tokens.values():
        if token not in used and len(people) < most:
            with closing(Session(running.board)) as session:
                people.append(session.sign_in(token))
    return people


def _views(running: Site, people: Sequence[Session], viewers: int) -> list[dict[str, Any]]:
    """Return what each viewer looks at: people in turns, pages as they are usually open."""
    names = cycle([name for name, times in _VIEWED.items() for _ in range(times)])
    pairs = islice(zip(cycle(people), names, strict=False), viewers)
    views = []
    for who, name in pairs:
        # The task and its bundle are the member's and the admin's; others look at their own work instead.
        is_theirs = who in running.sessions.values() or name not in ("task", "bundle")
        address = running.page(name if is_theirs else "my work", "admin").address
        views.append(Target(path=address + "fresh=0", headers=who.headers).as_order())
    return views


def _writing(running: Site, writers: int, people: Sequence[str], every: Span) -> dict[str, Any]:
    """Return what the writers send: tasks of theirs go to one person after another."""
    prepared, admin = running.prepared, running.writer
    headers = {**admin.headers, **admin.form_headers}
    found = []
    for number in range(writers):
        tasks = prepared.others[number::writers]
        turns = zip(cycle(tasks), people, strict=False)
        found.append(
            [
                Target(
                    path=f"/tasks/{task}/assign",
                    headers=headers,
                    method="POST",
                    body=urlencode({"assignee": person}),
                ).as_order()
                for task, person in turns
            ]
        )
    return {"senders": found, "every": every}
