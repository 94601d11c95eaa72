"""Calendar feeds: one's own, and what a calendar program reads at the secret address of one."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from engine.bundles.models import Bundle
from engine.errors import NotFoundError, WorkbenchError
from engine.feeds import calendar, reading, service
from engine.transaction import Transaction
from web import auth, errors, messages, sent
from web.context import current_actor, current_workbench
from web.rendering import render
from web.secret_addresses import HEADERS, secret_address

bp = Blueprint("feeds", __name__)
#: Under which name the session of whoever made a feed carries its path to the page that shows it.
_MADE = "made_feed"


@bp.get("/feeds")
def index() -> ResponseReturnValue:
    """Show one's own feeds, and the form that makes one: of a bundle where the address names it."""
    return _page()


@bp.post("/feeds")
def make() -> ResponseReturnValue:
    """Make a feed; the page that follows shows its address, this once: loading that again makes no other."""
    session[_MADE] = sent.do("feed make").result.path
    return redirect(url_for("feeds.index"), 303)


@bp.post("/feeds/<feed_id>/revoke")
def revoke(feed_id: str) -> ResponseReturnValue:
    """Have nobody read a feed any more."""
    messages.tell(sent.do("feed revoke", feed_id=feed_id).message)
    return redirect(url_for("feeds.index"), 303)


@bp.get("/feeds/<token>.ics")
@auth.public
@secret_address
def read(token: str) -> ResponseReturnValue:
    """Give what the person of a feed may see now; nobody learns whether an address ever was one."""
    workbench = current_workbench()
    with workbench.reading(workbench.system_actor()) as tx:
        found = service.find(tx, token)
    if found is None:
        return _nothing()
    feed, actor = found
    with workbench.reading(actor) as tx:
        try:
            contents = reading.read(tx, feed)
        except NotFoundError:
            return _nothing()
        last = service.last_read(tx, [feed]).get(feed.feed_id)
    if last is None or workbench.clock.now() - last >= service.MARKED_EVERY:
        workbench.ledger(actor).raise_mark(service.mark_name(feed))
    site = workbench.settings.site or request.url_root.rstrip("/")
    tag = calendar.tag_of(contents, with_events=feed.with_events, site=site)
    if tag in request.if_none_match:
        return _calendar(b"", tag, 304)
    return _calendar(calendar.written(contents, with_events=feed.with_events, site=site), tag)


@bp.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the page again, with the reasons."""
    return errors.shown_again(error, _page, partial(url_for, "feeds.index"))


def _nothing() -> Response:
    """Answer a program, alike whatever the address was: revoked, of somebody who left, or never there."""
    return Response("There is no such feed.\n", 404, content_type="text/plain; charset=utf-8")


def _calendar(body: bytes, tag: str, status: int = 200) -> Response:
    answer = Response(body, status, content_type="text/calendar; charset=utf-8")
    answer.set_etag(tag)
    return answer


def _page(status: int = 200) -> Response:
    made = session.pop(_MADE, None)
    with current_workbench().reading(current_actor()) as tx:
        feeds = service.own(tx)
        asked = request.values.get("bundle_id")
        of_bundles = [feed.bundle_id for feed in feeds if feed.bundle_id]
        titles = {
            bundle_id: _title(tx, bundle_id) for bundle_id in [*of_bundles, *([asked] if asked else [])]
        }
        read = service.last_read(tx, feeds)
    site = current_workbench().settings.site or request.url_root.rstrip("/")
    page = render(
        "feeds/index.html",
        feeds=feeds,
        read=read,
        titles=titles,
        bundle_id=asked if asked and titles.get(asked) else None,
        address=f"{site}{made}" if made else None,
    )
    answer = make_response(page, status)
    if made:
        answer.headers.update(HEADERS)
    return answer


def _title(tx: Transaction, bundle_id: str) -> str | None:
    try:
        return tx.get(Bundle, bundle_id).title
    except NotFoundError:
        return None
