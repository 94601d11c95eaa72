"""Deciding an approval: the one address that every page and the inbox's keys send decisions to."""

from __future__ import annotations

from flask import Blueprint, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.deliverables.models import Approval
from engine.errors import WorkbenchError
from web import auth, errors, messages, sent
from web.context import current_actor, current_workbench
from web.views.deliverables import page_response

bp = Blueprint("approvals", __name__)


@bp.post("/approvals/<task_approval_id>/decide")
def decide(task_approval_id: str) -> ResponseReturnValue:
    """Decide on exactly the content that the form was shown with (D5)."""
    done = sent.do("task decide", task_approval_id=task_approval_id)
    made = done.result
    if errors.wants_json():
        names = ("task_approval_id", "deliverable_id", "status", "feedback", "content_hash")
        return jsonify({name: getattr(made, name) for name in names} | {"said": done.message})
    messages.say(done)
    here = url_for("deliverables.view", deliverable_id=made.deliverable_id)
    return redirect(auth.safe_next(request.form.get("back"), here), 303)


@bp.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show what was to be decided as it is now, with the reasons and the input kept."""
    return errors.shown_again(
        error,
        lambda status: page_response(_judged(), status),
        lambda: url_for("deliverables.view", deliverable_id=_judged()),
        keeps_refusal=True,
    )


def _judged() -> str:
    """Return the id of the version that this request's approval is about."""
    with current_workbench().reading(current_actor()) as tx:
        approval = tx.get(Approval, str((request.view_args or {}).get("task_approval_id")))
    return approval.deliverable_id
