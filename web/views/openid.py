"""Signing in with the OpenID provider: the way there, and the way back."""

from __future__ import annotations

import re

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.accounts import sessions
from engine.accounts.models import BegunWith, User
from engine.errors import NotFoundError, UnauthorizedError, WorkbenchError
from engine.openid import people
from engine.openid.provider import Begun, Person, provider_of
from engine.second_factor import service as second_factors
from engine.second_factor import steps
from engine.second_factor.steps import Awaited
from engine.secrets.names import OIDC_CLIENT_SECRET
from engine.secrets.service import open_secret
from engine.transaction import Transaction
from web import auth, devices, entering, forms, navigation, openid
from web.answers import answer_for
from web.context import current_workbench, find_actor
from web.rendering import render
from web.secret_addresses import secret_address

bp = Blueprint("openid", __name__)
#: What providers call what went wrong; anything else they may say is theirs, and is not shown.
_CODE = re.compile(r"[a-z_]{1,60}")


@bp.get("/openid/begin")
@auth.public
def begin() -> ResponseReturnValue:
    """Send somebody to the provider; they come back to ``back``.

    By a link, as a form may not lead elsewhere (``web.headers``); only the browser's cookie changes.
    """
    return _go(target=request.args.get("next", ""))


@bp.get("/invitation/<token>/openid")
@auth.public
@secret_address
def accept(token: str) -> ResponseReturnValue:
    """Go to the provider, to open the account of an invitation with whom it vouches for.

    Only from the page of the invitation: no other site leads anybody there with an invitation of its own.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return redirect(url_for("invitations.show", token=token), 303)
    return _go(invitation=token)


@bp.get("/openid/back")
@auth.public
@secret_address
def back() -> ResponseReturnValue:
    """Sign in whom the provider vouches for; the session that this browser had ends."""
    workbench = current_workbench()
    trip = openid.take(request.args.get("state", ""), workbench.clock.now())
    if trip is None and find_actor() is not None:
        return redirect(navigation.landing(), 303)  # another tab was faster
    try:
        with workbench.sign_in_throttle.trying(devices.attempt_with_openid(), workbench.clock.now()):
            user, token, is_asked = _sign_in(trip)
    except WorkbenchError as error:
        return _refused(error, trip.next if trip else "")
    wanted = trip.next if trip else ""
    return entering.ask_for_factor(token, wanted) if is_asked else entering.enter(user, token, wanted)


def _go(*, target: str = "", invitation: str = "") -> ResponseReturnValue:
    workbench = current_workbench()
    if not workbench.settings.oidc_issuer:
        raise NotFoundError("No OpenID provider is set here. Sign in with a password or a one-time link.")
    begun, now = Begun.fresh(), workbench.clock.now()
    try:
        there = provider_of(workbench.settings).address_for(begun, _back(), now)
    except WorkbenchError as error:
        return _refused(error)
    openid.keep(begun, target, invitation, now)
    return redirect(there, 303)


def _sign_in(trip: openid.Trip | None) -> tuple[User, str, bool]:
    """Return whom the provider vouches for, the token of their session, and false.

    Of whoever has set up a second factor here it is the token of the step before, and true: until that is
    proved nothing is joined, and no role given.

    Raises:
        UnauthorizedError: nobody is; says why.
        UnavailableError: the provider, or the secret that it knows the board by, cannot be reached.
    """
    settings = current_workbench().settings
    if error := request.args.get("error"):
        why = f" ({error})" if _CODE.fullmatch(error) else ""
        raise UnauthorizedError(
            f"{settings.oidc_name} did not sign you in{why}. Begin again, or ask an admin."
        )
    if trip is None:
        raise UnauthorizedError(
            "This sign-in is over: it took too long, was ended already, or began in another browser. Begin "
            "again."
        )
    person = _whom(trip)
    with current_workbench().transaction(entering.gatekeeper()) as tx:
        known = people.known(tx, person, trip.invitation)
        if known is not None and _is_asked(tx, known, person):
            awaited = Awaited(person=person, invitation=trip.invitation)
            return known, steps.begin(tx, known, BegunWith.OPENID, awaited=awaited), True
        user = people.enter(tx, person, trip.invitation)
        token = sessions.begin(tx, user, BegunWith.OPENID, **entering.here()) if user.is_active else None
    if token is None:
        raise UnauthorizedError(
            f"None of your groups at {settings.oidc_name} leads here any more, so your account was closed. "
            "Ask an admin."
        )
    return user, token, False


def _is_asked(tx: Transaction, user: User, person: Person) -> bool:
    """Whether a user's factor is asked for; to lose the account by one's groups takes none."""
    return second_factors.is_asked_for(tx, user.user_id) and not people.closes(tx, user, person)


def _whom(trip: openid.Trip) -> Person:
    """Ask the provider whom it has sent back."""
    workbench, settings = current_workbench(), current_workbench().settings
    if request.args.get("iss", settings.oidc_issuer) != settings.oidc_issuer:
        raise UnauthorizedError(f"This answer is not from {settings.oidc_name}. Begin again.")
    with workbench.reading(entering.gatekeeper()) as tx:
        secret = open_secret(workbench, tx, OIDC_CLIENT_SECRET)
    provider = provider_of(settings)
    return provider.vouches_for(
        secret, trip.begun, request.args.get("code", ""), _back(), workbench.clock.now()
    )


def _refused(error: WorkbenchError, target: str = "") -> ResponseReturnValue:
    forms.refuse(error)
    return render("accounts/sign_in.html", next=target), answer_for(error).status


def _back() -> str:
    """Return where the provider sends people, as it was told when the board was made known to it."""
    return current_workbench().settings.site + url_for("openid.back")
