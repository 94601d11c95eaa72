"""What the page of API tokens shows: each token with whose it is, who made it and how long it goes on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from engine.access import ActorKind, Permission, may
from engine.accounts.actors import kind_of
from engine.accounts.models import User
from engine.tokens import service
from engine.tokens.models import ApiToken
from engine.transaction import Transaction

#: Addresses that the form offers; whoever has more users types one.
MOST_OFFERED = 200
#: Tokens of others that are shown, the newest; the command line lists all.
MOST_OF_OTHERS = 200
_SOON_DAYS = 7


@dataclass(frozen=True, kw_only=True)
class Line:
    """One token."""

    token: ApiToken
    user: User
    made_by: User
    #: When it was used last; None for never.
    used_at: datetime | None
    #: Whether the reader rotates it, and is shown its secret.
    takes: bool
    #: How much longer it goes on, in words.
    ends: str
    is_over: bool
    ends_soon: bool
    #: Until when the secret before its present one goes on; None where none does.
    overlaps_until: datetime | None


@dataclass(frozen=True, kw_only=True)
class Page:
    """The tokens that somebody sees."""

    own: list[Line]
    #: Those of others; only to admins.
    of_others: list[Line]
    #: How many more of theirs there are.
    left_out: int
    #: E-mails of whom one may be made for: agents first.
    addresses: list[str]


def load(tx: Transaction) -> Page:
    """Load the page for the actor."""
    administers = may(tx.actor, Permission.ADMINISTER)
    listed = service.listed(tx, everybody=administers)
    own = [one for one in listed if one.user_id == tx.actor.user_id]
    others = [one for one in listed if one.user_id != tx.actor.user_id]
    tokens = [*own, *others[:MOST_OF_OTHERS]]
    tx.read_ahead({User: {user_id for one in tokens for user_id in (one.user_id, one.made_by)}})
    used, taken = service.last_used(tx, tokens), service.taken_by_actor(tx, {one.user_id for one in tokens})
    lines = [_line(tx, one, used.get(one.api_token_id), taken) for one in tokens]
    return Page(
        own=[one for one in lines if one.user.user_id == tx.actor.user_id],
        of_others=[one for one in lines if one.user.user_id != tx.actor.user_id],
        left_out=max(0, len(others) - MOST_OF_OTHERS),
        addresses=_addresses(tx) if administers else [],
    )


def _line(tx: Transaction, token: ApiToken, used_at: datetime | None, taken: Collection[str]) -> Line:
    overlap = token.previous_ends_at
    left = (token.expires_at - tx.wall_clock).days
    return Line(
        token=token,
        user=tx.get(User, token.user_id),
        made_by=tx.get(User, token.made_by),
        used_at=used_at,
        takes=token.user_id in taken,
        ends=_ends(left),
        is_over=not token.holds(tx.wall_clock),
        ends_soon=0 <= left < _SOON_DAYS,
        overlaps_until=overlap if overlap and tx.wall_clock < min(overlap, token.expires_at) else None,
    )


def _ends(days_left: int) -> str:
    if days_left < 0:
        return "has expired"
    if days_left == 0:
        return "ends within a day"
    return "in 1 day" if days_left == 1 else f"in {days_left} days"


def _addresses(tx: Transaction) -> list[str]:
    users = [user for user in tx.find(User, order_by=("email",), limit=MOST_OFFERED) if user.is_active]
    return [user.email for user in sorted(users, key=lambda user: kind_of(user) is not ActorKind.AGENT)]
