"""Sessions: who is signed in, and the rule that every page asks for it unless it says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, redirect, request, session, url_for
from werkzeug.exceptions import HTTPException

from engine.access import Actor, Permission, may
from engine.accounts import actors, sessions
from engine.audit import topics
from engine.config import Settings
from engine.errors import ConflictError, ForbiddenError, NotFoundError, UnauthorizedError
from engine.tokens import service as tokens
from engine.transaction import Transaction
from web import csrf, live, readers, snapshot
from web.api import auth as api_auth
from web.context import AS_ACTOR as AS_ACTOR  # noqa: PLC0414 - where others look for it
from web.context import asked_as, current_workbench, workbench_of
from web.readers import TOKEN, Reader

_TOKEN = "token"  # noqa: S105 - a name
#: Whose session it is, for the queue of requests alone: who may do what, the store says.
_USER = "user"
#: Signs of browsers and systems in a ``User-Agent``; whoever calls itself several is the first of them.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrom", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("Mac OS X", "a Mac"),
    ("Linux", "Linux"),
)
#: The day on which the session was last sent.
_RENEWED = "renewed_on"
#: The token of a session that was found to be over, until its person was told.
_LOST = "lost"
_DAYS = 14
#: Methods that change nothing: all that such a request reads is read from one snapshot.
_READING = frozenset({"GET", "HEAD"})
#: The rooms that a partner's user may enter; each shows them what is theirs alone.
_PARTNERS_ROOMS = frozenset(
    {"inbox", "deliverables", "approvals", "accounts", "guides", "find", "preview", "tokens"}
    | {"message_settings", "second_factor"}
)
#: Pages outside of them that are theirs too, or only lead on.
_PARTNERS_PAGES = frozenset({"board.home", "static", "worklogs.index", "worklogs.show", "worklogs.file"})
_SIGNED_OUT = "You were signed out meanwhile. Nothing was changed. Sign in, then try again."
_TOKEN_OVER = "This API token has ended meanwhile. Nothing was changed. Ask an admin for another one."  # noqa: S105
View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Mark a view as open to everybody; all others ask for a signed-in user."""
    view.is_public = True  # type: ignore[attr-defined]  # functions take attributes
    return view


def register(app: Flask, settings: Settings, secret_key: str | bytes | None) -> None:
    """Give ``app`` its sessions and close every view that is not public."""
    app.secret_key = secret_key or workbench_of(app).database.words.secret("cookies")
    is_secure = settings.cookies_over_https_alone
    app.config.update(
        # With the prefix a browser takes it from this host alone, and no neighbour plants one.
        SESSION_COOKIE_NAME=f"{'__Host-' if is_secure else ''}workbench_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=is_secure,
        PERMANENT_SESSION_LIFETIME=_DAYS * 24 * 3600,
        # An answer under way while somebody signs out, or is told something, must not bring the old one back;
        # ``_renew_session`` lets a session last.
        SESSION_REFRESH_EACH_REQUEST=False,
    )
    snapshot.register(app)
    app.before_request(_identify)


def begin_session(token: str) -> None:
    """Let this browser carry a session that was begun, in a fresh cookie: a planted one is worthless.

    It is begun, and a link used up, though the store may not answer any more (``web.errors``).
    """
    g.done_message = g.get("done_message") or "You are signed in."
    session.clear()
    session.permanent = True
    session[_TOKEN] = token
    csrf.token()
    reader = readers.find(token)
    g.actor, g.session_id = (reader.actor, reader.session_id) if reader else (None, "")
    if reader is not None:
        session[_USER] = reader.actor.user_id


def current_session() -> str | None:
    """Return the id of the session of this request; None for strangers."""
    return g.get("session_id") or None


def end_session() -> None:
    """Let this browser forget its session."""
    session.clear()


def take_lost_token() -> str | None:
    """Return the token of the session that has ended on this browser; only once, so that it is said once."""
    lost = session.pop(_LOST, None)
    return None if lost is None else str(lost)


def browser_of(agent: str) -> str:
    """Say in a few words which browser a ``User-Agent`` is, as far as it tells."""
    browser = next((name for sign, name in _BROWSERS if sign in agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    return f"{browser or 'A browser'} on {system}" if system else browser or "An unknown browser"


def safe_next(target: str | None, otherwise: str) -> str:
    """Return where to go after signing in: only a path of this site, else ``otherwise``."""
    if not target or "\\" in target or any(ord(character) < 32 for character in target):
        return otherwise
    is_ours = target.startswith("/") and not target.startswith("//")
    return target if is_ours else otherwise


def refuse_if_withdrawn(tx: Transaction) -> None:
    """Refuse what somebody asked for whose session ended, or whose rights changed, while it was on its way.

    A page that answers it shows what they may see now. Nothing is read where nothing happened meanwhile.

    Raises:
        UnauthorizedError: they are signed out, or their account is closed.
        ConflictError: they have other rights, or stand for somebody else.
    """
    if tx.database.held_head(tx.workspace_id).position == g.found_at:
        return
    asked, secret = g.actor, g.get("api_token")
    g.actor = _found_again(tx, secret)
    if g.actor is None:
        raise UnauthorizedError(_SIGNED_OUT if secret is None else _TOKEN_OVER)
    if g.actor != asked:
        raise ConflictError(
            "What you may do here was changed while this was on its way. Nothing was changed. Load the page "
            "again, then repeat it if it is still yours to do."
        )


def _found_again(tx: Transaction, secret: str | None) -> Actor | None:
    """Find who asks as they are now: by their API token, else by their session."""
    if (asked := asked_as()) is not None:
        return actors.find_again(tx, asked)
    found = sessions.find(tx, str(session.get(_TOKEN))) if secret is None else tokens.find(tx, secret)
    return found.actor if found else None


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
        UnauthorizedError: nobody is signed in, or the session is over, or the account.
        NotFoundError, ForbiddenError: the page is not for partners.
    """
    if api_auth.is_asked() and not api_auth.takes_sessions():
        api_auth.identify()
        return None
    view = current_app.view_functions.get(request.endpoint or "")
    is_open = view is None or request.endpoint == "static" or getattr(view, "is_public", False)
    is_page = request.method in _READING and not is_open
    followed = live.followed_by(view) if is_page else None
    names = followed.known(request.view_args or {}) if followed else ()
    reader = _find_reader(names if is_page else (topics.EVERYTHING,), is_page=is_page)
    g.actor, g.session_id = (reader.actor, reader.session_id) if reader else (None, "")
    g.found_at = reader.positions.get(topics.EVERYTHING) if reader else None
    if reader is None:
        if not is_open:
            raise UnauthorizedError("You are not signed in. Sign in, then try again.")
        return None
    if request.method == "GET" and not live.is_poll():
        _renew_session()
    if reader.must_set_up and not is_open and request.blueprint != "second_factor":
        return _lead_to_set_up()
    if not is_open and not may(reader.actor, Permission.SEE_OWN_WORK):
        _keep_out(request.endpoint or "")
    if not is_page:
        return None
    g.positions = reader.positions
    return live.answer_unchanged(followed, reader.positions, names) if followed else None


def _lead_to_set_up() -> Response:
    """Lead whoever must have a second factor, and has none, to where it is set up; there is nothing else yet.

    Raises:
        ForbiddenError: they have sent something, or ask for a part of a page.
    """
    if request.method in _READING and "HX-Request" not in request.headers and not live.is_poll():
        return redirect(url_for("second_factor.show"), 303)  # type: ignore[return-value]  # as in forms
    g.actor = None  # no page answers what was refused: it would show what is not open to them yet
    raise ForbiddenError(
        "You need a second factor here before you can do anything else. Nothing was changed. Set one up "
        "under “Your account”."
    )


def _find_reader(names: Collection[str], *, is_page: bool) -> Reader | None:
    """Find who is signed in, with the positions of these topics; the request of a page keeps its snapshot."""
    if request.endpoint == "static":
        return None
    actor, token = asked_as(), session.get(_TOKEN)
    if actor is None and token is None:
        return None
    if is_page:
        snapshot.begin()
    reader = readers.of_actor(actor, names) if actor else readers.find(str(token), names)
    if reader is None:
        session.clear()
        if token:
            session[_LOST] = token
    return reader


def signed_in(app: Flask, cookies: str, authorization: str = "") -> str | None:
    """Name the user whose session these cookies are, before any request is made of them; None for strangers.

    All sessions of a user have one name, so that nobody becomes several by signing in several times, and so
    have their API tokens, once this process knows them. Whether it still holds, the request itself asks.
    """
    if authorization:
        return readers.named(workbench_of(app), TOKEN, authorization.partition(" ")[2].strip())
    opened = app.session_interface.open_session(app, app.request_class({"HTTP_COOKIE": cookies}))
    if opened is None or _TOKEN not in opened:
        return None
    return str(opened.get(_USER) or opened[_TOKEN])


def _renew_session() -> None:
    """Let the session last from today on: once a day, and only with a page that a person opens."""
    today = current_workbench().clock.now().date().isoformat()
    if session.get(_RENEWED) != today:
        session[_RENEWED] = today
