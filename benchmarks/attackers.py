"""What the page of somebody else takes beside eight attackers, who send the worst that each budget allows.

``python -m benchmarks.attackers`` serves a store with as many processes as ``workbench serve`` chooses. A
member opens the board, a task, the search and the inbox one after another, as people do, with and without
eight attackers: people who are signed in, each over a connection of their own, or strangers. It prints the
median page of both, per attack.
"""

from __future__ import annotations

import argparse
import json
import re
import socket
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from benchmarks import measure, results
from benchmarks.measure import Figure
from benchmarks.over_http import stores
from benchmarks.over_http.driving import Client, Target, client
from benchmarks.over_http.serving import Session, workbench
from benchmarks.over_http.site import Board, signed_in
from benchmarks.stand import folder
from engine import budgets

ATTACKERS = 8
#: The median page beside the attackers : without them.
LIMIT = 3.0
_PAGES = ("board", "task", "search", "inbox")
#: A person opens the next page after so many seconds.
_PAUSE = (0.05, 0.15)
_BOUNDARY = "boundary"
_HALF_OPEN = 400


@dataclass(frozen=True)
class Attacker:
    """Somebody who is signed in, with a task of their own."""

    session: Session
    task: str

    def form(self, path: str, body: str, content_type: str = "application/x-www-form-urlencoded") -> Target:
        """Return a request that changes something, with the token of the session."""
        headers = {**self.session.headers, **self.session.form_headers, "Content-Type": content_type}
        return Target(path=path, method="POST", headers=headers, body=body)

    def upload(self, name: str, content: str) -> Target:
        """Return the upload of a file to the task."""
        fields = {"label": "Report", "type": "report"}
        opening = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; name="
        parts = [f'{opening}"{field}"\r\n\r\n{value}\r\n' for field, value in fields.items()]
        parts.append(f'{opening}"file"; filename="{name}"\r\n\r\n{content}\r\n--{_BOUNDARY}--\r\n')
        path = f"/tasks/{self.task}/files"
        return self.form(path, "".join(parts), f"multipart/form-data; boundary={_BOUNDARY}")

    def note(self, body: str) -> Target:
        """Return a note on the task."""
        return self.form(f"/tasks/{self.task}/notes", urlencode({"body": body}))

    def page(self, address: str) -> Target:
        """Return a page that nobody asked for before."""
        return Target(path=f"{address}fresh={{fresh}}", headers=self.session.headers)


def _many_elements(attacker: Attacker) -> list[Target]:
    return [attacker.upload("a.html", "<html onclick=>" + "<div>" * 40_000)]


def _as_many_as_allowed(attacker: Attacker) -> list[Target]:
    few = int(budgets.ELEMENTS_OF_DOUBTFUL_MARKUP) - 10
    return [attacker.upload("a.html", "<html> onclick " + "<div a b c d e f>" * few)]


def _deep_svg(attacker: Attacker) -> list[Target]:
    return [attacker.upload("a.svg", "<svg xmlns='http://www.w3.org/2000/svg'>" + "<g>" * 200_000)]


def _bombs(attacker: Attacker) -> list[Target]:
    texts = [
        "[a](" * 2_500,
        "> " * 5_000,
        "* " * 5_000,
        "`" * 9_999,
        "|a" * 2_000 + "\n" + "|-" * 2_000 + "\n|",
    ]
    return [attacker.note(text[:10_000]) for text in texts] + [attacker.page(f"/tasks/{attacker.task}?")]


def _many_fields(attacker: Attacker) -> list[Target]:
    return [attacker.form(f"/tasks/{attacker.task}/notes", "&".join(f"a{n}=1" for n in range(10_000)))]


def _fields_of_half_a_megabyte(attacker: Attacker) -> list[Target]:
    return [attacker.form(f"/tasks/{attacker.task}/notes", "a&" * 260_000)]


def _deep_json(attacker: Attacker) -> list[Target]:
    body = '{"body": ' + "[" * 200_000
    return [attacker.form(f"/tasks/{attacker.task}/notes", body, "application/json")]


def _large_json(attacker: Attacker) -> list[Target]:
    body = json.dumps({"body": "x", **{f"a{number}": [1] * 20 for number in range(20_000)}})
    return [attacker.form(f"/tasks/{attacker.task}/notes", body, "application/json")]


def _searches(attacker: Attacker) -> list[Target]:
    words = ("e", "o a", "x" * 900, "status:open e", " ".join("abcdefghijklmnopqrst"))
    return [attacker.page(f"/board?view=list&{urlencode({'q': word})}&") for word in words]


def _reports(attacker: Attacker) -> list[Target]:
    return [attacker.page(f"/{path}?") for path in ("reports", "stuck", "bundles", "my-work")]


#: What those who are signed in send, over and over.
SIGNED_IN: Mapping[str, Callable[[Attacker], list[Target]]] = {
    "HTML of 40,000 elements": _many_elements,
    "HTML as large as is looked through": _as_many_as_allowed,
    "SVG of 200,000 levels": _deep_svg,
    "notes of 10 kB that are hard to render": _bombs,
    "forms of 10,000 fields": _many_fields,
    "forms of half a megabyte of fields": _fields_of_half_a_megabyte,
    "JSON of 200,000 levels": _deep_json,
    "JSON of 400,000 values": _large_json,
    "searches that find everything": _searches,
    "lists and reports": _reports,
}


def _sign_ins(board: Board) -> list[Target]:
    """Guess passwords of addresses, with the token of the page for signing in."""
    with closing(Session(board.board)) as session:
        found = re.search(r'name="csrf-token" content="([^"]+)"', session.get("/sign-in", plain=True))
        session.token = found[1] if found else ""
        headers = {**session.headers, **session.form_headers}
    fields = [{"email": f"guess{n}@example.com", "password": "a guess", "form": "sign_in"} for n in range(50)]
    return [Target(path="/sign-in", method="POST", headers=headers, body=urlencode(one)) for one in fields]


def _large_bodies(_: Board) -> list[Target]:
    headers = {"Content-Type": "application/octet-stream"}
    return [Target(path="/sign-in", method="POST", headers=headers, body="x" * 2_000_000)]


def _pages_of_strangers(_: Board) -> list[Target]:
    return [
        Target(path="/board?fresh={fresh}"),
        Target(path="/sign-in?fresh={fresh}"),
        Target(path="/" + "x" * 9_000),
    ]


#: What strangers send.
STRANGERS: Mapping[str, Callable[[Board], list[Target]]] = {
    "sign-ins": _sign_ins,
    "bodies of 2 MB": _large_bodies,
    "pages of strangers": _pages_of_strangers,
}


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


def main(arguments: list[str]) -> int:
    """Measure and print; return 1 where a page took more than ``LIMIT`` times as long."""
    parser = argparse.ArgumentParser(prog="benchmarks.attackers", description=__doc__)
    parser.add_argument("--tasks", type=int, default=1_000)
    parser.add_argument("--pages", type=int, default=24, help="how many pages are opened per attack")
    parser.add_argument("--only", help="attacks whose name holds this")
    chosen = parser.parse_args(arguments)
    with folder() as place:
        store = stores.copied(stores.filled(chosen.tasks, place, None), place)
        with serve(stores.prepared(store, chosen.tasks)) as board:
            figures = list(beside_attackers(board, chosen.pages, chosen.only or ""))
    print(f"\n{results.as_table(figures, {})}\n{results.verdict(figures)}")
    return 0 if all(figure.met for figure in figures) else 1


@contextmanager
def serve(prepared: stores.Prepared) -> Iterator[Board]:
    """Serve a store as ``workbench serve`` does by itself, with whoever is measured signed in."""
    with workbench(prepared.store) as served, signed_in(prepared, served) as board:
        yield board


def beside_attackers(board: Board, pages: int, only: str = "") -> Iterator[Figure]:
    """Yield the figure of each attack."""
    with ExitStack() as opened:
        measuring = Measuring(board, opened.enter_context(client()), opened.enter_context(client()), pages)
        attackers = [opened.enter_context(_attacker(board, number)) for number in range(ATTACKERS)]
        for name, of_attacker in SIGNED_IN.items():
            if only in name:
                yield measuring.beside(name, [of_attacker(one) for one in attackers])
        for name, of_stranger in STRANGERS.items():
            if only in name:
                yield measuring.beside(name, [of_stranger(board)] * ATTACKERS)
        if only in "half-open connections":
            before = measuring.median(pages)
            with half_open(board.board.address, _HALF_OPEN):
                yield _told("half-open connections", [before], measuring.median(pages), {})


@contextmanager
def _attacker(board: Board, number: int) -> Iterator[Attacker]:
    """Sign in one of the employees, and give them a task."""
    prepared = board.prepared
    # ``people`` are in the order of their keys, after the member, who is the first.
    email = sorted(email for email in prepared.tokens if email != prepared.admin)[1 + number]
    board.writer.post(f"/tasks/{prepared.others[number]}/assign", {"assignee": prepared.people[number]})
    with closing(Session(board.board)) as session:
        yield Attacker(session.sign_in(prepared.tokens[email]), prepared.others[number])


@dataclass(frozen=True)
class Measuring:
    """Whoever opens pages, and the crowd beside them."""

    board: Board
    victim: Client
    crowd: Client
    #: How many pages are opened beside each attack.
    pages: int

    def beside(self, name: str, senders: list[list[Target]]) -> Figure:
        """Measure before, beside and after an attack."""
        before = self.median(self.pages // 2)
        orders = [[target.as_order() for target in own] for own in senders]
        seconds = self._seconds(self.pages) + 0.5
        self.crowd.begin("pace", self.board.board.address, senders=orders, seconds=seconds, every=[0, 0])
        beside = self.median(self.pages)
        outcome = self.crowd.finish()
        return _told(name, [before, self.median(self.pages // 2)], beside, outcome.statuses)

    def median(self, pages: int) -> float:
        """Open pages in turns, one after another; return the median of their times."""
        targets = [self.board.asked(self.board.page(name, "member"), fresh=True) for name in _PAGES]
        self.victim.begin(
            "pace",
            self.board.board.address,
            seconds=self._seconds(pages),
            senders=[[target.as_order() for target in targets]],
            every=list(_PAUSE),
        )
        outcome = self.victim.finish()
        if outcome.failed or not outcome.times:
            raise SystemExit(f"The pages of the member were answered with {outcome.statuses}.")
        return statistics.median(outcome.times)

    @staticmethod
    def _seconds(pages: int) -> float:
        return pages * (sum(_PAUSE) / 2 + 0.05)


def _told(name: str, without: list[float], beside: float, statuses: Mapping[str, int]) -> Figure:
    alone = statistics.mean(without)
    sent = ", ".join(f"{number} x {status}" for status, number in sorted(statuses.items()))
    detail = f"{measure.ms(beside)} against {measure.ms(alone)}" + (f"; attackers got {sent}" if sent else "")
    print(f"... {name}: {beside / alone:.2f}x ({detail})", file=sys.stderr, flush=True)
    return measure.at_most("The median page beside eight attackers", name, beside / alone, LIMIT, detail)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
