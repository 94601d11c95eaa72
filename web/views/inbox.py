"""The inbox: what waits for the user, decided, answered and permitted in place."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import WorkbenchError
from engine.inbox import service
from engine.tasks import help as help_requests
from engine.tasks import human_review
from engine.tasks.models import ApprovalStatus
from engine.transaction import check_expected
from web import errors, forms, live
from web.context import current_actor, current_workbench
from web.pages import inbox as inbox_page
from web.rendering import render

bp = Blueprint("inbox", __name__)

_SAID = {
    ApprovalStatus.APPROVED: "Approved.",
    ApprovalStatus.APPROVED_PENDING_CHANGES: "Approved, with the change you asked for.",
    ApprovalStatus.REJECTED: "Rejected. Whoever made it reads why.",
}


@bp.get("/inbox")
def show() -> ResponseReturnValue:
    """Show what waits for the user, one item chosen; with ``seen``, what they saw before."""
    return _page(request.args.get("item"))


@bp.post("/inbox/decide/<task_approval_id>")
def decide(task_approval_id: str) -> ResponseReturnValue:
    """Decide an approval on exactly the content that the form was shown with (D5)."""
    made = current_workbench().decide(
        current_actor(),
        task_approval_id,
        request.form.get("outcome", ""),
        request.form.get("feedback"),
        seen=request.form.get("seen", ""),
    )
    return _done(_SAID[made.status])


@bp.post("/inbox/answer/<task_id>")
def answer(task_id: str) -> ResponseReturnValue:
    """Answer a worker's question."""
    with current_workbench().transaction(current_actor()) as tx:
        help_requests.answer(tx, task_id, request.form.get("body", ""))
    return _done("Answered. Whoever asked is told.")


@bp.post("/inbox/review/<task_id>")
def review(task_id: str) -> ResponseReturnValue:
    """Permit an automated task to run, or refuse it for good."""
    revision = check_expected(request.form.get("revision"))
    with current_workbench().transaction(current_actor()) as tx:
        if request.form.get("verdict") == "reject":
            human_review.reject(tx, task_id, request.form.get("reason", ""), revision=revision)
            said = "Refused: it never runs."
        else:
            human_review.approve(tx, task_id, request.form.get("notes"), revision=revision)
            said = "Permitted: it is queued to run."
    return _done(said)


@bp.post("/inbox/seen")
def mark_seen() -> ResponseReturnValue:
    """Fold away what is new."""
    service.mark_seen(current_workbench().ledger(current_actor()))
    return _done("Marked as seen.")


def _done(said: str) -> ResponseReturnValue:
    """Go on with the next item."""
    flash(said)
    return redirect(url_for("inbox.show", item=request.form.get("next") or None), 303)


def _page(key: str | None, status: int = 200) -> Response:
    with current_workbench().reading(current_actor()) as tx:
        mark = live.mark(tx)
        if status == 200 and (unchanged := live.find_unchanged(mark)):
            return unchanged
        page = inbox_page.load(tx, key, seen="seen" in request.args)
    shown = render("inbox/show.html", page=page, kinds=inbox_page.CHIPS, cursor=mark.cursor)
    return live.respond(mark, shown, status)


@bp.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the inbox again with the reasons at the item and the input kept."""
    given = request.view_args or {}
    if request.method != "POST" or errors.wants_json():
        return errors.answer(error)
    forms.refuse(error)
    try:
        return _page(given.get("task_approval_id") or given.get("task_id"), errors.answer_for(error).status)
    except WorkbenchError as hidden:
        return errors.answer(hidden)
