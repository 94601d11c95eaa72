"""Webhooks, for admins: where what happens is sent, how that goes, and sending messages again."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from engine.command import Done
from engine.errors import WorkbenchError
from engine.webhooks.models import DeliveryStatus
from engine.webhooks.service import Made
from web import errors, messages, sent
from web.context import current_actor, current_workbench
from web.pages import webhooks as page
from web.pagination import offset_of
from web.rendering import render
from web.secret_addresses import HEADERS

bp = Blueprint("webhooks", __name__)
#: Under which name the session of whoever was given a secret carries it to the page that shows it.
_MADE = "made_webhook"


@bp.get("/webhooks")
def index() -> ResponseReturnValue:
    """List the webhooks, with the form that makes one."""
    return _index()


@bp.post("/webhooks")
def make() -> ResponseReturnValue:
    """Make a webhook; its page shows its secret, this once."""
    return _given(sent.do("webhook make"))


@bp.get("/webhooks/<webhook_id>")
def show(webhook_id: str) -> ResponseReturnValue:
    """Show a webhook and its messages."""
    return _show(200, webhook_id)


@bp.post("/webhooks/<webhook_id>/change")
def change(webhook_id: str) -> ResponseReturnValue:
    """Change where its messages are sent, or what of all that happens."""
    return _said(sent.do("webhook change", webhook_id=webhook_id), webhook_id)


@bp.post("/webhooks/<webhook_id>/rotate")
def rotate(webhook_id: str) -> ResponseReturnValue:
    """Give it a new secret, and show it once."""
    return _given(sent.do("webhook rotate", webhook_id=webhook_id))


@bp.post("/webhooks/<webhook_id>/pause")
def pause(webhook_id: str) -> ResponseReturnValue:
    """Send nothing for now."""
    return _said(sent.do("webhook pause", webhook_id=webhook_id), webhook_id)


@bp.post("/webhooks/<webhook_id>/resume")
def resume(webhook_id: str) -> ResponseReturnValue:
    """Go on."""
    return _said(sent.do("webhook resume", webhook_id=webhook_id), webhook_id)


@bp.post("/webhooks/<webhook_id>/test")
def test(webhook_id: str) -> ResponseReturnValue:
    """Send a test message, and say what was answered."""
    done = sent.do("webhook test", webhook_id=webhook_id)
    say = messages.tell if done.result.delivery.status is DeliveryStatus.DELIVERED else messages.warn
    say(done.message)
    return redirect(url_for("webhooks.show", webhook_id=webhook_id), 303)


@bp.post("/webhooks/<webhook_id>/redeliver")
def redeliver(webhook_id: str) -> ResponseReturnValue:
    """Send one message again, or all since a moment."""
    return _said(sent.do("webhook redeliver", webhook_id=webhook_id), webhook_id)


@bp.post("/webhooks/<webhook_id>/remove")
def remove(webhook_id: str) -> ResponseReturnValue:
    """Send nothing any more."""
    messages.tell(sent.do("webhook remove", webhook_id=webhook_id).message)
    return redirect(url_for("webhooks.index"), 303)


@bp.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the page of the form again, with the reasons."""
    webhook_id = (request.view_args or {}).get("webhook_id")
    if webhook_id is None:
        return errors.shown_again(error, _index, partial(url_for, "webhooks.index"))
    at = partial(url_for, "webhooks.show", webhook_id=webhook_id)
    return errors.shown_again(error, partial(_show, webhook_id=webhook_id), at)


def _given(done: Done[Made]) -> ResponseReturnValue:
    hook = done.result.webhook
    session[_MADE] = [hook.webhook_id, done.result.secret]
    return redirect(url_for("webhooks.show", webhook_id=hook.webhook_id), 303)


def _said(done: Done[object], webhook_id: str) -> ResponseReturnValue:
    messages.tell(done.message)
    return redirect(url_for("webhooks.show", webhook_id=webhook_id), 303)


def _index(status: int = 200) -> Response:
    with current_workbench().reading(current_actor()) as tx:
        found = page.load_all(tx)
    return make_response(render("webhooks/index.html", page=found), status)


def _show(status: int, webhook_id: str) -> Response:
    with current_workbench().reading(current_actor()) as tx:
        found = page.load(tx, webhook_id, request.args.get("status", ""), offset_of("offset"))
    made = session.pop(_MADE, None) if request.method == "GET" else None
    secret = made[1] if made and made[0] == webhook_id else None
    answer = make_response(render("webhooks/show.html", page=found, secret=secret), status)
    if secret:
        answer.headers.update(HEADERS)
    return answer
