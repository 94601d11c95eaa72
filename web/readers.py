"""Who asks, and how far everything has come that their page follows from: one indexed read for both (P2).

Whom a session, or an API token, signs in is kept by each process, with the positions of what that follows
from: people, their roles, who is whom, where the person is signed in, what tokens they have. Nobody's rights
outlive their withdrawal, and no session or token its end: each request reads whether those positions moved.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from engine.access import Actor
from engine.accounts import passwords, sessions
from engine.accounts.models import BegunWith
from engine.accounts.sessions import SignedIn
from engine.app import Workbench
from engine.audit import history, topics
from engine.inbox import service as inbox
from engine.ledger import mark_of
from engine.second_factor import service as second_factors
from engine.tokens import service as tokens
from engine.transaction import Transaction
from web.context import current_workbench

Positions = dict[str, int]
#: What an actor follows from (``topics.CONCERNS``: users, employees and the workspace concern it).
_ACTORS = (topics.FLOOR, topics.REFERENCE, topics.PAST)
_MOST_KNOWN = 10_000
AsOf = tuple[int, ...]
Key = tuple[str, str]
#: Per engine, way and hash of a secret: what it followed from, and whom it signs in; the latest last.
_known: WeakKeyDictionary[Workbench, OrderedDict[Key, tuple[AsOf, SignedIn]]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Way:
    """A way in: how whoever holds a secret is found, and what that follows from beside the people."""

    name: str
    #: Finds whom a secret signs in.
    find: Callable[[Transaction, str], SignedIn | None]
    #: Names the topic that moves with what lets a user in this way.
    topic_of: Callable[[str], str]

    def key(self, secret: str) -> Key:
        """Give what a secret is known by."""
        return self.name, passwords.hash_token(secret)


#: What proves so little by itself that a second factor may be required besides.
_ALONE = frozenset({BegunWith.PASSWORD, BegunWith.LINK})


def _of_session(tx: Transaction, token: str) -> SignedIn | None:
    """Find whom a session signs in; nobody where it has yet to prove a second factor that they must have.

    It was begun before it was asked for, and whoever has one begins anew with it.
    """
    found = sessions.find(tx, token)
    if found is None or found.begun_with not in _ALONE or found.second_factor is not None:
        return found
    if not second_factors.must_have(tx.settings, found.actor):
        return found
    return None if second_factors.of(tx, found.actor.user_id) else replace(found, must_set_up=True)


SESSION = Way("session", _of_session, topics.sessions_of)
TOKEN = Way("token", tokens.find, topics.tokens_of)


@dataclass(frozen=True)
class Reader:
    """An active user, and the positions of this moment that were asked for or that the inbox needs."""

    actor: Actor
    positions: Positions
    #: The session or the API token by which they are here; empty for the board itself, which has none.
    session_id: str = ""
    #: When that was used last, where it is marked (API tokens); in milliseconds since 1970, 0 for never.
    used_at: int = 0
    #: Whether they have to set up a second factor before they may do anything else.
    must_set_up: bool = False


def is_known(way: Way, secret: str) -> bool:
    """Whether this process has found somebody by the secret before."""
    return way.key(secret) in _known.get(current_workbench(), ())


def named(workbench: Workbench, way: Way, secret: str) -> str | None:
    """Name the user whom this process found by the secret before, without a read; None for nobody."""
    found = known.get(way.key(secret)) if (known := _known.get(workbench)) else None
    return found[1].actor.user_id if found else None


def find(secret: str, names: Collection[str] = (), way: Way = SESSION) -> Reader | None:
    """Find whom a secret signs in, and the positions with these names; None where it does nobody."""
    workbench = current_workbench()
    known = _known.setdefault(workbench, OrderedDict())
    key = way.key(secret)
    as_of, signed_in = known.get(key, (None, None))
    with workbench.reading(workbench.system_actor()) as tx:
        if signed_in is None and (signed_in := way.find(tx, secret)) is None:
            return None
        followed = (*_ACTORS, way.topic_of(signed_in.actor.user_id))
        mark = mark_of(signed_in.actor, tokens.mark_name(signed_in.session_id))
        asked = {*followed, *names, *inbox.topics_of(signed_in.actor)} | ({mark} if way is TOKEN else set())
        positions = history.positions(tx, asked)
        now = tuple(positions.get(name, 0) for name in followed)
        if as_of is not None and as_of != now:
            signed_in = way.find(tx, secret)
        if signed_in is None or signed_in.expires_at <= tx.now:
            known.pop(key, None)
            return None
        if missing := set(inbox.topics_of(signed_in.actor)) - asked:
            positions |= history.positions(tx, missing)
        _keep(known, key, now, signed_in)
    return Reader(
        signed_in.actor, positions, signed_in.session_id, positions.get(mark, 0), signed_in.must_set_up
    )


def of_actor(actor: Actor, names: Collection[str]) -> Reader:
    """Read for somebody who needs no session."""
    with current_workbench().reading(actor) as tx:
        return Reader(actor, history.positions(tx, {*names, *inbox.topics_of(actor)}))


def _keep(known: OrderedDict[Key, tuple[AsOf, SignedIn]], key: Key, as_of: AsOf, signed_in: SignedIn) -> None:
    known[key] = as_of, signed_in
    known.move_to_end(key)
    if len(known) > _MOST_KNOWN:
        known.popitem(last=False)
