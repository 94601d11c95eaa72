"""Views that stay fresh: a cursor in the page, an ETag on the answer, 304 when nothing changed (decision 11).

The cursor is the number of the workspace's latest event. The page's script asks for its own address again
with ``If-None-Match``; an answer with a smaller cursor than the page's is never shown: a view never rewinds.
"""

from __future__ import annotations

import hashlib

from flask import Flask, Response, current_app, make_response, request, session

from engine.audit import history
from engine.inbox import service as inbox
from engine.transaction import Transaction
from web.context import current_today

_FLASHES = "_flashes"


def is_poll() -> bool:
    """Whether the page's script asks, and not a person: messages wait for the page that a person opens."""
    return "X-Live" in request.headers


def register(app: Flask) -> None:
    """Offer ``is_poll`` to the templates of ``app``."""
    app.jinja_env.globals.update(is_poll=is_poll)


def cursor(tx: Transaction) -> int:
    """Return the number of the latest event of the actor's workspace."""
    return history.latest_seq(tx)


def find_unchanged(tx: Transaction) -> Response | None:
    """Return the empty 304 answer when the caller holds this view already, else None."""
    has_messages = _FLASHES in session and not is_poll()
    if has_messages or not request.if_none_match.contains_weak(_tag(tx, cursor(tx))):
        return None
    return _marked(make_response("", 304), tx)


def respond(tx: Transaction, page: str, status: int = 200) -> Response:
    """Return ``page`` with its ETag. Render it with ``cursor(tx)`` as ``cursor``, inside the same snapshot.

    A page with messages is shown once: it carries no tag and is not kept.
    """
    response = make_response(page, status)
    if status != 200 or request.method != "GET" or 'class="message' in page:
        response.headers["Cache-Control"] = "no-store"
        return response
    return _marked(response, tx)


def _marked(response: Response, tx: Transaction) -> Response:
    response.set_etag(_tag(tx, cursor(tx)), weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _tag(tx: Transaction, latest: int) -> str:
    """Tell this view from another: events, who looks and what waits for them, the day, this release."""
    hour = tx.now.strftime("%Y%m%d%H")
    release = current_app.config["ASSET_VERSION"]
    session_mark = session.get("csrf_token", "")
    parts = (
        latest,
        inbox.state(tx),
        tx.actor,
        request.full_path,
        current_today(),
        hour,
        release,
        session_mark,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]
