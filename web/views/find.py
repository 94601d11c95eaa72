"""One field for everything: a page, and the same in a dialog over whatever page is open."""

from __future__ import annotations

from flask import Blueprint, request

from web.context import current_actor, current_workbench
from web.frame import Frame
from web.pages import find
from web.rendering import render, render_in

bp = Blueprint("find", __name__)


@bp.get("/find")
def show() -> str:
    """Show what ``q`` finds, and what can be done with the open ``task``; alone where the script asks.

    Nothing is decided here: each result leads on, or is a form of its own.
    """
    task = request.args.get("task", "")
    with current_workbench().reading(current_actor()) as tx:
        found = find.find(tx, current_workbench().content(), request.args.get("q", ""), task)
    if request.headers.get("HX-Request"):
        return render_in(Frame(), "find/part.html", found=found)
    return render("find/show.html", found=found, task_name=task)
