"""What somebody is told outside of their inbox: choosing it, stopping e-mails, holding all back."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import NotFoundError, WorkbenchError
from engine.notifications import choices
from web import auth, csrf, errors, messages, sent
from web.context import current_actor, current_workbench
from web.pages import message_settings
from web.rendering import render
from web.secret_addresses import secret_address

bp = Blueprint("message_settings", __name__)


@bp.get("/settings/messages")
def show() -> ResponseReturnValue:
    """Show what the user is told, by which ways, and when."""
    return _page()


@bp.post("/settings/messages")
def choose() -> ResponseReturnValue:
    """Choose it; what is not ticked is not wanted."""
    kinds, ways = (request.form.getlist(name) for name in ("kinds", "ways"))
    return _said(sent.do("message settings", kinds=kinds, mail="mail" in ways, chat="chat" in ways).message)


@bp.post("/settings/messages/try")
def try_out() -> ResponseReturnValue:
    """Send the admin an e-mail."""
    return _said(sent.do("message try").message)


@bp.post("/settings/messages/pause")
def pause() -> ResponseReturnValue:
    """Hold back all messages."""
    return _said(sent.do("message pause").message)


@bp.post("/settings/messages/resume")
def resume() -> ResponseReturnValue:
    """Let messages go out again."""
    return _said(sent.do("message resume").message)


@bp.get("/messages/stop/<token>")
@auth.public
@secret_address
def ask_to_stop(token: str) -> ResponseReturnValue:
    """Ask whether to stop e-mails; looking at it, as mail programs do, stops none."""
    workbench = current_workbench()
    with workbench.reading(workbench.system_actor()) as tx:
        user, chosen = choices.whose(tx, token)
    return render("accounts/stop_messages.html", token=token, user=user, is_on="mail" in chosen.ways)


@bp.post("/messages/stop/<token>")
@auth.public
@csrf.unbound
@secret_address
def stop(token: str) -> ResponseReturnValue:
    """Stop them: from the page, or by the one click of a mail program (RFC 8058)."""
    workbench = current_workbench()
    with workbench.transaction(workbench.system_actor()) as tx:
        user = choices.stop(tx, token)
    return render("accounts/stop_messages.html", token=token, user=user, is_on=False)


def _page(status: int = 200) -> Response:
    with current_workbench().reading(current_actor()) as tx:
        page = message_settings.load(tx)
    return make_response(render("accounts/messages.html", page=page), status)


def _said(words: str) -> ResponseReturnValue:
    messages.tell(words)
    return redirect(url_for("message_settings.show"), 303)


@bp.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the page again with the reasons at the form and the input kept."""
    if isinstance(error, NotFoundError) or request.endpoint in (
        "message_settings.ask_to_stop",
        "message_settings.stop",
    ):
        return errors.answer(error)
    return errors.shown_again(error, _page, lambda: url_for("message_settings.show"))
