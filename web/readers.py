"""Who asks, and how far everything has come that their page follows from: one indexed read for both (P2).

An actor is kept by each process, with the positions of what it follows from: people, their roles, who is
whom. Nobody's rights outlive their withdrawal: each request reads whether those positions have moved.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from engine.access import Actor
from engine.accounts import actors
from engine.app import Workbench
from engine.audit import history, topics
from engine.inbox import service as inbox
from web.context import current_workbench

Positions = dict[str, int]
#: What an actor follows from (``topics.CONCERNS``: users, employees and the workspace concern it).
_ACTORS = (topics.FLOOR, topics.REFERENCE)
_MOST_KNOWN = 10_000
#: Per engine and user: what the actor followed from, and the actor; the latest last.
_known: WeakKeyDictionary[Workbench, OrderedDict[str, tuple[tuple[int, ...], Actor]]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Reader:
    """An active user, and the positions of this moment that were asked for or that the inbox needs."""

    actor: Actor
    positions: Positions


def find(user_id: str, names: Collection[str] = ()) -> Reader | None:
    """Find the active user with that id, and the positions with these names; None where there is none."""
    workbench = current_workbench()
    known = _known.setdefault(workbench, OrderedDict())
    as_of, actor = known.get(user_id, (None, None))
    with workbench.reading(workbench.system_actor()) as tx:
        if actor is None and (actor := actors.find_active(tx, user_id)) is None:
            return None
        asked = {*_ACTORS, *names, *inbox.topics_of(actor)}
        positions = history.positions(tx, asked)
        now = tuple(positions.get(name, 0) for name in _ACTORS)
        if as_of is not None and as_of != now:
            actor = actors.find_active(tx, user_id)
            if actor is None:
                known.pop(user_id, None)
                return None
            if missing := set(inbox.topics_of(actor)) - asked:
                positions |= history.positions(tx, missing)
        _keep(known, user_id, now, actor)
    return Reader(actor, positions)


def _keep(
    known: OrderedDict[str, tuple[tuple[int, ...], Actor]], user_id: str, as_of: tuple[int, ...], actor: Actor
) -> None:
    known[user_id] = as_of, actor
    known.move_to_end(user_id)
    if len(known) > _MOST_KNOWN:
        known.popitem(last=False)
