"""What is stuck, and why."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from engine.audit import topics
from web import live
from web.context import current_actor, current_workbench
from web.pages import stuck as stuck_page

bp = Blueprint("stuck", __name__)


@bp.get("/stuck")
@live.follows(topics.BOARD, topics.INBOX, topics.REMARKS, topics.REFERENCE)
def index() -> ResponseReturnValue:
    """Show every open task that does not move, by why it does not."""
    with current_workbench().reading(current_actor()) as tx:
        groups = stuck_page.load(tx)
    return live.page(
        "stuck/index.html",
        groups=groups,
        sees_all=current_actor().sees_everything,
        titles=stuck_page.TITLES,
        short=stuck_page.SHORT,
        verbs=stuck_page.VERBS,
    )
