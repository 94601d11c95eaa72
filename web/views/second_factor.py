"""The second factor: the step after the password, and the page on which people look after their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from urllib.parse import urlsplit

import segno
from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.accounts import service as accounts
from engine.accounts import sessions
from engine.accounts.models import SecondFactorKind, User
from engine.config import SECOND_FACTOR_OFF
from engine.errors import UnauthorizedError, WorkbenchError
from engine.plurals import plural
from engine.second_factor import codes, passkeys, proving, service, steps
from engine.second_factor.models import FactorSetup
from engine.second_factor.passkeys import Site
from engine.second_factor.service import Proof
from engine.secrets import sealing
from engine.transaction import Transaction
from web import auth, devices, entering, errors, forms, messages, oneself
from web.answers import answer_for
from web.context import current_actor, current_workbench
from web.rendering import render
from web.secret_addresses import HEADERS

bp = Blueprint("second_factor", __name__)
_FEW_CODES = 3


# -- the step between the password and the session ---------------------------------------------


@bp.get("/second-step")
@auth.public
def ask() -> ResponseReturnValue:
    """Ask for the second factor of whoever has given their password in this browser."""
    return _step()


@bp.post("/second-step")
@auth.public
def give_code() -> ResponseReturnValue:
    """Sign in with a code of an app, or a recovery code."""
    typed = request.form.get("code", "")
    return _prove(lambda: proving.code_of(current_workbench(), entering.gatekeeper(), _who().user, typed))


@bp.post("/second-step/passkey")
@auth.public
def give_passkey() -> ResponseReturnValue:
    """Sign in with what a passkey has signed."""
    return _prove(_signed)


def _signed() -> Proof:
    with current_workbench().transaction(entering.gatekeeper()) as tx:
        asked = steps.take_challenge(tx, entering.step_token())
    return proving.passkey_of(asked.factors, _site(), asked.challenge, request.form.get("credential", ""))


def _prove(read: Callable[[], Proof]) -> ResponseReturnValue:
    """Sign in with a proof, or show the step again with the reason; guesses get slower as at the password."""
    workbench, token = current_workbench(), entering.step_token()
    try:
        under_way = _who()
        attempt = replace(devices.attempt(under_way.user.email), is_factor=True)
        with workbench.sign_in_throttle.trying(attempt, workbench.clock.now()):
            proof = read()
            with workbench.transaction(entering.gatekeeper()) as tx:
                begun = steps.complete(tx, token, proof, **entering.here())
                user = tx.get(User, under_way.user.user_id)  # who may have a new password with it
                left = service.recovery_codes_left(tx, user.user_id)
    except WorkbenchError as error:
        forms.refuse(error)
        return _step(answer_for(error).status)
    answer = entering.enter(user, begun)
    if proof.kind is SecondFactorKind.RECOVERY_CODE and left <= _FEW_CODES:
        messages.tell(f"You have {plural(left, 'recovery code')} left. Make new ones under “Your account”.")
    return answer


def _who() -> steps.UnderWay:
    with current_workbench().reading(entering.gatekeeper()) as tx:
        return steps.find(tx, entering.step_token())


def _step(status: int = 200) -> ResponseReturnValue:
    """Show the step, or the sign-in page where there is none."""
    wanted = request.values.get("next", "")
    try:
        under_way = _who()
    except UnauthorizedError as error:
        was_begun = bool(entering.step_token())
        entering.forget_step()
        if not was_begun and request.method == "GET":
            return redirect(url_for("accounts.sign_in", next=wanted or None), 303)
        forms.refuse(error)
        return render("accounts/sign_in.html", next=wanted), 401
    known = [one.credential for one in under_way.factors if one.credential]
    shown = render(
        "accounts/second_step.html",
        user=under_way.user,
        next=wanted,
        has_app=any(one.kind is SecondFactorKind.APP for one in under_way.factors),
        options=passkeys.asked_to_sign(_site(), under_way.challenge, known) if known else None,
    )
    return _kept_nowhere(shown, status)


# -- one's own ---------------------------------------------------------------------------------


@bp.get("/password/second-factor")
def show() -> ResponseReturnValue:
    """Show one's own second factors."""
    return _page()


@bp.post("/password/second-factor/app")
def begin_app() -> ResponseReturnValue:
    """Begin to set up an app."""
    return _begin(SecondFactorKind.APP)


@bp.post("/password/second-factor/passkey")
def begin_passkey() -> ResponseReturnValue:
    """Begin to set up a passkey."""
    return _begin(SecondFactorKind.PASSKEY)


def _begin(kind: SecondFactorKind) -> ResponseReturnValue:
    workbench, session_id = current_workbench(), auth.current_session()
    proof = oneself.asked_for()
    is_app = kind is SecondFactorKind.APP
    sealed = sealing.seal(workbench, codes.new_secret()) if is_app else None
    challenge = None if is_app else passkeys.new_challenge()
    name = request.form.get("name", "")
    with _changing() as tx:
        service.begin_setup(
            tx, kind, name, sealed=sealed, challenge=challenge, session_id=session_id, proof=proof
        )
    return redirect(url_for("second_factor.set_up"), 303)


@bp.get("/password/second-factor/new")
def set_up() -> ResponseReturnValue:
    """Show what the app or the browser needs to set a factor up."""
    return _setup_page()


@bp.post("/password/second-factor/new")
def confirm() -> ResponseReturnValue:
    """Add the factor that was set up, once its first code or signature is right.

    Recovery codes that came with it are shown at once, and kept in no cookie on their way to another page.
    """
    try:
        added = _confirmed()
    except WorkbenchError as error:
        forms.refuse(error)
        return _setup_page(answer_for(error).status)
    messages.tell(f"“{added.factor.name}” is set up. You are asked for it when you sign in.")
    if added.recovery_codes:
        return _page(made=added.recovery_codes)
    return redirect(url_for("second_factor.show"), 303)


@bp.post("/password/second-factor/<second_factor_id>/name")
def rename(second_factor_id: str) -> ResponseReturnValue:
    """Call a factor something else."""
    with _changing() as tx:
        factor = service.rename(tx, second_factor_id, request.form.get("name", ""))
        name = factor.name
    return _said(f"It is called “{name}” now.")


@bp.post("/password/second-factor/<second_factor_id>/remove")
def remove(second_factor_id: str) -> ResponseReturnValue:
    """Be asked for a factor no more; the password or a code says that it is oneself."""
    proof = proving.oneself(current_workbench(), current_actor(), request.form.get("proof", ""))
    with _changing() as tx:
        name = service.remove(tx, second_factor_id, proof).name
    return _said(f"“{name}” is removed.")


@bp.post("/password/second-factor/recovery-codes")
def make_codes() -> ResponseReturnValue:
    """Make ten new recovery codes, and show them, this once."""
    proof = proving.oneself(current_workbench(), current_actor(), request.form.get("proof", ""))
    with _changing() as tx:
        made = service.make_recovery_codes(tx, proof)
    return _page(made=made)


@bp.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the page again, with the reasons."""
    return errors.shown_again(error, _page, partial(url_for, "second_factor.show"))


def _confirmed() -> service.Added:
    workbench, session_id = current_workbench(), auth.current_session()
    with _changing() as tx:
        setup = service.take_setup(tx, passkeys.new_challenge(), session_id)
    if setup.kind is SecondFactorKind.APP:
        counter = proving.counter_of_setup(workbench, setup, request.form.get("code", ""))
        with _changing() as tx:
            return service.add(tx, setup, counter=counter, session_id=session_id)
    passkey = proving.passkey_of_setup(setup, _site(), request.form.get("credential", ""))
    with _changing() as tx:
        return service.add(tx, setup, passkey=passkey, session_id=session_id)


def _page(status: int = 200, *, made: Sequence[str] = ()) -> Response:
    workbench, actor = current_workbench(), current_actor()
    with workbench.reading(actor) as tx:
        user = tx.get(User, actor.user_id)
        shown = {
            "user": user,
            "has_password": user.password_hash is not None and accounts.takes_password(tx, user),
            "factors": service.of(tx, actor.user_id),
            "left": service.recovery_codes_left(tx, actor.user_id),
            "setup": service.find_setup(tx, auth.current_session()),
            "is_fresh": sessions.is_fresh(tx, auth.current_session()),
        }
    page = render(
        "accounts/second_factor.html",
        **shown,
        made=made,
        few=_FEW_CODES,
        must=service.must_have(workbench.settings, actor),
        is_off=workbench.settings.second_factor == SECOND_FACTOR_OFF,
    )
    return _kept_nowhere(page, status)


def _setup_page(status: int = 200) -> ResponseReturnValue:
    workbench, actor = current_workbench(), current_actor()
    with workbench.reading(actor) as tx:
        setup = service.find_setup(tx, auth.current_session())
        user = tx.get(User, actor.user_id)
        known = [one.credential for one in service.of(tx, actor.user_id) if one.credential]
    if setup is None:
        return _page(status) if forms.refused_form() else redirect(url_for("second_factor.show"), 303)
    facts: dict[str, object] = {}
    if setup.kind is SecondFactorKind.APP:
        secret = proving.secret_of(workbench, setup)
        facts = {"secret": secret, "picture": _picture(codes.address_of(secret, user.email))}
    else:
        facts = {"options": _asked_to_make(setup, user, known)}
    return _kept_nowhere(render("accounts/set_up_factor.html", setup=setup, **facts), status)


def _asked_to_make(setup: FactorSetup, user: User, known: list[str]) -> dict[str, object]:
    return passkeys.asked_to_make(
        _site(), setup.challenge or "", user_id=user.user_id, email=user.email, name=user.name, known=known
    )


def _picture(text: str) -> str:
    """Draw a QR code as the address of an image, dark on light in every colour scheme."""
    return segno.make(text, error="m", micro=False).svg_data_uri(scale=4, border=4, dark="#000", light="#fff")


def _site() -> Site:
    """Say what browsers bind passkeys to: the address that people open, else the one that was asked."""
    site = current_workbench().settings.site
    if site:
        return Site(host=urlsplit(site).hostname or "", origins=(site,))
    # Whether a proxy speaks HTTPS cannot be told here; browsers offer passkeys over nothing else.
    return Site(
        host=urlsplit(f"//{request.host}").hostname or "",
        origins=(f"https://{request.host}", f"http://{request.host}"),
    )


@contextmanager
def _changing() -> Iterator[Transaction]:
    """Change what is one's own, unless one was signed out meanwhile."""
    with current_workbench().transaction(current_actor()) as tx:
        auth.refuse_if_withdrawn(tx)
        yield tx


def _said(message: str) -> ResponseReturnValue:
    messages.tell(message)
    return redirect(url_for("second_factor.show"), 303)


def _kept_nowhere(page: str, status: int) -> Response:
    answer = make_response(page, status)
    answer.headers.update(HEADERS)
    return answer
