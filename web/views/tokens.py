"""API tokens: one's own, and for admins those of everybody; a secret is shown once."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from engine.access import Permission, Scope, may
from engine.command import Done
from engine.errors import WorkbenchError
from engine.tokens.service import Made
from web import errors, messages, sent
from web.context import current_actor, current_workbench
from web.pages import tokens as page
from web.rendering import render
from web.secret_addresses import HEADERS

bp = Blueprint("tokens", __name__)
#: Under which name the session of whoever was given a secret carries it to the page that shows it.
_MADE = "made_token"


@bp.get("/tokens")
def index() -> ResponseReturnValue:
    """Show one's own tokens, and to admins those of everybody with the form that makes one."""
    return _page()


@bp.post("/tokens")
def make() -> ResponseReturnValue:
    """Make a token; the page that follows shows its secret, this once: loading that again makes no other."""
    return _given(sent.do("token make"))


@bp.post("/tokens/<api_token_id>/rotate")
def rotate(api_token_id: str) -> ResponseReturnValue:
    """Give a token a new secret, and show it once."""
    return _given(sent.do("token rotate", api_token_id=api_token_id))


@bp.post("/tokens/<api_token_id>/revoke")
def revoke(api_token_id: str) -> ResponseReturnValue:
    """Let no program act by a token any more."""
    messages.tell(sent.do("token revoke", api_token_id=api_token_id).message)
    return redirect(url_for("tokens.index"), 303)


@bp.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the page again, with the reasons."""
    return errors.shown_again(error, _page, partial(url_for, "tokens.index"))


def _given(done: Done[Made]) -> ResponseReturnValue:
    made = done.result
    if made.secret is None:
        messages.tell(done.message)
    else:
        session[_MADE] = [made.token.name, made.user.name, made.secret]
    return redirect(url_for("tokens.index"), 303)


def _page(status: int = 200) -> Response:
    made = session.pop(_MADE, None) if request.method == "GET" else None
    with current_workbench().reading(current_actor()) as tx:
        found = page.load(tx)
    may_administer = may(current_actor(), Permission.ADMINISTER)
    shown = render(
        "tokens/index.html", page=found, made=made, scopes=list(Scope), may_administer=may_administer
    )
    answer = make_response(shown, status)
    if made:
        answer.headers.update(HEADERS)
    return answer
