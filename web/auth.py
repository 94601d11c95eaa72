"""Sessions: who is signed in, and the rule that every page asks for it unless it says otherwise."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request, session
from werkzeug.exceptions import HTTPException

from engine.access import Actor, Permission, may
from engine.accounts.models import User
from engine.config import Settings
from engine.errors import ForbiddenError, NotFoundError, UnauthorizedError
from web import csrf, live, readers, snapshot
from web.context import current_workbench
from web.folder_lock import alone_in
from web.readers import Reader

_USER = "user_id"
#: The day on which the session was last sent.
_RENEWED = "renewed_on"
_DAYS = 14
#: Methods that change nothing: all that such a request reads is read from one snapshot.
_READING = frozenset({"GET", "HEAD"})
#: The rooms that a partner's user may enter; each shows them what is theirs alone.
_PARTNERS_ROOMS = frozenset({"inbox", "deliverables", "approvals", "accounts"})
#: Pages outside of them that only lead on.
_PARTNERS_PAGES = frozenset({"board.home", "static"})
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
        # An answer under way while somebody signs out, or is told something, must not bring the old one back;
        # ``_renew_session`` lets a session last.
        SESSION_REFRESH_EACH_REQUEST=False,
    )
    snapshot.register(app)
    app.before_request(_identify)


def read_secret_key(path: Path) -> str:
    """Return the key that signs sessions, made on first use and readable by the owner alone.

    Processes that make it together get the same one, and none reads a file that is not written yet (G5); one
    that is empty all the same, as earlier releases could leave it, is made again.
    """
    return _secret_key_in(path) or _make_secret_key(path)


def _secret_key_in(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def _make_secret_key(path: Path) -> str:
    with alone_in(path.parent):
        if found := _secret_key_in(path):
            return found
        key = secrets.token_urlsafe(48)
        part = path.with_name(f"{path.name}.part")
        part.unlink(missing_ok=True)  # of a process that ended half-way; nobody else is in here
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key)
        part.replace(path)
        return key


def begin_session(user: User) -> None:
    """Sign ``user`` in with a fresh session, so that a planted one is worthless."""
    session.clear()
    session.permanent = True
    session[_USER] = user.user_id
    csrf.token()
    g.actor = current_workbench().actor_for(user.user_id)


def end_session() -> None:
    """Sign out."""
    session.clear()


def safe_next(target: str | None, otherwise: str) -> str:
    """Return where to go after signing in: only a path of this site, else ``otherwise``."""
    if not target or "\\" in target or any(ord(character) < 32 for character in target):
        return otherwise
    is_ours = target.startswith("/") and not target.startswith("//")
    return target if is_ours else otherwise


def is_open_to(actor: Actor | None, path: str) -> bool:
    """Whether an address of this site leads to a page that the actor may open."""
    if actor is None or may(actor, Permission.SEE_OWN_WORK):
        return True
    rules = current_app.create_url_adapter(request)
    try:
        endpoint = rules.match(urlsplit(path).path, method="GET")[0] if rules else ""
    except HTTPException:
        return False
    return _is_partners(endpoint)


def _is_partners(endpoint: str) -> bool:
    return endpoint in _PARTNERS_PAGES or endpoint.partition(".")[0] in _PARTNERS_ROOMS


def _keep_out(endpoint: str) -> None:
    """Refuse the team's pages to everybody else, who must not even learn which records exist.

    Raises:
        NotFoundError: the address names a record.
        ForbiddenError: it names none.
    """
    if _is_partners(endpoint):
        return
    if any(name.endswith("_id") for name in request.view_args or {}):
        raise NotFoundError("There is nothing here that you may see. What waits for you is in your inbox.")
    raise ForbiddenError("This page is the team's. What waits for you is in your inbox.")


def _identify() -> Response | None:
    """Find the actor of this request; refuse strangers where the view is not public, and partners the team's.

    Whoever holds the view already is answered here.

    Raises:
        UnauthorizedError: nobody is signed in, or the account is not active any more.
        NotFoundError, ForbiddenError: the page is not for partners.
    """
    view = current_app.view_functions.get(request.endpoint or "")
    is_open = view is None or request.endpoint == "static" or getattr(view, "is_public", False)
    is_page = request.method in _READING and not is_open
    followed = live.followed_by(view) if is_page else None
    topics = followed.known(request.view_args or {}) if followed else ()
    reader = _find_reader(topics, is_page=is_page)
    g.actor = reader.actor if reader else None
    if reader is None:
        if not is_open:
            raise UnauthorizedError("You are not signed in. Sign in, then try again.")
        return None
    if request.method == "GET" and not live.is_poll():
        _renew_session()
    if not is_open and not may(reader.actor, Permission.SEE_OWN_WORK):
        _keep_out(request.endpoint or "")
    if not is_page:
        return None
    g.positions = reader.positions
    return live.answer_unchanged(followed, reader.positions, topics) if followed else None


def _find_reader(names: Collection[str], *, is_page: bool) -> Reader | None:
    """Find who is signed in, with the positions of these topics; the request of a page keeps its snapshot."""
    if request.endpoint == "static" or (user_id := session.get(_USER)) is None:
        return None
    if is_page:
        snapshot.begin()
    reader = readers.find(user_id, names)
    if reader is None:
        session.clear()
    return reader


def is_signed_in(app: Flask, cookies: str) -> bool:
    """Whether these cookies are those of a session that this board began, before any request is made of them.

    Whether its user is still active, the request itself asks.
    """
    opened = app.session_interface.open_session(app, app.request_class({"HTTP_COOKIE": cookies}))
    return opened is not None and _USER in opened


def _renew_session() -> None:
    """Let the session last from today on: once a day, and only with a page that a person opens."""
    today = current_workbench().clock.now().date().isoformat()
    if session.get(_RENEWED) != today:
        session[_RENEWED] = today
