"""Signing in and out, the list of keys, and the health check."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    flash,
    jsonify,
    make_response,
    redirect,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from engine.access import Actor
from engine.accounts import actors, service
from engine.accounts.models import User
from engine.errors import BadRequestError, UnauthorizedError
from web import auth, forms, navigation, sent
from web.answers import answer_for
from web.context import current_actor, current_workbench, find_actor
from web.rendering import render

bp = Blueprint("accounts", __name__)


@bp.route("/sign-in", methods=["GET"])
@auth.public
def sign_in() -> ResponseReturnValue:
    """Show the sign-in form; somebody who is signed in goes on at once."""
    if find_actor() is not None:
        return redirect(_next(), 303)
    return render("accounts/sign_in.html", next=request.args.get("next", ""))


@bp.post("/sign-in")
@auth.public
def check_password() -> ResponseReturnValue:
    """Sign in with e-mail and password, or show the form again with the reason."""
    workbench, address = current_workbench(), request.form.get("email", "")
    try:
        workbench.sign_in_throttle.begin(address, workbench.clock.now())
        with workbench.reading(_gatekeeper()) as tx:
            user = service.verify_password(tx, address, request.form.get("password", ""))
        workbench.sign_in_throttle.succeed(address)
    except UnauthorizedError as error:
        forms.refuse(error)
        return render("accounts/sign_in.html", next=request.form.get("next", "")), 401
    auth.begin_session(user)
    return redirect(_next(), 303)


@bp.get("/sign-in/<token>")
@auth.public
def redeem(token: str) -> ResponseReturnValue:
    """Sign in with a one-time link. A link preview's HEAD does not use it up."""
    if request.method == "HEAD":
        return ""
    try:
        with current_workbench().transaction(_gatekeeper()) as tx:
            user = service.redeem(tx, token)
    except UnauthorizedError as error:
        forms.refuse(error)
        return render("accounts/sign_in.html", next=""), 401
    auth.begin_session(user)
    return redirect(navigation.landing(), 303)


@bp.post("/sign-out")
@auth.public
def sign_out() -> ResponseReturnValue:
    """End the session."""
    auth.end_session()
    flash("You are signed out.")
    return redirect(url_for("accounts.sign_in"), 303)


@bp.get("/password")
def password() -> ResponseReturnValue:
    """Show the form for one's own password."""
    with current_workbench().reading(current_actor()) as tx:
        user = tx.get(User, current_actor().user_id)
    return render("accounts/password.html", user=user)


@bp.post("/password")
def change_password() -> ResponseReturnValue:
    """Set one's own password, or show the form again with the reason; guesses get slower here too."""
    try:
        done = sent.do("user password")
    except (BadRequestError, UnauthorizedError) as error:
        forms.refuse(error)
        return make_response(password(), answer_for(error).status)
    flash(done.message)
    return redirect(url_for("accounts.password"), 303)


@bp.get("/help/keys")
def keys() -> ResponseReturnValue:
    """List the keyboard shortcuts, for those who come without a script."""
    return render("accounts/keys.html")


@bp.get("/healthz")
@auth.public
def health() -> Response:
    """Say whether the store answers."""
    current_workbench().database.ping()
    moment = current_workbench().clock.now().isoformat()
    response = make_response(jsonify({"status": "ok", "time": moment}))
    response.headers["Cache-Control"] = "no-store"
    return response


def _gatekeeper() -> Actor:
    """Give the actor that looks up accounts before anybody is signed in."""
    return actors.system(current_workbench().operator().workspace_id)


def _next() -> str:
    """Return where to go after signing in: where they wanted to, if that is open to them."""
    target = auth.safe_next(request.values.get("next"), navigation.landing())
    return target if auth.is_open_to(find_actor(), target) else navigation.landing()
