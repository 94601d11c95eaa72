"""Accepting an invitation: with a name and a password, or with the OpenID provider."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from engine import inputs
from engine.accounts import passwords, sessions
from engine.accounts import service as accounts
from engine.accounts.models import BegunWith
from engine.errors import BadRequestError, UnauthorizedError
from engine.invitations import service
from engine.invitations.inputs import Accept
from engine.second_factor import service as second_factors
from engine.second_factor import steps
from engine.second_factor.steps import Awaited
from web import auth, devices, forms, messages, navigation
from web.context import current_workbench
from web.entering import ask_for_factor, gatekeeper, here
from web.rendering import render
from web.secret_addresses import secret_address

bp = Blueprint("invitations", __name__)


@bp.get("/invitation/<token>")
@auth.public
@secret_address
def show(token: str) -> ResponseReturnValue:
    """Ask who it is that was invited; looking at it, as previews do, does not use it up."""
    try:
        return _page(token)
    except UnauthorizedError as error:
        return _none(error)


@bp.post("/invitation/<token>")
@auth.public
@secret_address
def accept(token: str) -> ResponseReturnValue:
    """Open the account with a name and a password, and sign in; the session that this browser had ends.

    Who has set up a second factor here, before their account was closed, is asked for it first.
    """
    workbench = current_workbench()
    try:
        with workbench.reading(gatekeeper()) as tx:
            service.whose(tx, token)  # whoever has no invitation lets nobody hash
        given = inputs.read(Accept, {name: request.form.get(name, "") for name in Accept.model_fields})
        password_hash = passwords.hash_password(given.password)
        with workbench.transaction(gatekeeper()) as tx:
            user = service.whose(tx, token)
            is_asked = second_factors.is_asked_for(tx, user.user_id)
            if is_asked:
                awaited = Awaited(invitation=token, name=given.name, password_hash=password_hash)
                begun = steps.begin(tx, user, BegunWith.LINK, awaited=awaited)
            else:
                service.accept(tx, token, given.name, password_hash)
                begun = sessions.begin(tx, user, BegunWith.LINK, **here())
    except BadRequestError as error:
        forms.refuse(error)
        return _page(token), 400
    except UnauthorizedError as error:
        return _none(error)
    if is_asked:
        return ask_for_factor(begun)
    auth.begin_session(begun)
    devices.remember(user.email)
    messages.tell(f"Welcome, {user.name}. Sign in with {user.email} and your password from now on.")
    return redirect(navigation.landing(), 303)


def _page(token: str) -> str:
    with current_workbench().reading(gatekeeper()) as tx:
        user = service.whose(tx, token)
        takes_password = accounts.takes_password(tx, user)
    shown = {"named": user.name != user.email, "takes_password": takes_password}
    return render("accounts/invitation.html", user=user, token=token, **shown)


def _none(error: UnauthorizedError) -> ResponseReturnValue:
    forms.refuse(error)
    return render("accounts/sign_in.html", next=""), 401
