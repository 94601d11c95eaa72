"""The token that proves that a form came from our own page (WEB-15).

The token is bound to the session. Pages are compressed, yet a compression oracle (BREACH) finds nothing: the
session cookie is SameSite=Lax, so another site cannot make the browser ask for pages in our user's name.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from flask import Flask, current_app, request, session
from markupsafe import Markup

from engine.errors import ForbiddenError
from web.api import auth as api_auth
from web.context import find_actor

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
View = TypeVar("View", bound=Callable[..., Any])
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class ForgedRequestError(ForbiddenError):
    """The form's token is missing or of another session."""


def token() -> str:
    """Return this session's token, made on first use."""
    value: str | None = session.get(FIELD)  # the session is looked up once: each form of a page asks
    if value is None:
        value = session[FIELD] = secrets.token_urlsafe(32)
    return value


def unbound(view: View) -> View:
    """Mark a view that takes forms of no session: its address is secret, and says all there is to say."""
    view.is_unbound = True  # type: ignore[attr-defined]  # functions take attributes
    return view


def field() -> Markup:
    """Return the hidden input that every form with ``method=post`` carries."""
    return _field(token())


@lru_cache(1024)
def _field(value: str) -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, value)


def check() -> None:
    """Refuse a changing request without this session's token, from the form or the header.

    It is the first to read the form, and so the one to say how long that may be.

    Raises:
        ForgedRequestError: the token is missing or wrong.
    """
    if request.method in _SAFE_METHODS:
        return
    _limit_body()
    if api_auth.is_asked() and not api_auth.takes_sessions():
        return  # a token is no cookie, which a browser would send along
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "is_unbound", False):
        return
    if not is_ours(request.form):
        raise ForgedRequestError(
            "This form is out of date: it belongs to another session. Load the page again and repeat."
        )


def is_ours(form: Mapping[str, str]) -> bool:
    """Whether this request carries the session's token; the cookie alone tells, the store is not asked."""
    given = request.headers.get(HEADER) or form.get(FIELD, "")
    return bool(given) and hmac.compare_digest(given.encode(), session.get(FIELD, "").encode())


def _limit_body() -> None:
    """Let only signed-in users send files."""
    if find_actor() is None:
        request.max_content_length = current_app.config["MAX_FORM_MEMORY_SIZE"]


def register(app: Flask) -> None:
    """Check every changing request of ``app`` and offer its token to the templates."""
    app.before_request(check)
    app.jinja_env.globals.update(csrf_field=field, csrf_token=token)
