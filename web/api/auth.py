"""Who asks under ``/api``: whoever the one bearer token of the request acts for (API-01, SEC-01, OPQ-49).

Cookies are not looked at, so no other site can ask in anybody's name and no form token is needed; a view that
is ``open_to_sessions`` takes a session as well. A request without a good token learns nothing, not even
whether its address is one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, request

from engine.audit import topics
from engine.errors import UnauthorizedError
from engine.ledger import milliseconds
from engine.tokens import service
from web import devices, readers
from web.api import rates
from web.context import asked_as, current_workbench
from web.readers import TOKEN, Reader

View = TypeVar("View", bound=Callable[..., Any])
#: Where the API is.
ROOT = "/api"
_SCHEME = "bearer"
#: How every token is written; whatever is not is none, and nothing is read for it.
_FORM = re.compile(rf"{service.PREFIX}[A-Za-z0-9_-]{{43}}")
_HOW = "Send one header “Authorization: Bearer” with an API token. An admin makes one."


def is_asked() -> bool:
    """Whether this request is one to the API, whatever address of it."""
    return request.path == ROOT or request.path.startswith(f"{ROOT}/")


def open_to_sessions(view: View) -> View:
    """Mark a view of the API that whoever is signed in to the board may read, too."""
    view.is_open_to_sessions = True  # type: ignore[attr-defined]  # functions take attributes
    return view


def takes_sessions() -> bool:
    """Whether this request is for such a view, and brings no token."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "is_open_to_sessions", False) and "Authorization" not in request.headers


def identify() -> None:
    """Find for whom this request acts, and count it; asked again, that is known.

    Raises:
        UnauthorizedError: there is no token, not exactly one, or one that nobody has.
        TokenExpiredError, TokenRevokedError: it is over.
        RateLimitedError: it has sent too many requests in this minute; or it may be a guess, and too many
            wrong ones came before it.
    """
    if "actor" in g:
        return
    if (actor := asked_as()) is not None:
        g.actor, g.session_id = actor, ""
        g.found_at = readers.of_actor(actor, (topics.EVERYTHING,)).positions.get(topics.EVERYTHING)
        return
    secret = _secret()
    reader = _find(secret)
    g.actor, g.session_id, g.api_token = reader.actor, "", secret
    g.found_at = reader.positions.get(topics.EVERYTHING)
    rates.count(reader.session_id)
    _mark(reader)


def identify_again() -> None:
    """Find anew for whom this request acts, which has waited meanwhile; it is not counted again.

    Raises:
        UnauthorizedError: nobody any more.
    """
    if (actor := asked_as()) is not None:
        g.actor = current_workbench().actor_for(actor.user_id)
    else:
        g.actor = _find(g.api_token).actor


def register(app: Flask) -> None:
    """Say with each refusal of ``app`` under ``/api`` for want of a token how to bring one."""
    app.after_request(_challenge)


def _secret() -> str:
    """Return the token of this request.

    Raises:
        UnauthorizedError: its headers do not hold exactly one, written as tokens are.
    """
    given = request.headers.get("Authorization", "")
    if not given:
        raise UnauthorizedError(f"This request has no API token. {_HOW}")
    scheme, _, secret = given.partition(" ")
    if "," in given:  # by which servers join headers that came twice, and which no token holds
        raise UnauthorizedError(f"This request has more than one “Authorization”. {_HOW}")
    if scheme.lower() != _SCHEME:
        raise UnauthorizedError(f"This request is authorized in another way than by a bearer token. {_HOW}")
    secret = secret.strip(" ")
    if not _FORM.fullmatch(secret):
        raise UnauthorizedError(f"What this request brings is no API token. {_HOW}")
    return secret


def _find(secret: str) -> Reader:
    """Find whose token it is; one that this process does not know yet may be a guess, and guesses get slower.

    Raises:
        UnauthorizedError: nobody's, or one that is over.
        RateLimitedError: too many wrong ones came before it.
    """
    workbench = current_workbench()
    names = (topics.EVERYTHING,)
    if readers.is_known(TOKEN, secret):
        reader = readers.find(secret, names, TOKEN)
        if reader is not None:
            return reader
    attempt = devices.attempt_of_token(secret[: service.SHOWN])
    with workbench.sign_in_throttle.trying(attempt, workbench.clock.now()):
        found = readers.find(secret, names, TOKEN) or _over(secret)
    if isinstance(found, UnauthorizedError):
        raise found
    return found


def _over(secret: str) -> UnauthorizedError:
    """Return why a token lets nobody in any more; that is no guess.

    Raises:
        UnauthorizedError: there never was such a token.
    """
    workbench = current_workbench()
    with workbench.reading(workbench.system_actor()) as tx:
        over = service.why_not(tx, secret)
    if over is None:
        raise UnauthorizedError("Nobody has this API token. Check it, or ask an admin for another one.")
    return over


def _mark(reader: Reader) -> None:
    """Note that the token is used, at most once a minute (definitions.md section 5: last use)."""
    now = current_workbench().clock.now()
    if reader.used_at <= milliseconds(now - service.MARKED_EVERY):
        current_workbench().ledger(reader.actor).raise_mark(service.mark_name(reader.session_id))


def _challenge(response: Response) -> Response:
    if response.status_code == 401 and is_asked():
        error = ', error="invalid_token"' if "Authorization" in request.headers else ""
        response.headers["WWW-Authenticate"] = f'Bearer realm="workbench"{error}'
    return response
