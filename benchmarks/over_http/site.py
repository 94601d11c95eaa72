"""The board on a store, with everybody signed in, and its floor pages beside it: what is asked over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from itertools import cycle

from benchmarks.over_http import serving
from benchmarks.over_http.addresses import Page
from benchmarks.over_http.driving import Client, Target, client
from benchmarks.over_http.serving import Served, Session
from benchmarks.over_http.stores import Prepared


@dataclass
class Board:
    """A server of the board, and the sessions of those who ask it."""

    prepared: Prepared
    board: Served
    sessions: dict[str, Session]
    writer: Session
    _assignees: Iterator[str] = field(init=False)

    def __post_init__(self) -> None:
        self._assignees = cycle(self.prepared.people[:2])

    def page(self, name: str, who: str) -> Page:
        """Return a page by its name."""
        return Page.of(name, who, self.prepared)

    def asked(self, page: Page, *, fresh: bool = False) -> Target:
        """Return the request of a page, as whoever it is for sends it."""
        return page.target(self.sessions[page.who].headers, fresh=fresh)

    def write(self) -> None:
        """Give the task to somebody else: that concerns every page that is measured."""
        self.writer.post(f"/tasks/{self.prepared.task}/assign", {"assignee": next(self._assignees)})


@dataclass
class Site(Board):
    """The board and the floor pages on one store, and a client."""

    floor: Served
    client: Client

    def floor_asked(self, page: Page) -> Target:
        """Return the request of a floor page."""
        return page.floor_target(self.prepared.member)


@contextmanager
def signed_in(prepared: Prepared, board: Served) -> Iterator[Board]:
    """Sign in whoever asks, and whoever writes."""
    people = {"admin": prepared.admin, "member": prepared.member}
    with ExitStack() as opened:

        def enter(token: str) -> Session:
            return opened.enter_context(closing(Session(board))).sign_in(token)

        sessions = {who: enter(prepared.tokens[email]) for who, email in people.items()}
        yield Board(prepared, board, sessions, enter(prepared.writer))


@contextmanager
def site(prepared: Prepared, options: tuple[str, ...] = ()) -> Iterator[Site]:
    """Serve a store by both, and sign everybody in."""
    with ExitStack() as running:
        served = running.enter_context(serving.workbench(prepared.store, options=options))
        floor = running.enter_context(serving.floor(prepared.store, options=options))
        asking = running.enter_context(client())
        found = running.enter_context(signed_in(prepared, served))
        yield Site(prepared, served, found.sessions, found.writer, floor, asking)
