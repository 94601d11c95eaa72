"""Who asks under ``/api``."""

from __future__ import annotations

from flask import g, request

from engine.access import Actor
from engine.errors import UnauthorizedError
from web.auth import AS_ACTOR
from web.context import current_workbench


def identify() -> None:
    """Set the actor of this request: the one as whom the board itself asks, which no request can say.

    Raises:
        UnauthorizedError: nobody is named, or their account is closed.
    """
    g.actor = None
    actor: Actor | None = request.environ.get(AS_ACTOR)
    if actor is None:
        raise UnauthorizedError("Nobody may read this yet. Ask the operator for a release with API tokens.")
    g.actor = current_workbench().actor_for(actor.user_id)
