"""Tickets: what programs do, as a list that stays fresh; and where earlier systems had it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue

from engine.access import Permission, require
from engine.recipes import tickets
from engine.recipes.tickets import TicketFilter
from web import addresses, live
from web.context import current_actor, current_workbench
from web.pages import tickets as ticket_list
from web.pages.board import MOST_COUNTED
from web.pagination import Pages

bp = Blueprint("tickets", __name__)


@bp.get("/tickets")
@live.follows(*live.WORK)
def index() -> ResponseReturnValue:
    """List the tickets that the user sees and that match the address (OUT-01, OUT-02)."""
    require(current_actor(), Permission.SEE_OWN_WORK, "see what runs by itself")
    wanted, content = TicketFilter.parse(request.args), current_workbench().content()
    with current_workbench().reading(current_actor()) as tx:
        found = tickets.list_tickets(tx, content, wanted, counted=MOST_COUNTED)
        page = ticket_list.load(tx, content, found)
    pages = Pages(found.total, found.limit, found.offset, is_exact=found.is_exact)
    return live.page("tickets/index.html", page=page, pages=pages)


@bp.get("/projects/<project>/<path:rest>")
def where_it_was(project: str, rest: str) -> ResponseReturnValue:  # noqa: ARG001 - no record (decision 4)
    """Lead from an address of an earlier system to where that is now (RCP-01, RCP-04, TRK-01, OUT-01)."""
    told = ((re.fullmatch(pattern, rest), new) for pattern, new in _MOVED.items())
    place = next((new(found) for found, new in told if found), None)
    if place is None:
        abort(404)
    return redirect(request.script_root + place, 301)


def _list(_: re.Match[str]) -> str:
    query = request.query_string.decode("ascii", "replace")
    return f"/tickets?{query}" if query else "/tickets"


def _form(_: re.Match[str]) -> str:
    key = request.args.get("recipe")
    return f"/recipes/{quote(key, safe='')}/new" if key else "/recipes"


#: What followed the project in an address of an earlier system -> where that is now.
_MOVED: Mapping[str, Callable[[re.Match[str]], str]] = {
    "work-tickets(/view)?|work-tickets-view": _list,
    "work-tickets/new": lambda _: "/recipes",
    "work-tickets/new/configure": _form,
    "work-tickets/([^/]+)(?:/track)?": lambda found: addresses.track(found[1]),
    "work-tickets/([^/]+)/outputs": lambda found: f"{addresses.track(found[1])}#outputs",
    # Outputs are asked for ticket by ticket now (OUT-12).
    "outputs": lambda _: "/tickets",
}
