"""Reads the feed: the events after a cursor that somebody may be told of, in their order."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from engine.access import Actor
from engine.budgets import EVENTS_PASSED
from engine.changes.cursors import START, Cursors, Place, refusal
from engine.changes.queries import reading, visibility
from engine.changes.telling import Change, tell
from engine.store import DocumentStore
from engine.transaction import Transaction

#: Events that are looked at in one go.
_MOST_AT_ONCE = 4_000
#: Of so many cursors it is kept how far was looked from them.
_MOST_KNOWN = 10_000


@dataclass(frozen=True, kw_only=True)
class Changes:
    """A page of the feed."""

    events: tuple[Change, ...]
    #: Where to go on: the one that was given, as long as nothing was told.
    cursor: str
    #: Up to which event was looked; for whoever waits for more, and told to nobody.
    passed: int
    #: Whether all that had happened was looked at.
    is_all: bool


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """The events between two numbers."""

    #: Each with its number, in their order.
    numbered: tuple[tuple[int, Change], ...]
    #: Up to which event was looked.
    passed: int
    #: Whether all that had happened was looked at.
    is_all: bool


class Feed:
    """The feed of one store; safe between threads.

    How far was looked from a cursor is kept, so that a reader who may be told of little does not have all
    that the others do looked at again with each question. Nothing else follows from it: a process that has
    forgotten it, or another one, looks again.
    """

    def __init__(self, database: DocumentStore) -> None:
        """Take the secret of the store, which is made where there is none; in no block that reads."""
        self._cursors = Cursors(database.words.secret("changes"))
        self._known: OrderedDict[tuple[Actor, Place], Place] = OrderedDict()
        self._lock = Lock()

    def now(self, tx: Transaction) -> str:
        """Return the cursor from which all is told that happens from now on."""
        head = tx.database.head(tx.workspace_id)
        return self._cursors.seal(tx.actor, Place.at(head.position, head.digest))

    def start(self, tx: Transaction) -> str:
        """Return the cursor from which all is told that ever happened."""
        return self._cursors.seal(tx.actor, START)

    def after(self, tx: Transaction, cursor: str, limit: int) -> Changes:
        """Return the next events after a cursor that the actor may be told of, ``limit`` at most.

        A call looks at ``EVENTS_PASSED`` events at most. Where it found nothing among them, the cursor stays
        the same, and the next call goes on behind them.

        Raises:
            BadCursorError: it was not given to this actor by this store, or the store was put back since.
        """
        place = self._cursors.open(tx.actor, cursor)
        begin = self._looked_from(tx, place)
        found, passed, is_all = _look(tx, begin.seq, limit)
        if passed == begin.seq:  # nothing is new
            return Changes(events=(), cursor=cursor, passed=passed, is_all=True)
        ends = dict(reading.places(tx, passed, found[-1] if found else passed))
        last = ends[found[-1]] if found else place
        self._keep(tx.actor, last, ends[passed])
        return Changes(
            events=tell(tx, reading.events(tx, found), self._cursors.name) if found else (),
            cursor=self._cursors.seal(tx.actor, last) if found else cursor,
            passed=passed,
            is_all=is_all,
        )

    def beyond(self, tx: Transaction, seq: int, limit: int) -> Stretch:
        """Return the next events after a number, for a reader within the store who keeps their own place.

        What is told and when it ends are as with ``after``; the number to go on from is ``passed``.
        """
        found, passed, is_all = _look(tx, seq, limit)
        events = reading.events(tx, found) if found else []
        told = tell(tx, events, self._cursors.name) if events else ()
        return Stretch(
            numbered=tuple(zip((one.seq for one in events), told, strict=True)), passed=passed, is_all=is_all
        )

    def one(self, tx: Transaction, seq: int) -> Change | None:
        """Return one event by its number, as the actor may be told of it now; None where they may not be."""
        told = visibility.told_of(tx, reading.rows(tx, seq - 1, 1))
        found = tell(tx, reading.events(tx, [seq]), self._cursors.name) if seq in told else ()
        return found[0] if found else None

    def _looked_from(self, tx: Transaction, place: Place) -> Place:
        """Return up to where was looked from a place, if that still is of the store's past.

        Raises:
            BadCursorError: the place itself is not.
        """
        with self._lock:
            known = self._known.get((tx.actor, place), place)
        there = {START, *(found for _, found in reading.places(tx, known.seq, place.seq))}
        if place not in there:
            raise refusal("The store was put back to an older state since this cursor was given")
        return known if known in there else place

    def _keep(self, actor: Actor, place: Place, passed: Place) -> None:
        with self._lock:
            self._known[actor, place] = passed
            self._known.move_to_end((actor, place))
            if len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)


def _look(tx: Transaction, seq: int, limit: int) -> tuple[list[int], int, bool]:
    """Look at the events after a number until enough may be told, or enough was looked at.

    Returns the numbers of those that may be told, the last that was looked at, and whether that was all.
    """
    found: list[int] = []
    passed, count = seq, 2 * limit
    while (left := seq + EVENTS_PASSED - passed) > 0:
        count = min(count, left)
        rows = reading.rows(tx, passed, count)
        told = visibility.told_of(tx, rows) if rows else set()
        for row in rows:
            passed = row.seq
            if row.seq in told:
                found.append(row.seq)
            if len(found) == limit:
                return found, passed, False
        if len(rows) < count:
            return found, passed, True
        count = min(4 * count, _MOST_AT_ONCE)
    return found, passed, False
