"""Help: the guide of whoever reads it, those of the others for the team, and the keys."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from web.context import current_actor
from web.pages import guides
from web.rendering import render

bp = Blueprint("guides", __name__, url_prefix="/help")


@bp.get("")
def own() -> ResponseReturnValue:
    """Show the guide for the reader's role."""
    return show("")


@bp.get("/<name>")
def show(name: str) -> ResponseReturnValue:
    """Show one of the guides that the reader may read."""
    actor = current_actor()
    return render("guides/show.html", guide=guides.read(actor, name), guides=guides.readable_by(actor))


@bp.get("/keys")
def keys() -> ResponseReturnValue:
    """List the keyboard shortcuts, for those who come without a script."""
    return render("guides/keys.html")
