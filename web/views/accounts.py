"""Signing in and out, the list of keys, and the health check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import (
    Blueprint,
    Response,
    jsonify,
    make_response,
    redirect,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from engine.accounts import service, sessions
from engine.accounts.models import BegunWith, EndedBy, User
from engine.catalog.calendars import zone_names
from engine.command import Done
from engine.errors import BadRequestError, ConflictError, ForbiddenError, UnauthorizedError
from engine.second_factor import service as second_factors
from engine.second_factor import steps
from web import auth, devices, entering, errors, forms, messages, openid, sent
from web.answers import answer_for
from web.context import current_actor, current_workbench, find_actor
from web.entering import gatekeeper, here
from web.pages import absences as absence_page
from web.rendering import render
from web.secret_addresses import secret_address

bp = Blueprint("accounts", __name__)
_WHY_SIGNED_OUT = {
    EndedBy.SIGN_OUT: "You have signed out.",
    EndedBy.CHOICE: "You were signed out here by yourself from elsewhere, or by an admin.",
    EndedBy.NEW_PASSWORD: "You were signed out here because your password was changed.",
    EndedBy.DEACTIVATION: "You were signed out because your account was closed.",
    EndedBy.SECOND_FACTOR: "You were signed out here because how you sign in was changed.",
    EndedBy.TOO_MANY: "You were signed out here because you have signed in at many other places since.",
}


@bp.route("/sign-in", methods=["GET"])
@auth.public
def sign_in() -> ResponseReturnValue:
    """Show the sign-in form; somebody who is signed in goes on at once."""
    if find_actor() is not None:
        return redirect(entering.next_page(), 303)
    return render("accounts/sign_in.html", next=request.args.get("next", ""), why=_why_signed_out())


def _why_signed_out() -> str:
    """Say why the session of this browser is over, the first time that somebody asks; else nothing."""
    token = auth.take_lost_token()
    if token is None:
        return ""
    with current_workbench().reading(gatekeeper()) as tx:
        if sessions.find(tx, token) is not None:
            return "You are asked for your second factor here from now on. Sign in again."
        ended_by = sessions.ended_by(tx, token)
    return _WHY_SIGNED_OUT[ended_by] if ended_by else "You were signed in here for so long that this is over."


@bp.post("/sign-in")
@auth.public
def check_password() -> ResponseReturnValue:
    """Sign in with e-mail and password, or show the form again with the reason."""
    workbench, address = current_workbench(), request.form.get("email", "")
    try:
        attempt = devices.attempt(address)
        with workbench.sign_in_throttle.trying(attempt, workbench.clock.now()):
            with workbench.reading(gatekeeper()) as tx:
                user = service.find_by_email(tx, address)
            proved = service.check_password(user, request.form.get("password", ""))
        with workbench.transaction(gatekeeper()) as tx:
            is_asked = second_factors.is_asked_for(tx, proved.user_id)
            if is_asked:
                token = steps.begin(tx, proved, BegunWith.PASSWORD, device=attempt.device)
            else:
                token = service.begin_session(tx, proved, **here())
    except UnauthorizedError as error:
        forms.refuse(error)
        return render("accounts/sign_in.html", next=request.form.get("next", "")), 401
    return entering.ask_for_factor(token) if is_asked else entering.enter(proved, token)


@bp.get("/sign-in/<token>")
@auth.public
@secret_address
def link(token: str) -> ResponseReturnValue:
    """Ask whether to sign in with a one-time link; looking at it, as previews do, does not use it up."""
    try:
        with current_workbench().reading(gatekeeper()) as tx:
            user = service.whose_link(tx, token)
    except UnauthorizedError as error:
        return _no_link(error)
    return render("accounts/link.html", user=user, token=token)


@bp.post("/sign-in/<token>")
@auth.public
@secret_address
def redeem(token: str) -> ResponseReturnValue:
    """Sign in with a one-time link; the session that this browser had ends."""
    try:
        with current_workbench().transaction(gatekeeper()) as tx:
            user = service.redeem(tx, token)
            is_asked = second_factors.is_asked_for(tx, user.user_id)
            if is_asked:
                begun = steps.begin_by_link(tx, user, device=devices.attempt(user.email).device)
            else:
                begun = sessions.begin(tx, user, BegunWith.LINK, **here())
    except UnauthorizedError as error:
        return _no_link(error)
    return entering.ask_for_factor(begun) if is_asked else entering.enter(user, begun)


def _no_link(error: UnauthorizedError) -> ResponseReturnValue:
    forms.refuse(error)
    return render("accounts/sign_in.html", next=""), 401


@bp.post("/sign-out")
@auth.public
def sign_out() -> ResponseReturnValue:
    """End the session, here and wherever its cookie was copied to."""
    said = "You are signed out."
    if session_id := auth.current_session():
        with current_workbench().transaction(current_actor()) as tx:
            ended = sessions.end(tx, session_id, EndedBy.SIGN_OUT)
        if ended.begun_with is BegunWith.OPENID and openid.name():
            said = f"You are signed out here. At {openid.name()} you may still be signed in."
    auth.end_session()
    messages.tell(said)
    return redirect(url_for("accounts.sign_in"), 303)


@bp.post("/sessions/<session_id>/end")
def end_session(session_id: str) -> ResponseReturnValue:
    """End one of one's own sessions."""
    return _said(sent.do("session end", session_id=session_id).message)


@bp.post("/sessions/end-others")
def end_other_sessions() -> ResponseReturnValue:
    """End one's own sessions but this one."""
    own = current_actor().user_id
    return _said(sent.do("session end-all", user_id=own, but=auth.current_session()).message)


@bp.get("/password")
def password() -> ResponseReturnValue:
    """Show the form for one's own password, and where one is signed in."""
    with current_workbench().reading(current_actor()) as tx:
        user = tx.get(User, current_actor().user_id)
        takes_password = service.takes_password(tx, user)
        signed_in = sessions.alive(tx, user.user_id)
        proves = not sessions.sets_password(tx, user, auth.current_session())
        away = absence_page.own(tx)
        own_factors = second_factors.of(tx, user.user_id)
    return render(
        "accounts/account.html",
        user=user,
        takes_password=takes_password,
        proves=proves,
        sessions=signed_in,
        current=auth.current_session(),
        away=away,
        second_factors=own_factors,
        zones=sorted(zone_names()),
        workspace_zone=current_workbench().workspace.timezone,
    )


@bp.post("/account/timezone")
def choose_timezone() -> ResponseReturnValue:
    """Say in which zone one reads and writes times."""
    return _own(lambda: sent.do("user timezone", user_id=current_actor().user_id))


@bp.post("/account/absences")
def enter_absence() -> ResponseReturnValue:
    """Say when one is away oneself."""
    return _own(lambda: sent.do("employee away", employee_id=_own_employee()))


@bp.post("/account/absences/<absence_id>/remove")
def remove_absence(absence_id: str) -> ResponseReturnValue:
    """Take an absence of one's own back."""
    return _own(lambda: sent.do("employee not-away", employee_id=_own_employee(), absence_id=absence_id))


def _own(do: Callable[[], Done[Any]]) -> ResponseReturnValue:
    """Do what concerns one's own account, or show the page again with the reason."""
    try:
        return _said(do().message)
    except (BadRequestError, ConflictError) as error:
        return errors.shown_again(error, lambda status: make_response(password(), status), _here_again)


def _here_again() -> str:
    return url_for("accounts.password")


def _own_employee() -> str:
    """Return whom the user is, as commands name them.

    Raises:
        ForbiddenError: they are nobody who does tasks.
    """
    if employee_id := current_actor().employee_id:
        return employee_id
    raise ForbiddenError("You are linked to no employee, so nobody waits for you. Ask an admin.")


@bp.post("/password")
def change_password() -> ResponseReturnValue:
    """Set one's own password, or show the form again with the reason; guesses get slower here too.

    All sessions have ended with it; this browser gets a new one.
    """
    try:
        done = sent.do("user password", session_id=auth.current_session())
    except (BadRequestError, UnauthorizedError) as error:
        forms.refuse(error)
        return make_response(password(), answer_for(error).status)
    with current_workbench().transaction(gatekeeper()) as tx:
        token = service.begin_session(tx, done.result, **here())
    auth.begin_session(token)
    return _said(done.message)


def _said(message: str) -> ResponseReturnValue:
    messages.tell(message)
    return redirect(url_for("accounts.password"), 303)


@bp.get("/healthz")
@auth.public
def health() -> Response:
    """Say whether the store answers."""
    current_workbench().database.ping()
    moment = current_workbench().clock.now().isoformat()
    response = make_response(jsonify({"status": "ok", "time": moment}))
    response.headers["Cache-Control"] = "no-store"
    return response
