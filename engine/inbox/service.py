"""Somebody's inbox: loaded in one snapshot, counted cheaply, marked as seen (WEB-05, HLP-03, HRV)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from engine.access import Actor, Permission, may, require
from engine.audit import history, topics
from engine.inbox import seen
from engine.inbox.read_models import Inbox
from engine.inbox.reading import Count, Reader
from engine.ledger import Ledger, mark_of
from engine.store import DocumentStore
from engine.transaction import Transaction

#: As many items of a section as a page shows, unless it is asked for more.
SHOWN = 25
#: News that nobody looked at for so long is no news any more; what was seen shows it.
_NEWS_FOR = timedelta(days=30)
#: At most, of servers that share a store.
_CLOCKS_DIFFER_BY = timedelta(days=1)


@dataclass(frozen=True)
class _Kept:
    """A count, with what it follows from beside time, and when it was taken."""

    follows: tuple[Any, ...]
    at: datetime
    count: Count


_MOST_KEPT = 10_000
#: Per store and user the last count.
_kept: WeakKeyDictionary[DocumentStore, OrderedDict[str, _Kept]] = WeakKeyDictionary()


def load(tx: Transaction, *, with_seen: bool = False, named: str | None = None, shown: int = SHOWN) -> Inbox:
    """List what waits for the actor, and what is new to them; with ``with_seen``, what they saw before.

    Each section holds its first ``shown`` items, and the one with the key ``named`` wherever it stands.

    Raises:
        ForbiddenError: the actor is neither of the team nor a partner's user.
    """
    if not may(tx.actor, Permission.SEE_OWN_WORK):
        require(tx.actor, Permission.SEE_AS_PARTNER, "have an inbox")
    if with_seen:
        return Reader.of(tx, None).load_seen(tx, named, shown)
    return _reader(tx, positions(tx)).load(tx, named, shown)


def count(tx: Transaction, known: Mapping[str, int]) -> int:
    """Count the items of ``load`` that are the actor's, shown or not, for the navigation (``Inbox.total``).

    It is exact up to ``MOST_COUNTED`` of each sort.

    ``known`` are the ``positions`` of this snapshot. What was counted at the same ones is given again, as
    long as time does not change it: to a page that knows them, the badge costs no read.
    """
    if not tx.only_reads:  # what is not committed may never have been
        return count_afresh(tx, known).total
    follows = (tx.actor, tx.settings.own_approval, tx.timezone, *map(known.get, topics_of(tx.actor)))
    kept = _kept.setdefault(tx.database, OrderedDict())
    found = kept.get(tx.actor.user_id)
    if found is None or found.follows != follows or not found.at <= tx.now < found.count.until:
        found = kept[tx.actor.user_id] = _Kept(follows, tx.now, count_afresh(tx, known))
        if len(kept) > _MOST_KEPT:
            kept.popitem(last=False)
    return found.count.total


def count_afresh(tx: Transaction, known: Mapping[str, int]) -> Count:
    """Do what ``count`` does, whatever is kept, and say until when that holds if nothing happens."""
    return _reader(tx, known).count(tx, _NEWS_FOR)


def mark_seen(ledger: Ledger, until: datetime | None = None, items: Sequence[str] = ()) -> None:
    """Fold away what is new to the actor, up to a moment or now, or single items by their names.

    What waits for them stays.

    Raises:
        ForbiddenError: the actor is no user of the workspace.
    """
    require(ledger.actor, Permission.BELONG, "mark news as seen")
    if items:
        seen.mark_items(ledger, items)
    else:
        ledger.raise_mark(seen.ALL, until)


def topics_of(actor: Actor) -> tuple[str, ...]:
    """Name the positions that an actor's inbox follows from: what concerns it, and up to when it was seen.

    Beside these it follows from who the actor is, and from time.
    """
    own = [topics.inbox_of(one) for one in (actor.employee_id, actor.user_id) if one]
    marks = (mark_of(actor, seen.ALL), mark_of(actor, seen.SOME))
    return (topics.FLOOR, topics.PAST, topics.INBOX, *own, *marks)


def positions(tx: Transaction) -> dict[str, int]:
    """Give how far everything has come that the actor's inbox follows from."""
    return history.positions(tx, topics_of(tx.actor))


def _reader(tx: Transaction, known: Mapping[str, int]) -> Reader:
    """Give the actor with what they have seen: everything as marked, but what was new a month ago at least.

    What they marked singly was there then. A day allows for servers whose clocks differ.
    """
    everything, single = (_moment(known.get(mark_of(tx.actor, name))) for name in (seen.ALL, seen.SOME))
    since = tx.now - _NEWS_FOR
    if everything is not None:
        since = max(everything, since)
    return Reader.of(tx, since, has_marked=single is not None and single > since - _CLOCKS_DIFFER_BY)


def _moment(mark: int | None) -> datetime | None:
    return datetime.fromtimestamp(mark / 1000, UTC) if mark else None
