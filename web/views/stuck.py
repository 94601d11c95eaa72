"""What is stuck, and why."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from web import live
from web.context import current_actor, current_workbench
from web.pages import stuck as stuck_page
from web.rendering import render

bp = Blueprint("stuck", __name__)


@bp.get("/stuck")
def index() -> ResponseReturnValue:
    """Show every open task that does not move, by why it does not."""
    with current_workbench().reading(current_actor()) as tx:
        mark = live.mark(tx)
        if unchanged := live.find_unchanged(mark):
            return unchanged
        groups = stuck_page.load(tx)
    page = render(
        "stuck/index.html",
        groups=groups,
        sees_all=current_actor().sees_everything,
        titles=stuck_page.TITLES,
        short=stuck_page.SHORT,
        verbs=stuck_page.VERBS,
        cursor=mark.cursor,
    )
    return live.respond(mark, page)
