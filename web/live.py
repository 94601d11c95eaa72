"""Views that stay fresh: a cursor in the page, an ETag on the answer, 304 when nothing changed (decision 11).

The cursor is the number of the latest event that concerned what the view shows. The page's script asks for
its own address again with ``If-None-Match``; an answer with a smaller cursor than the page's is never shown:
a view never rewinds.

A view takes its ``mark`` in the snapshot that it reads from, and answers after that has ended.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, Response, current_app, make_response, request, session

from engine.audit import history, topics
from engine.inbox import service as inbox
from engine.transaction import Transaction
from web.context import current_actor, current_today

_FLASHES = "_flashes"
#: What views of many tasks or bundles follow from: cards and rows, and the names on them.
WORK = (topics.BOARD, topics.REFERENCE)


@dataclass(frozen=True)
class Mark:
    """How far a view has seen what happened."""

    #: The number that its page carries.
    cursor: int
    #: When its snapshot was taken.
    taken_at: datetime
    #: What the number of waiting items beside it follows from.
    inbox: tuple[int, ...] = ()


def is_poll() -> bool:
    """Whether the page's script asks, and not a person: messages wait for the page that a person opens."""
    return "X-Live" in request.headers


def register(app: Flask) -> None:
    """Offer ``is_poll`` to the templates of ``app``."""
    app.jinja_env.globals.update(is_poll=is_poll)


def mark(tx: Transaction, *names: str) -> Mark:
    """Say how far this snapshot has seen what concerns these topics, or anything at all if none is named.

    A view must name every topic that may change what it shows (``engine.audit.topics``). One read.
    """
    own = topics.followed(names)
    waiting = inbox.topics_of(tx.actor)
    found = history.positions(tx, {*own, *waiting})
    cursor = max(found.get(name, 0) for name in own)
    return Mark(cursor, tx.now, tuple(found.get(name, 0) for name in waiting))


def find_unchanged(seen: Mark) -> Response | None:
    """Answer with an empty 304 if the caller holds this view already; None if not."""
    has_messages = _FLASHES in session and not is_poll()
    if has_messages or not request.if_none_match.contains_weak(_tag(seen)):
        return None
    return _marked(make_response("", 304), seen)


def respond(seen: Mark, page: str, status: int = 200) -> Response:
    """Return ``page``, rendered with the mark's ``cursor``, with its ETag.

    A page with messages is shown once: it carries no tag and is not kept.
    """
    response = make_response(page, status)
    if status != 200 or request.method != "GET" or 'class="message' in page:
        response.headers["Cache-Control"] = "no-store"
        return response
    return _marked(response, seen)


def _marked(response: Response, seen: Mark) -> Response:
    response.set_etag(_tag(seen), weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _tag(seen: Mark) -> str:
    """Identify this view: its events, its reader and what waits for them, the hour, this release."""
    hour = seen.taken_at.strftime("%Y%m%d%H")
    release = current_app.config["ASSET_VERSION"]
    session_mark = session.get("csrf_token", "")
    parts = (
        seen.cursor,
        seen.inbox,
        current_actor(),
        request.full_path,
        current_today(),
        hour,
        release,
        session_mark,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]
