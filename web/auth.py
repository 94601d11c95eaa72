"""Sessions: who is signed in, and the rule that every page asks for it unless it says otherwise."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask, current_app, g, request, session

from engine.access import Actor
from engine.accounts.models import User
from engine.config import Settings
from engine.errors import UnauthorizedError
from web import csrf
from web.context import current_workbench

_USER = "user_id"
_DAYS = 14
View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Mark a view as open to everybody; all others ask for a signed-in user."""
    view.is_public = True  # type: ignore[attr-defined]  # functions take attributes
    return view


def register(app: Flask, settings: Settings, secret_key: str | bytes | None) -> None:
    """Give ``app`` its sessions and close every view that is not public."""
    app.secret_key = secret_key or read_secret_key(settings.data_folder / "secret_key")
    app.config.update(
        SESSION_COOKIE_NAME="workbench_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=_DAYS * 24 * 3600,
    )
    app.before_request(_identify)


def read_secret_key(path: Path) -> str:
    """Return the key that signs sessions, made on first use and readable by the owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    key = secrets.token_urlsafe(48)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key)
    return key


def begin_session(user: User) -> None:
    """Sign ``user`` in with a fresh session, so that a planted one is worth nothing."""
    session.clear()
    session.permanent = True
    session[_USER] = user.user_id
    csrf.token()


def end_session() -> None:
    """Sign out."""
    session.clear()


def safe_next(target: str | None, otherwise: str) -> str:
    """Return where to go after signing in: only a path of this site, else ``otherwise``."""
    if not target or "\\" in target or any(ord(character) < 32 for character in target):
        return otherwise
    is_ours = target.startswith("/") and not target.startswith("//")
    return target if is_ours else otherwise


def _identify() -> None:
    """Find the actor of this request, and refuse strangers where the view is not public.

    Raises:
        UnauthorizedError: nobody is signed in, or the account is not active any more.
    """
    g.actor = _session_actor()
    view = current_app.view_functions.get(request.endpoint or "")
    is_open = view is None or request.endpoint == "static" or getattr(view, "is_public", False)
    if g.actor is None and not is_open:
        raise UnauthorizedError("You are not signed in. Sign in, then try again.")


def _session_actor() -> Actor | None:
    user_id = session.get(_USER)
    if user_id is None or request.endpoint == "static":
        return None
    try:
        return current_workbench().actor_for(user_id)
    except UnauthorizedError:
        session.clear()
        return None
