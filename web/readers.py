"""Who asks, and how far everything has come that their page follows from: one indexed read for both (P2).

Whom a session signs in is kept by each process, with the positions of what that follows from: people, their
roles, who is whom, where the person is signed in. Nobody's rights outlive their withdrawal, and no
session its end: each request reads whether those positions have moved.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from engine.access import Actor
from engine.accounts import passwords, sessions
from engine.accounts.sessions import SignedIn
from engine.app import Workbench
from engine.audit import history, topics
from engine.inbox import service as inbox
from web.context import current_workbench

Positions = dict[str, int]
#: What an actor follows from (``topics.CONCERNS``: users, employees and the workspace concern it).
_ACTORS = (topics.FLOOR, topics.REFERENCE, topics.PAST)
_MOST_KNOWN = 10_000
AsOf = tuple[int, ...]
#: Per engine and hash of a token: what it followed from, and whom the session signs in; the latest last.
_known: WeakKeyDictionary[Workbench, OrderedDict[str, tuple[AsOf, SignedIn]]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Reader:
    """An active user, and the positions of this moment that were asked for or that the inbox needs."""

    actor: Actor
    positions: Positions
    #: Where they are signed in; empty for the board itself, which has no session.
    session_id: str = ""


def find(token: str, names: Collection[str] = ()) -> Reader | None:
    """Find whom a session's token signs in, and the positions with these names; None where it does nobody."""
    workbench = current_workbench()
    known = _known.setdefault(workbench, OrderedDict())
    key = passwords.hash_token(token)
    as_of, signed_in = known.get(key, (None, None))
    with workbench.reading(workbench.system_actor()) as tx:
        if signed_in is None and (signed_in := sessions.find(tx, token)) is None:
            return None
        followed = (*_ACTORS, topics.sessions_of(signed_in.actor.user_id))
        asked = {*followed, *names, *inbox.topics_of(signed_in.actor)}
        positions = history.positions(tx, asked)
        now = tuple(positions.get(name, 0) for name in followed)
        if as_of is not None and as_of != now:
            signed_in = sessions.find(tx, token)
        if signed_in is None or signed_in.expires_at <= tx.now:
            known.pop(key, None)
            return None
        if missing := set(inbox.topics_of(signed_in.actor)) - asked:
            positions |= history.positions(tx, missing)
        _keep(known, key, now, signed_in)
    return Reader(signed_in.actor, positions, signed_in.session_id)


def of_actor(actor: Actor, names: Collection[str]) -> Reader:
    """Read for somebody who needs no session."""
    with current_workbench().reading(actor) as tx:
        return Reader(actor, history.positions(tx, {*names, *inbox.topics_of(actor)}))


def _keep(known: OrderedDict[str, tuple[AsOf, SignedIn]], key: str, as_of: AsOf, signed_in: SignedIn) -> None:
    known[key] = as_of, signed_in
    known.move_to_end(key)
    if len(known) > _MOST_KNOWN:
        known.popitem(last=False)
