"""How a text will look: Markdown that somebody is writing, before it is sent (WEB-15)."""

from __future__ import annotations

from flask import Blueprint, request

from engine.errors import bad_field
from engine.tasks.inputs import LONGEST_BODY
from web.frame import Frame
from web.rendering import render, render_in

bp = Blueprint("preview", __name__)


@bp.post("/preview")
def show() -> str:
    """Show the field that ``preview`` names as it will be read; nothing is kept of it.

    The script gets it alone, to show it in the field's place; else it is a page, for a tab of its own.
    """
    name = request.form.get("preview", "")
    text = request.form.get(name, "")
    if len(text) > LONGEST_BODY:
        raise bad_field(name, f"has more than {LONGEST_BODY} characters; shorten it")
    if request.headers.get("HX-Request"):
        return render_in(Frame(), "preview/part.html", text=text)
    return render("preview/show.html", text=text)
