"""The places of the frame's navigation, shown as soon as their view exists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from flask import Flask, current_app, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter

from engine.access import Actor, Permission, may
from web.context import find_actor

_INBOX = "inbox.show"
_WORKLOGS = "worklogs.index"
#: Where a partner's people may go.
_OF_PARTNERS = (_INBOX, _WORKLOGS)
#: What a bottom bar holds beside its last entry, which leads to all others.
IN_BAR = 4


@dataclass(frozen=True, eq=False)  # each is one of ``PLACES``: what is kept of them is found at once
class Place:
    """One entry of the navigation."""

    label: str
    endpoint: str
    #: The key sequence that leads there.
    keys: str
    #: The name of its icon in ``_components/icons.html``.
    icon: str
    permission: Permission = Permission.SEE_OWN_WORK
    #: Stands apart, at the end: for those who may.
    is_below: bool = False

    @property
    def address(self) -> str:
        """Where it is."""
        return fixed_address(self.endpoint)

    @property
    def is_current(self) -> bool:
        """Whether the shown page is this place or below it."""
        return request.endpoint == self.endpoint or request.blueprint in _UNDER.get(self.endpoint, ())


PLACES: tuple[Place, ...] = (
    Place("Board", "board.show", "g b", "board"),
    Place("My work", "board.my_work", "g m", "person"),
    Place("Inbox", _INBOX, "g i", "inbox"),
    Place("Bundles", "bundles.index", "g u", "bundle"),
    Place("Start something", "start.gallery", "n", "plus", Permission.START_BUNDLE),
    Place("Tickets", "tickets.index", "g k", "ticket"),
    Place("QA", "qa.index", "g q", "check", Permission.DECIDE),
    Place("Stuck", "stuck.index", "g s", "stuck"),
    Place("Queue", "queue.index", "g y", "queue"),
    Place("Reminders", "reminders.index", "g e", "clock"),
    Place("Reports", "reports.index", "g r", "chart"),
    Place("Templates", "templates.index", "g t", "book", Permission.BROWSE_TEMPLATES),
    Place("Proposals", "proposals.index", "g o", "pencil", Permission.PROPOSE, is_below=True),
    Place("Schedules", "schedules.index", "g h", "clock", Permission.SEE_ALL_WORK, is_below=True),
    Place("Worklogs", _WORKLOGS, "g w", "letter", Permission.SEE_ALL_WORK),
    Place("People", "people.index", "g p", "people", Permission.SEE_ALL_WORK, is_below=True),
    Place("Partners", "partners.index", "g c", "partners", Permission.SEE_ALL_WORK, is_below=True),
    Place("Jobs", "jobs.index", "g j", "clock", Permission.ADMINISTER, is_below=True),
)
_UNDER = {
    "board.show": ("tasks", "task_making", "deliverables"),
    "bundles.index": ("bundles", "bundle_tasks"),
    "start.gallery": ("start",),
    "tickets.index": ("tickets", "track"),
    "schedules.index": ("schedules",),
    "templates.index": ("templates",),
    "proposals.index": ("proposals", "editing", "yaml_editing", "proposing"),
    "qa.index": ("qa",),
    "queue.index": ("queue",),
    "reports.index": ("reports",),
    _WORKLOGS: ("worklogs",),
    "people.index": ("people",),
    "partners.index": ("partners",),
}


def places_of(actor: Actor) -> list[Place]:
    """Return the places that exist and that somebody may go to."""
    views = current_app.view_functions
    if not may(actor, Permission.SEE_OWN_WORK):
        return [place for place in PLACES if place.endpoint in _OF_PARTNERS]
    return [place for place in PLACES if place.endpoint in views and may(actor, place.permission)]


def fixed_address(endpoint: str, **values: Any) -> str:
    """Return an address that stands on many pages; worked out once per place that the board is mounted at."""
    return _fixed_address(request.script_root, endpoint, tuple(sorted(values.items())))


@lru_cache(maxsize=1024)
def _fixed_address(_mounted_at: str, endpoint: str, values: tuple[tuple[str, Any], ...]) -> str:
    return url_for(endpoint, **dict(values))


#: The pages of forms that are sent to no address below their page's.
_PAGE_OF_FORM = {
    "accounts.end_other_sessions": "accounts.password",
    "accounts.end_session": "accounts.password",
    "approvals.decide": "inbox.show",
    "deliverables.comment": "deliverables.view",
    "editing.arrange": "editing.edit",
    "reminders.dismiss": "reminders.index",
    "reminders.snooze": "reminders.index",
    "start.preview": "start.form",
    "start.whole_form": "start.form",
    "yaml_editing.fork": "yaml_editing.show",
}


def page_of_form() -> str | None:
    """Return the page whose form is sent to this request's address; None where no form is sent there.

    A form that was refused leaves its address in the bar, where enter asks for it as a page (D3).
    """
    adapter = current_app.create_url_adapter(request)
    if adapter is None or (found := _matched(adapter, request.path, "POST")) is None:
        return None
    endpoint, values = found
    if page := _PAGE_OF_FORM.get(endpoint):
        wanted = next(current_app.url_map.iter_rules(page)).arguments
        return url_for(page, **{name: value for name, value in values.items() if name in wanted})
    above = request.path
    while above:
        above = above.rpartition("/")[0]
        if _matched(adapter, above or "/", "GET"):
            return request.script_root + (quote(above) or "/")
    return None


def _matched(adapter: MapAdapter, path: str, method: str) -> tuple[str, Mapping[str, Any]] | None:
    """Return the endpoint that answers an address, with its values; None where none does."""
    try:
        return adapter.match(path, method)
    except HTTPException:  # a redirect of the routing, too
        return None


def landing() -> str:
    """Return where the signed-in user begins."""
    return fixed_address(landing_of(find_actor()))


def landing_of(actor: Actor | None) -> str:
    """Return the endpoint where somebody begins: the team at the board, a partner's user at their inbox."""
    is_outside = actor is not None and not may(actor, Permission.SEE_OWN_WORK)
    return _INBOX if is_outside else "board.show"


def register(app: Flask) -> None:
    """Give the templates of ``app`` addresses of pages, and what is the same in the frame of many (P3)."""

    def draw(name: str, **facts: Any) -> Markup:
        return Markup(app.jinja_env.get_template(f"_frame/{name}.html").render(facts))  # noqa: S704 - a template

    @lru_cache(maxsize=256)
    def draw_places(
        _mounted_at: str, places: tuple[Place, ...], current: Place | None, waiting: int
    ) -> Markup:
        return draw("navigation", places=places, current=current, waiting=waiting)

    def navigation_of(places: Sequence[Place], waiting: int) -> Markup:
        current = next((place for place in places if place.is_current), None)
        return draw_places(request.script_root, tuple(places), current, waiting)

    @lru_cache(maxsize=32)
    def keys_dialog(shortcuts: tuple[Any, ...]) -> Markup:
        return draw("keys", shortcuts=shortcuts)

    @lru_cache(maxsize=32)
    def draw_find(_mounted_at: str, is_partners: bool) -> Markup:
        return draw("find", address=fixed_address("find.show"), is_partners=is_partners)

    def find_dialog(is_partners: bool) -> Markup:
        return draw_find(request.script_root, is_partners)

    app.jinja_env.globals.update(
        find_dialog=find_dialog,
        fixed_address=fixed_address,
        keys_dialog=keys_dialog,
        navigation_of=navigation_of,
        places_in_bar=IN_BAR,
    )
