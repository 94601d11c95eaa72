"""What the page of somebody else takes beside eight attackers, who send the worst that each budget allows.

``python -m benchmarks.attackers`` serves a store with as many processes as ``workbench serve`` chooses. A
member opens the board, a task, the search and the inbox one after another, as people do: in quiet, beside
eight attackers who each send one request after another over a connection of their own, and in quiet again.
It prints both medians, their ratio, and how many requests of the attackers were answered in a second.
"""

from __future__ import annotations

import argparse
import re
import socket
import statistics
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from benchmarks import attacks, measure, results
from benchmarks.attacks import Attack, Attacker
from benchmarks.measure import Figure
from benchmarks.over_http import stores
from benchmarks.over_http.driving import Client, client
from benchmarks.over_http.serving import Session, workbench
from benchmarks.over_http.site import Board, signed_in
from benchmarks.stand import folder

ATTACKERS = 8
#: The median page beside the attackers : without them.
LIMIT = 3.0
_PAGES = ("board", "task", "search", "inbox")
#: A person opens the next page after so many seconds.
_PAUSE = (0.02, 0.08)
_HALF_OPEN = 400
_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


@dataclass(frozen=True)
class Extent:
    """How much is measured of each attack."""

    #: How many pages are opened beside it; half as many before it, and after it.
    pages: int = 32
    #: After so many seconds no further page is opened beside it, once each was.
    seconds: float = 8.0
    #: Attacks whose name holds this.
    only: str = ""
    #: Whose pages; in a tiny store only the admin sees the task.
    who: str = "member"


def main(arguments: list[str]) -> int:
    """Measure and print; return 1 where a page took more than ``LIMIT`` times as long."""
    extent = Extent()
    parser = argparse.ArgumentParser(prog="benchmarks.attackers", description=__doc__)
    parser.add_argument("--tasks", type=int, default=1_000)
    parser.add_argument("--pages", type=int, default=extent.pages, help="how many are opened per attack")
    parser.add_argument("--seconds", type=float, default=extent.seconds, help="of each attack, at most")
    parser.add_argument("--only", default="", help="attacks whose name holds this")
    chosen = parser.parse_args(arguments)
    with folder() as place:
        store = stores.copied(stores.filled(chosen.tasks, place, None), place)
        with serve(stores.prepared(store, chosen.tasks)) as board:
            figures = list(beside_attackers(board, Extent(chosen.pages, chosen.seconds, chosen.only)))
    print(f"\n{results.as_table(figures, {})}\n{results.verdict(figures)}")
    return 0 if all(figure.met for figure in figures) else 1


@contextmanager
def serve(prepared: stores.Prepared) -> Iterator[Board]:
    """Serve a store as ``workbench serve`` does by itself, with whoever is measured signed in."""
    with workbench(prepared.store) as served, signed_in(prepared, served) as board:
        yield board


def beside_attackers(board: Board, extent: Extent, database: str = "") -> Iterator[Figure]:
    """Yield the figure of each attack; ``database`` stands beside it.

    Raises:
        SystemExit: an attack does not reach what it is meant for, or a page is not shown.
    """
    with ExitStack() as opened:
        clients = opened.enter_context(client()), opened.enter_context(client())
        measuring = Measuring(board, *clients, extent, database)
        insiders = [opened.enter_context(_insider(board, number)) for number in range(ATTACKERS)]
        strangers = [opened.enter_context(_stranger(board))] * ATTACKERS
        for attackers, those in ((insiders, attacks.SIGNED_IN), (strangers, attacks.STRANGERS)):
            for attack in those:
                if extent.only in attack.name:
                    yield measuring.beside(attack, attackers)
        if extent.only in "half-open connections":
            yield measuring.beside_half_open()


@contextmanager
def half_open(address: str, number: int) -> Iterator[None]:
    """Keep connections open that begin a request and never end it."""
    parts = urlsplit(address)
    with ExitStack() as opened:
        for _ in range(number):
            one = opened.enter_context(
                socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10)
            )
            one.sendall(b"GET /board HTTP/1.1\r\nHost: x\r\n")
        yield


@contextmanager
def _insider(board: Board, number: int) -> Iterator[Attacker]:
    """Sign in one of the employees, and give them a task."""
    prepared = board.prepared
    board.writer.post(f"/tasks/{prepared.others[number]}/assign", {"assignee": prepared.people[number]})
    with closing(Session(board.board)) as session:
        yield Attacker(session.sign_in(prepared.tokens[prepared.emails[number]]), prepared.others[number])


@contextmanager
def _stranger(board: Board) -> Iterator[Attacker]:
    """Learn the token of the page for signing in."""
    with closing(Session(board.board)) as session:
        found = _TOKEN.search(session.get("/sign-in", plain=True))
        session.token = found[1] if found else ""
        yield Attacker(session)


@dataclass(frozen=True)
class Measuring:
    """Whoever opens pages, and the crowd beside them."""

    board: Board
    victim: Client
    crowd: Client
    extent: Extent
    database: str

    def beside(self, attack: Attack, attackers: list[Attacker]) -> Figure:
        """Measure before, beside and after an attack."""
        attacks.require_it_arrives(attack, attackers[0])
        orders = [[target.as_order() for target in attack.send(one)] for one in attackers]
        before = self._in_quiet()
        self.crowd.begin("pace", self.board.board.address, senders=orders, every=[0, 0], until_told=True)
        beside = self._opened(self.extent.pages)
        self.crowd.tell_to_end()
        sent = self.crowd.finish()
        each = ", ".join(f"{number} x {status}" for status, number in sorted(sent.statuses.items()))
        told = f"attackers {len(sent.times) / sent.seconds:.0f} requests a second: {each}"
        return self._figure(attack.name, [*before, *self._in_quiet()], beside, told)

    def beside_half_open(self) -> Figure:
        """Measure before, beside and after connections that begin a request and never end it."""
        before = self._in_quiet()
        with half_open(self.board.board.address, _HALF_OPEN):
            beside = self._opened(self.extent.pages)
        told = f"{_HALF_OPEN} connections"
        return self._figure("half-open connections", [*before, *self._in_quiet()], beside, told)

    def _in_quiet(self) -> list[float]:
        return self._opened(max(len(_PAGES), self.extent.pages // 2))

    def _opened(self, pages: int) -> list[float]:
        """Open pages, one after another; return the time that each took."""
        targets = [self.board.asked(self.board.page(name, self.extent.who), fresh=True) for name in _PAGES]
        self.victim.begin(
            "pace",
            self.board.board.address,
            senders=[[target.as_order() for target in targets]],
            every=list(_PAUSE),
            seconds=self.extent.seconds,
            requests=[len(_PAGES), pages],
        )
        outcome = self.victim.finish()
        if outcome.failed:
            raise SystemExit(f"The pages were answered with {outcome.statuses}.")
        return outcome.times

    def _figure(self, name: str, quiet: list[float], beside: list[float], told: str) -> Figure:
        alone, attacked = statistics.median(quiet), statistics.median(beside)
        detail = f"{measure.ms(attacked)} against {measure.ms(alone)}; {told}"
        print(f"... {name}: {attacked / alone:.2f}x ({detail})", file=sys.stderr, flush=True)
        topic = f"The median page beside {ATTACKERS} attackers{self.database}"
        return measure.at_most(topic, name, attacked / alone, LIMIT, detail)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
