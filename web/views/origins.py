"""Where a bundle comes from: who set each of its parts, as its pin keeps it."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from web.context import current_actor, current_workbench
from web.pages import origins as origins_page
from web.rendering import render

bp = Blueprint("origins", __name__)


@bp.get("/bundles/<bundle_id>/origins")
def show(bundle_id: str) -> ResponseReturnValue:
    """Show who set each part of a bundle, or of the task that ``?task=`` names by its ref in the template."""
    content = current_workbench().content()
    with current_workbench().reading(current_actor()) as tx:
        page = origins_page.load(tx, content, bundle_id, request.args.get("task") or None)
    return render("bundles/origins.html", page=page, bundle=page.bundle)
