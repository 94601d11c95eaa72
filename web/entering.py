"""How somebody gets in: from the password or the link to the session, at once or by a second factor."""

from __future__ import annotations

from typing import TypedDict

from flask import redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from engine.access import Actor
from engine.accounts import actors
from engine.accounts.models import User
from web import auth, devices, messages, navigation
from web.context import current_workbench, find_actor

#: What is said to whoever came by a link and could not come back.
_SET_ONE = Markup(
    "The link does not work again. To come back without asking for another one,"
    ' <a href="{}">set a password</a>.'
)
#: Under which name the cookie carries the token of a step. It signs nobody in.
_STEP = "second_step"


class Here(TypedDict):
    """Where a session begins."""

    browser: str
    instead_of: str | None


def here() -> Here:
    """Say in which browser a session begins, and which one it had."""
    return {"browser": auth.browser_of(request.user_agent.string), "instead_of": auth.current_session()}


def gatekeeper() -> Actor:
    """Give the actor that looks up accounts before anybody is signed in."""
    return actors.system(current_workbench().operator().workspace_id)


def enter(user: User, token: str, wanted: str | None = None) -> ResponseReturnValue:
    """Let this browser carry the session of a user, and lead them to where they wanted to go.

    That is what the request says, unless ``wanted`` does.
    """
    auth.begin_session(token)
    devices.remember(user.email)
    if user.password_hash is None:
        messages.tell(_SET_ONE.format(url_for("accounts.password")))
    return redirect(next_page(wanted), 303)


def ask_for_factor(token: str, wanted: str | None = None) -> ResponseReturnValue:
    """Let this browser alone go on to the second factor, with the token of the step, which is no session."""
    session[_STEP] = token
    wanted = request.values.get("next") if wanted is None else wanted
    return redirect(url_for("second_factor.ask", next=wanted or None), 303)


def step_token() -> str:
    """Return the token of the step that this browser is at; empty for none."""
    return str(session.get(_STEP, ""))


def forget_step() -> None:
    """Let this browser forget the step that it was at."""
    session.pop(_STEP, None)


def next_page(wanted: str | None = None) -> str:
    """Return where to go after signing in: where they wanted to, if that is open to them."""
    wanted = request.values.get("next") if wanted is None else wanted
    target = auth.safe_next(wanted, navigation.landing())
    return target if auth.is_open_to(find_actor(), target) else navigation.landing()
