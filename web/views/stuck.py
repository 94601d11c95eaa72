"""What is stuck, and why."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from engine.inbox import stuck
from web import live
from web.context import current_actor, current_workbench
from web.pages import stuck as stuck_page

bp = Blueprint("stuck", __name__)


@bp.get("/stuck")
def index() -> ResponseReturnValue:
    """Show every open task that does not move, by why it does not."""
    with current_workbench().reading(current_actor()) as tx:
        if unchanged := live.find_unchanged(tx):
            return unchanged
        page = render_template(
            "stuck/index.html",
            groups=stuck.load(tx),
            sees_all=tx.actor.sees_everything,
            titles=stuck_page.TITLES,
            short=stuck_page.SHORT,
            verbs=stuck_page.VERBS,
            mended_at=lambda item: stuck_page.mended_at(tx, item),
            age=lambda item: stuck_page.age(tx, item),
            cursor=live.cursor(tx),
        )
        return live.respond(tx, page)
