"""The places of the frame's navigation, shown as soon as their view exists."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app, request, url_for

from engine.access import Permission, may
from web.context import find_actor


@dataclass(frozen=True)
class Place:
    """One entry of the navigation."""

    label: str
    endpoint: str
    #: The key sequence that leads there.
    keys: str
    #: The name of its icon in ``_components/icons.html``.
    icon: str
    permission: Permission = Permission.SEE_OWN_WORK

    @property
    def address(self) -> str:
        """Where it is."""
        return url_for(self.endpoint)

    @property
    def is_current(self) -> bool:
        """Whether the shown page is this place or below it."""
        return request.endpoint == self.endpoint or request.blueprint in _UNDER.get(self.endpoint, ())


PLACES: tuple[Place, ...] = (
    Place("Board", "board.show", "g b", "board"),
    Place("My work", "board.my_work", "g m", "person"),
    Place("Bundles", "bundles.index", "g u", "bundle"),
    Place("Start something", "start.gallery", "n", "plus", Permission.START_BUNDLE),
    Place("Templates", "templates.index", "g t", "book", Permission.BROWSE_TEMPLATES),
)
_UNDER = {
    "board.show": ("tasks",),
    "bundles.index": ("bundles",),
    "start.gallery": ("start",),
    "templates.index": ("templates",),
}


def places() -> list[Place]:
    """Return the places that exist and that the signed-in user may go to."""
    actor = find_actor()
    if actor is None:
        return []
    views = current_app.view_functions
    return [place for place in PLACES if place.endpoint in views and may(actor, place.permission)]


def register(app: Flask) -> None:
    """Offer the places to the templates of ``app``."""
    app.jinja_env.globals["places"] = places
