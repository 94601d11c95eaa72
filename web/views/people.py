"""People and roles: employees with their load and training, users with what they may do."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.access import Permission, Role, may
from engine.accounts import sessions
from engine.accounts.commands import Invited
from engine.audit import topics
from engine.errors import WorkbenchError
from engine.inbox import people
from engine.reference.models import Partner
from web import auth, errors, live, messages, sent
from web.context import current_actor, current_workbench

bp = Blueprint("people", __name__)


@bp.get("/people")
@live.follows(*live.WORK, topics.SESSIONS)
def index() -> ResponseReturnValue:
    """Show who works here and who may sign in."""
    return _page()


@bp.post("/people/employees/<employee_id>/training")
def set_training(employee_id: str) -> ResponseReturnValue:
    """Say whether somebody is in training."""
    done = sent.do("employee training", employee_id=employee_id)
    return _changed(done.message, f"employee-{employee_id}")


@bp.post("/people/users")
def add_user() -> ResponseReturnValue:
    """Let somebody sign in, and show the link for their first visit."""
    return _with_link(sent.do("user add").result)


@bp.post("/people/users/<user_id>")
def change_user(user_id: str) -> ResponseReturnValue:
    """Change what somebody may do, or whether they may sign in."""
    return _changed(sent.do("user change", user_id=user_id).message, f"user-{user_id}")


@bp.post("/people/users/<user_id>/link")
def make_link(user_id: str) -> ResponseReturnValue:
    """Make a one-time link, and show it once."""
    return _with_link(sent.do("user link", user_id=user_id).result)


@bp.post("/people/users/<user_id>/unlock")
def unlock(user_id: str) -> ResponseReturnValue:
    """Let nobody wait any more for wrong passwords at somebody's address."""
    return _changed(sent.do("user unlock", user_id=user_id).message, f"user-{user_id}")


@bp.post("/people/users/<user_id>/sessions/end")
def end_sessions(user_id: str) -> ResponseReturnValue:
    """End all sessions of somebody; one's own goes on."""
    done = sent.do("session end-all", user_id=user_id, but=auth.current_session())
    return _changed(done.message, f"user-{user_id}")


@bp.post("/people/users/<user_id>/sessions/<session_id>/end")
def end_session(user_id: str, session_id: str) -> ResponseReturnValue:
    """End one session of somebody."""
    return _changed(sent.do("session end", session_id=session_id).message, f"user-{user_id}")


def _changed(said: str, anchor: str) -> ResponseReturnValue:
    messages.tell(said)
    return redirect(url_for("people.index", _anchor=anchor), 303)


def _with_link(made: Invited) -> Response:
    """Show the page with a link that is stored nowhere and cannot be shown again."""
    path = url_for("accounts.redeem", token=made.token)
    link = (current_workbench().settings.site or request.host_url.rstrip("/")) + path
    answer = _page(link=link, link_for=made.user.name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _page(status: int = 200, *, link: str = "", link_for: str = "") -> Response:
    with current_workbench().reading(current_actor()) as tx:
        everybody = people.load(tx)
        may_administer = may(current_actor(), Permission.ADMINISTER)
        signed_in = sessions.alive_by_user(tx) if may_administer else {}
        partners = tx.find(Partner, order_by=("key",))
    employees = [(item.employee.key, item.employee.name) for item in everybody.colleagues]
    return live.page(
        "people/index.html",
        status,
        people=everybody,
        employee_choices=[("", "nobody"), *employees],
        partners=partners,
        roles=list(Role),
        may_train=may(current_actor(), Permission.DECIDE),
        may_administer=may_administer,
        sessions=signed_in,
        current_session=auth.current_session(),
        ready_after=people.READY_AFTER,
        link=link,
        link_for=link_for,
    )


@bp.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the page again with the reasons at the form and the input kept."""
    return errors.shown_again(error, _page)
