"""``GET /api/events``: the change feed, read page by page or waited for (``engine.changes``).

Whoever waits holds one of the places that the server has for it (``web.serving.waiting``), and neither a
snapshot nor a connection. Where no place is free the answer comes at once, with ``Retry-After``.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock
from typing import Annotated

from flask import Blueprint, Response, jsonify, request
from pydantic import Field

from engine import inputs
from engine.budgets import PLACES_OF_ONE
from engine.changes.cursors import refusal
from engine.changes.feed import Changes
from engine.errors import bad_field
from engine.inputs import Input
from web.api import auth
from web.context import current_actor, current_workbench
from web.serving import waiting
from web.serving.waiting import Place

#: How long anybody may wait; proxies give up on what takes half a minute.
LONGEST_WAIT_SECONDS = 25
#: When to ask again instead of waiting.
RETRY_SECONDS = 5
#: The word in the place of a cursor for all that ever happened.
START = "start"
#: How often it is looked whether somebody still waits, and how soon after one look at the events the next.
_LOOK_SECONDS, _PAUSE_SECONDS = 1.0, 0.5
#: However many are woken by one commit, so many read at a time.
_reading = BoundedSemaphore(2)
_waiting: Counter[str] = Counter()
_lock = Lock()


class EventsAsked(Input):
    """The parameters of the feed."""

    #: The cursor of the answer before, whose events come next. Without it nothing is told but the cursor of
    #: this moment; with the word start, all that ever happened.
    after: str | None = None
    #: How many seconds to wait for something to tell, where there is nothing yet.
    wait: Annotated[int, Field(ge=0, le=LONGEST_WAIT_SECONDS)] = 0
    #: How many events are told at most.
    limit: Annotated[int, Field(ge=1, le=100)] = 50


def register(bp: Blueprint) -> None:
    """Add the feed to the API."""
    bp.add_url_rule("/events", view_func=events)


def events() -> Response:
    """Answer with the next events that the caller may be told of, and the cursor from which to go on.

    Raises:
        UnauthorizedError: whoever waited may not read any more.
        UnknownFieldError, BadRequestError: of the parameters.
        BadCursorError: the cursor is none that the caller was given.
    """
    asked = _asked()
    cursor = _begun(asked.after) if asked.after is None or asked.after == START else asked.after
    with taken_place(asked.wait) as place:
        found = _read(cursor, asked, place)
    answer = jsonify({"events": [one.as_data() for one in found.events], "next": found.cursor})
    answer.headers["Cache-Control"] = "no-store"
    if asked.wait and place is None and not found.events:
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def _asked() -> EventsAsked:
    repeated = [name for name, values in request.args.lists() if len(values) > 1]
    if repeated:
        raise bad_field(repeated[0], "stands there more than once; send it once")
    if request.args.get("after") == "":  # else whoever lost theirs would begin anew, and never know
        raise refusal("This cursor is empty")
    return inputs.read(EventsAsked, request.args.to_dict())


def _begun(word: str | None) -> str:
    """Give the cursor of whoever has none yet: of this moment, or of the very beginning."""
    workbench = current_workbench()
    feed = workbench.changes
    with workbench.reading(current_actor()) as tx:
        return feed.start(tx) if word == START else feed.now(tx)


@contextmanager
def taken_place(seconds: int) -> Iterator[Place | None]:
    """Take one of the caller's places for the block; None where they do not wait, or none is free."""
    place, user_id = waiting.current_place() if seconds else None, current_actor().user_id
    with _lock:
        if place is not None and _waiting[user_id] >= PLACES_OF_ONE:
            place = None
        if place is not None:
            _waiting[user_id] += 1
    try:
        yield place
    finally:
        if place is not None:
            with _lock:
                _waiting[user_id] -= 1
                if not _waiting[user_id]:
                    del _waiting[user_id]


def _read(cursor: str, asked: EventsAsked, place: Place | None) -> Changes:
    """Read the feed until there is something to tell, the time is over, or nobody waits any more."""
    until = time.monotonic() + asked.wait
    while True:
        with _reading:
            found = _look(cursor, asked.limit)
        if found.events or place is None:
            return found
        if found.is_all and not _wait(found.passed, until, place):
            return found
        if time.monotonic() >= until:
            return found
        # Whoever waits may have lost the right to read meanwhile.
        auth.identify_again()


def _look(cursor: str, limit: int) -> Changes:
    workbench = current_workbench()
    feed = workbench.changes
    with workbench.reading(current_actor()) as tx:
        return feed.after(tx, cursor, limit)


def _wait(passed: int, until: float, place: Place) -> bool:
    """Wait until something happens that was not looked at; say whether it does while somebody waits."""
    workbench, workspace_id = current_workbench(), current_actor().workspace_id
    time.sleep(max(0.0, min(_PAUSE_SECONDS, until - time.monotonic())))
    while not place.is_lost() and (left := until - time.monotonic()) > 0:
        if workbench.arrivals.wait(workspace_id, passed, min(left, _LOOK_SECONDS)):
            return True
    return False
