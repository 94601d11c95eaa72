"""The places of the frame's navigation, shown as soon as their view exists, and what waits behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from flask import Flask, current_app, g, request, url_for

from engine.access import Permission, may
from engine.app import Workbench
from engine.inbox import service as inbox
from engine.transaction import Transaction
from web.context import current_workbench, find_actor

_INBOX = "inbox.show"
_MOST_COUNTS = 10_000
#: Per engine and user: what the count followed from, and the count.
_counts: WeakKeyDictionary[Workbench, dict[str, tuple[Any, int]]] = WeakKeyDictionary()
#: What a bottom bar holds beside its last entry, which leads to all others.
IN_BAR = 4


@dataclass(frozen=True)
class Place:
    """One entry of the navigation."""

    label: str
    endpoint: str
    #: The key sequence that leads there.
    keys: str
    #: The name of its icon in ``_components/icons.html``.
    icon: str
    permission: Permission = Permission.SEE_OWN_WORK
    #: Stands apart, at the end: for those who may.
    is_below: bool = False

    @property
    def waiting(self) -> int:
        """How much waits behind it."""
        return inbox_count() if self.endpoint == _INBOX else 0

    @property
    def address(self) -> str:
        """Where it is."""
        return url_for(self.endpoint)

    @property
    def is_current(self) -> bool:
        """Whether the shown page is this place or below it."""
        return request.endpoint == self.endpoint or request.blueprint in _UNDER.get(self.endpoint, ())


PLACES: tuple[Place, ...] = (
    Place("Board", "board.show", "g b", "board"),
    Place("My work", "board.my_work", "g m", "person"),
    Place("Inbox", _INBOX, "g i", "inbox"),
    Place("Bundles", "bundles.index", "g u", "bundle"),
    Place("Start something", "start.gallery", "n", "plus", Permission.START_BUNDLE),
    Place("QA", "qa.index", "g q", "check", Permission.DECIDE),
    Place("Stuck", "stuck.index", "g s", "stuck"),
    Place("Reports", "reports.index", "g r", "chart"),
    Place("Templates", "templates.index", "g t", "book", Permission.BROWSE_TEMPLATES),
    Place("People", "people.index", "g p", "people", Permission.SEE_ALL_WORK, is_below=True),
)
_UNDER = {
    "board.show": ("tasks", "deliverables"),
    "bundles.index": ("bundles",),
    "start.gallery": ("start",),
    "templates.index": ("templates",),
    "qa.index": ("qa",),
    "reports.index": ("reports",),
    "people.index": ("people",),
}


def places() -> list[Place]:
    """Return the places that exist and that the signed-in user may go to."""
    actor = find_actor()
    if actor is None:
        return []
    views = current_app.view_functions
    if not may(actor, Permission.SEE_OWN_WORK):
        return [place for place in PLACES if place.endpoint == _INBOX]
    return [place for place in PLACES if place.endpoint in views and may(actor, place.permission)]


def landing() -> str:
    """Return where the signed-in user begins: the team at the board, a partner's user at their inbox."""
    actor = find_actor()
    is_outside = actor is not None and not may(actor, Permission.SEE_OWN_WORK)
    return url_for(_INBOX if is_outside else "board.show")


def inbox_count() -> int:
    """Return how much waits in the signed-in user's inbox; asked once per page."""
    actor = find_actor()
    if actor is None:
        return 0
    if "inbox_count" not in g:
        with current_workbench().reading(actor) as tx:
            g.inbox_count = _counted(tx)
    waiting: int = g.inbox_count
    return waiting


def _counted(tx: Transaction) -> int:
    """Count again only after something happened: the count follows from events, and slowly from time."""
    known = _counts.setdefault(current_workbench(), {})
    state = (tx.actor, inbox.state(tx), tx.now.strftime("%Y%m%d%H"))
    found = known.get(tx.actor.user_id)
    if found is None or found[0] != state:
        if len(known) >= _MOST_COUNTS:
            known.clear()
        found = known[tx.actor.user_id] = (state, inbox.count(tx))
    return found[1]


def register(app: Flask) -> None:
    """Offer the places to the templates of ``app``."""
    app.jinja_env.globals.update(places=places, landing=landing, places_in_bar=IN_BAR)
