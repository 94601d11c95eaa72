"""The inbox: what waits for the user, decided, answered and permitted in place."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.audit import topics
from engine.command import Done
from engine.errors import WorkbenchError
from engine.inbox.service import SHOWN
from web import errors, live, messages, sent
from web.context import current_actor, current_workbench
from web.frame import Frame
from web.pages import inbox as inbox_page
from web.rendering import render_in

bp = Blueprint("inbox", __name__)

#: The part of the page that shows the chosen item.
_PANEL = "inbox-item"


@bp.get("/inbox")
@live.follows(topics.INBOX, topics.BOARD, topics.REMARKS, topics.REFERENCE, shows_inbox=True)
def show() -> ResponseReturnValue:
    """Show what waits for the user, one item chosen; with ``seen``, what they saw before."""
    return _page(request.args.get("item"))


@bp.post("/inbox/decide/<task_approval_id>")
def decide(task_approval_id: str) -> ResponseReturnValue:
    """Decide an approval on exactly the content that the form was shown with (D5)."""
    return _done(sent.do("task decide", task_approval_id=task_approval_id))


@bp.post("/inbox/answer/<task_id>")
def answer(task_id: str) -> ResponseReturnValue:
    """Answer a worker's question."""
    return _done(sent.do("task answer", task_id=task_id))


@bp.post("/inbox/review/<task_id>")
def review(task_id: str) -> ResponseReturnValue:
    """Permit an automated task to run, or refuse it for good."""
    return _done(sent.do("task review", task_id=task_id))


@bp.post("/inbox/seen")
def mark_seen() -> ResponseReturnValue:
    """Fold away what is new."""
    return _done(sent.do("inbox seen"))


def _done(done: Done[Any]) -> ResponseReturnValue:
    """Go on with the next item."""
    messages.say(done)
    return redirect(url_for("inbox.show", item=request.form.get("next") or None), 303)


def _page(key: str | None, status: int = 200) -> Response:
    with current_workbench().reading(current_actor()) as tx:
        shown = request.args.get("shown", SHOWN, type=int)
        page = inbox_page.load(tx, current_workbench(), key, seen="seen" in request.args, shown=shown)
    if request.headers.get("HX-Target") == _PANEL:
        return _panel(page) if page.gone is None else _whole(page.address(item=key))
    return live.page("inbox/show.html", status, page=page, kinds=inbox_page.CHIPS)


def _panel(page: inbox_page.InboxPage) -> Response:
    """Answer the page's own script, which asks for the chosen item and keeps the list that it has."""
    response = make_response(render_in(Frame(), "inbox/item.html", page=page))
    response.headers["Cache-Control"] = "no-store"  # it stands under the address of a whole page
    return response


def _whole(address: str) -> Response:
    """Have the page's own script open the whole page: its list is out of date."""
    response = make_response("", 200)
    response.headers["HX-Redirect"] = address
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the inbox again with the reasons at the item and the input kept."""
    given = request.view_args or {}
    key = given.get("task_approval_id") or given.get("task_id")
    return errors.shown_again(error, partial(_page, key), partial(url_for, "inbox.show", item=key))
