"""Who asks under ``/api``: nobody yet, until there are tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request

from engine.audit import topics
from engine.errors import UnauthorizedError
from web import readers

View = TypeVar("View", bound=Callable[..., Any])
_ROOT = "/api"
_AS_ACTOR = "workbench.actor"


def is_asked() -> bool:
    """Whether this request is one to the API, whatever address of it."""
    return request.path == _ROOT or request.path.startswith(f"{_ROOT}/")


def open_to_sessions(view: View) -> View:
    """Mark a view of the API that whoever is signed in to the board may read, too."""
    view.is_open_to_sessions = True  # type: ignore[attr-defined]  # functions take attributes
    return view


def takes_sessions() -> bool:
    """Whether this request is for such a view, and brings no token."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "is_open_to_sessions", False) and "Authorization" not in request.headers


def identify() -> None:
    """Find for whom this request acts.

    Raises:
        UnauthorizedError: there is no token.
    """
    actor = request.environ.get(_AS_ACTOR)
    if actor is None:
        raise UnauthorizedError(
            "This request has no API token. Send one header “Authorization: Bearer” with it."
        )
    g.actor, g.session_id = actor, ""
    g.found_at = readers.of_actor(actor, (topics.EVERYTHING,)).positions.get(topics.EVERYTHING)


def register(app: Flask) -> None:
    """Say with each refusal of ``app`` under ``/api`` for want of a token how to bring one."""
    app.after_request(_challenge)


def _challenge(response: Response) -> Response:
    if response.status_code == 401 and is_asked():
        response.headers["WWW-Authenticate"] = 'Bearer realm="workbench"'
    return response
