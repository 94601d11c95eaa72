"""What the frame around every page shows: its reader, their places, what waits for them; plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from flask import url_for

from engine.access import Actor
from engine.accounts.models import Workspace
from engine.app import Workbench
from engine.inbox import service as inbox
from engine.transaction import Transaction
from web import navigation
from web.context import current_workbench, find_actor
from web.navigation import Place

_MOST_COUNTS = 10_000
#: Per engine and user: what the count followed from, and the count.
_counts: WeakKeyDictionary[Workbench, dict[str, tuple[Any, int]]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Frame:
    """The frame of one answer, read before anything is rendered."""

    #: None for strangers, who get no frame.
    actor: Actor | None = None
    workspace_name: str = ""
    places: Sequence[Place] = ()
    #: How much waits in the inbox.
    waiting: int = 0

    @property
    def home(self) -> str:
        """Where its reader begins."""
        return url_for(navigation.landing_of(self.actor))


def load() -> Frame:
    """Return the frame for whoever is signed in, in a snapshot of its own."""
    actor = find_actor()
    if actor is None:
        return Frame()
    with current_workbench().reading(actor) as tx:
        workspace = tx.get(Workspace, actor.workspace_id)
        return Frame(actor, workspace.name, navigation.places_of(actor), _inbox_count(tx))


def without_store() -> Frame:
    """Return the frame of a page that says that the store cannot be asked."""
    actor = find_actor()
    return Frame() if actor is None else Frame(actor, places=navigation.places_of(actor))


def _inbox_count(tx: Transaction) -> int:
    """Count again only after something happened: the count follows from events, and slowly from time."""
    known = _counts.setdefault(current_workbench(), {})
    seen = inbox.positions(tx)
    state = (tx.actor, seen, tx.now.strftime("%Y%m%d%H"))
    found = known.get(tx.actor.user_id)
    if found is None or found[0] != state:
        if len(known) >= _MOST_COUNTS:
            known.clear()
        found = known[tx.actor.user_id] = (state, inbox.count(tx, seen))
    return found[1]
