"""The description of the API: for programs as OpenAPI 3.1, for people as a page with examples."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from web.api import auth, manual, openapi
from web.api.commands import as_plain_json
from web.context import current_workbench
from web.rendering import render


def register(bp: Blueprint) -> None:
    """Give the description its addresses."""
    bp.add_url_rule("/openapi.json", "description", description)
    bp.add_url_rule("/docs", "docs", show)


@auth.open_to_sessions
def description() -> Response:
    """Give the description to programs."""
    return as_plain_json(openapi.description())


@auth.open_to_sessions
def show() -> ResponseReturnValue:
    """Show it to people: all of it, or the operations that a search finds."""
    whole, search = manual.load(), request.args.get("search", "").strip()
    sections = whole.found(search)
    return render(
        "api/docs.html",
        manual=whole,
        search=search,
        sections=sections,
        found=sum(map(len, sections.values())),
        site=current_workbench().settings.site or request.host_url.rstrip("/"),
    )
