"""People and roles: employees with their load and training, users with what they may do."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.access import Permission, Role, may
from engine.accounts import sessions
from engine.accounts.commands import Invited
from engine.accounts.models import Identity
from engine.accounts.service import user_named
from engine.audit import topics
from engine.command import Done
from engine.errors import WorkbenchError
from engine.inbox import people
from engine.leaving.service import HandedOver
from engine.reference.models import Partner
from engine.second_factor import service as second_factors
from web import auth, errors, live, messages, oneself, openid, sent
from web.context import current_actor, current_workbench
from web.pages import employee as employee_page
from web.pages import roles, somebody
from web.pagination import Pages, offset_of
from web.rendering import render

bp = Blueprint("people", __name__)


@bp.get("/people")
@live.follows(*live.WORK, topics.SESSIONS)
def index() -> ResponseReturnValue:
    """Show who works here and who may sign in."""
    return _page()


@bp.post("/people/employees")
def add_employee() -> ResponseReturnValue:
    """Add somebody who is assigned work, and show their page."""
    done = sent.do("employee add")
    messages.say(done)
    return redirect(url_for("people.employee", employee_id=done.result.employee_id), 303)


@bp.get("/people/employees/<employee_id>")
@live.follows(*live.WORK)
def employee(employee_id: str) -> ResponseReturnValue:
    """Show an employee, with what is open of theirs and where it would go."""
    return _employee_page(employee_id)


@bp.get("/people/for/<task_id>")
def find_somebody(task_id: str) -> ResponseReturnValue:
    """Show who may get a task, and how much they have; whoever chooses gets back to where they came from."""
    with current_workbench().reading(current_actor()) as tx:
        page = somebody.load(tx, task_id, request.args.get("find", ""))
    return render("people/somebody.html", page=page, back=auth.safe_next(request.args.get("back"), ""))


@bp.post("/people/employees/<employee_id>")
def change_employee(employee_id: str) -> ResponseReturnValue:
    """Change what is said of an employee."""
    done = sent.do("employee update", employee_id=employee_id)
    return _back_to_employee(employee_id, done.message)


@bp.post("/people/employees/<employee_id>/absences")
def enter_absence(employee_id: str) -> ResponseReturnValue:
    """Say when somebody is away, and who stands in."""
    return _back_to_employee(employee_id, sent.do("employee away", employee_id=employee_id).message)


@bp.post("/people/employees/<employee_id>/absences/<absence_id>/remove")
def remove_absence(employee_id: str, absence_id: str) -> ResponseReturnValue:
    """Take an absence of somebody back."""
    done = sent.do("employee not-away", employee_id=employee_id, absence_id=absence_id)
    return _back_to_employee(employee_id, done.message)


@bp.post("/people/employees/<employee_id>/activate")
def activate_employee(employee_id: str) -> ResponseReturnValue:
    """Give somebody work again."""
    done = sent.do("employee activate", employee_id=employee_id)
    return _back_to_employee(employee_id, done.message)


@bp.post("/people/employees/<employee_id>/hand_over")
def hand_over(employee_id: str) -> ResponseReturnValue:
    """Hand over what is open of somebody's."""
    return _handed_over(sent.do("employee hand-over", employee_id=employee_id))


@bp.post("/people/employees/<employee_id>/deactivate")
def deactivate_employee(employee_id: str) -> ResponseReturnValue:
    """Give somebody no work any more, and hand over what is open of theirs."""
    return _handed_over(sent.do("employee deactivate", employee_id=employee_id))


@bp.post("/people/employees/<employee_id>/training")
def set_training(employee_id: str) -> ResponseReturnValue:
    """Say whether somebody is in training."""
    done = sent.do("employee training", employee_id=employee_id)
    return _changed(done.message, f"employee-{employee_id}")


@bp.post("/people/users")
def add_user() -> ResponseReturnValue:
    """Let somebody sign in, and show the link for their first visit."""
    return _with_link(sent.do("user add").result)


@bp.post("/people/invitations")
def invite() -> ResponseReturnValue:
    """Invite somebody, and show the link of the invitation."""
    return _with_link(sent.do("user invite").result)


@bp.post("/people/users/<user_id>/invite")
def invite_again(user_id: str) -> ResponseReturnValue:
    """Send an invitation again, and show its link."""
    return _with_link(sent.do("user invite-again", user_id=user_id).result)


@bp.post("/people/users/<user_id>/uninvite")
def uninvite(user_id: str) -> ResponseReturnValue:
    """Take an invitation back."""
    return _changed(sent.do("user uninvite", user_id=user_id).message, f"user-{user_id}")


@bp.post("/people/users/<user_id>")
def change_user(user_id: str) -> ResponseReturnValue:
    """Change what somebody may do, or whether they may sign in."""
    return _changed(sent.do("user change", user_id=user_id).message, f"user-{user_id}")


@bp.post("/people/users/<user_id>/link")
def make_link(user_id: str) -> ResponseReturnValue:
    """Make a one-time link, and show it once."""
    return _with_link(sent.do("user link", oneself.taken(), user_id=user_id).result)


@bp.post("/people/users/<user_id>/unlock")
def unlock(user_id: str) -> ResponseReturnValue:
    """Let nobody wait any more for wrong passwords at somebody's address."""
    return _changed(sent.do("user unlock", user_id=user_id).message, f"user-{user_id}")


@bp.post("/people/users/<user_id>/factors/reset")
def reset_factors(user_id: str) -> ResponseReturnValue:
    """Take away the second factors of somebody else who has lost them."""
    with current_workbench().reading(current_actor()) as tx:
        second_factors.refuse_oneself(tx, user_named(tx, user_id))
    return _changed(
        sent.do("user reset-factors", oneself.taken(), user_id=user_id).message, f"user-{user_id}"
    )


@bp.post("/people/users/<user_id>/forget-openid")
def forget_openid(user_id: str) -> ResponseReturnValue:
    """Let somebody's account be joined anew at the next sign-in with the OpenID provider."""
    return _changed(
        sent.do("user forget-openid", oneself.taken(), user_id=user_id).message, f"user-{user_id}"
    )


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
    return redirect(auth.safe_next(request.form.get("back"), url_for("people.index", _anchor=anchor)), 303)


def _back_to_employee(employee_id: str, said: str, **query: Any) -> ResponseReturnValue:
    messages.tell(said)
    return redirect(url_for("people.employee", employee_id=employee_id, **query), 303)


def _handed_over(done: Done[HandedOver]) -> ResponseReturnValue:
    """Show what is left: with whoever could not take it still chosen, so that each task says why."""
    kept = {"to": done.result.to.key, "_anchor": "open-work"} if done.result.kept and done.result.to else {}
    return _back_to_employee(done.result.employee.employee_id, done.message, **kept)


def _with_link(made: Invited) -> Response:
    """Show the page with a link that is stored nowhere and cannot be shown again."""
    link = (current_workbench().settings.site or request.host_url.rstrip("/")) + made.path
    answer = _page(link=link, made=made)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _page(status: int = 200, *, link: str = "", made: Invited | None = None) -> Response:
    employees_from, users_from = (offset_of(name) for name in ("offset", "users"))
    content = current_workbench().content()
    with current_workbench().reading(current_actor()) as tx:
        everybody = people.load(
            tx, find=request.args.get("find", ""), employees_from=employees_from, users_from=users_from
        )
        may_administer = may(current_actor(), Permission.ADMINISTER)
        signed_in = sessions.alive_by_user(tx) if may_administer else {}
        factors = second_factors.by_user(tx) if may_administer else {}
        partners = tx.find(Partner, order_by=("key",)) if may_administer else []
        identities = tx.find(Identity) if may_administer and openid.name() else []
    is_cut = len(everybody.stand_ins) > people.MOST
    return live.page(
        "people/index.html",
        status,
        people=everybody,
        employee_pages=Pages(everybody.employees, people.MOST, employees_from),
        user_pages=Pages(everybody.users, people.MOST, users_from),
        employee_choices=None if is_cut else [("", "nobody"), *everybody.stand_ins],
        known_roles=roles.known(content),
        partners=partners,
        roles=list(Role),
        may_train=may(current_actor(), Permission.DECIDE),
        may_administer=may_administer,
        sessions=signed_in,
        second_factors=factors,
        with_openid={identity.user_id for identity in identities},
        current_session=auth.current_session(),
        ready_after=people.READY_AFTER,
        link=link,
        made=made,
    )


def _employee_page(employee_id: str, status: int = 200) -> Response:
    content = current_workbench().content()
    # What was refused names whom it was for, who may be the very reason.
    to = request.args.get("to", "") if status == 200 else ""
    with current_workbench().reading(current_actor()) as tx:
        page = employee_page.load(tx, content, employee_id, to=to, find=request.args.get("find", ""))
    facts = {"page": page, "work": page.work, "employee": page.employee, "most": employee_page.MOST}
    return live.page("people/employee.html", status, **facts)


@bp.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the page again with the reasons at the form and the input kept."""
    if request.endpoint == "people.find_somebody":
        return errors.answer(error)
    employee_id = (request.view_args or {}).get("employee_id")
    if employee_id is not None and request.endpoint != "people.set_training":
        here = partial(url_for, "people.employee", employee_id=employee_id)
        return errors.shown_again(error, partial(_employee_page, employee_id), here)
    return errors.shown_again(error, _page, partial(url_for, "people.index"))
