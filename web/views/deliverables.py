"""One version of what a task hands over: to look at, to compare, to comment on."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.artifacts.models import Artifact
from engine.deliverables.models import Approval, Deliverable
from engine.errors import NotFoundError, StaleVersionError, WorkbenchError
from engine.inputs import whole_number
from web import errors, forms, headers, messages, safe_files, sent
from web.context import current_actor, current_workbench
from web.pages import deliverable as deliverable_page
from web.pages import deliverable_comparison as comparison
from web.pages import remarks
from web.rendering import render

bp = Blueprint("deliverables", __name__)

#: No text has as many lines as a number of so many digits.
_LARGEST_NUMBER = 999_999_999


@bp.get("/deliverables/<deliverable_id>/view")
def view(deliverable_id: str) -> ResponseReturnValue:
    """Show a version: its content, where it stands, what was said, and the decision that it waits for."""
    return page_response(deliverable_id)


@bp.get("/deliverables/<deliverable_id>/file")
def file(deliverable_id: str) -> ResponseReturnValue:
    """Serve the stored file; a page that shows it names the bytes it means, so that no others are judged."""
    workbench = current_workbench()
    with workbench.reading(current_actor()) as tx:
        row = tx.get(Deliverable, deliverable_id)
        kept = tx.find_by_key(Artifact, row.artifact_id or "")
    if row.sha256 is None:
        raise NotFoundError(f"{row.name} holds no file here. Look at its page for where it is.")
    if request.args.get("sha256", row.sha256) != row.sha256:
        raise StaleVersionError(f"The file of {row.name} changed since this page was opened. Load it again.")
    name = kept.file_name if kept else None
    return safe_files.serve(workbench.blobs, row.sha256, name, download="download" in request.args)


@bp.get("/deliverables/<deliverable_id>/copies/<task_approval_id>")
def copy(deliverable_id: str, task_approval_id: str) -> ResponseReturnValue:
    """Serve the copy of what the version's address served at the decision (DLV-22)."""
    workbench = current_workbench()
    with workbench.reading(current_actor()) as tx:
        row, approval = tx.get(Deliverable, deliverable_id), tx.get(Approval, task_approval_id)
        kept = tx.find_by_key(Artifact, approval.evidence_artifact_id or "")
    if approval.deliverable_id != row.deliverable_id or kept is None or kept.sha256 is None:
        raise NotFoundError(f"No copy was kept as {row.name} was decided on. Its page says why.")
    return safe_files.serve(workbench.blobs, kept.sha256, kept.file_name, download="download" in request.args)


@bp.get("/deliverables/<deliverable_id>/compare")
def compare(deliverable_id: str) -> ResponseReturnValue:
    """Show two versions side by side; without ``with``, the version before."""
    blobs = current_workbench().blobs
    with current_workbench().reading(current_actor()) as tx:
        page = deliverable_page.load(tx, blobs, deliverable_id)
        other_id, whole = request.args.get("with"), "whole" in request.args
        both = comparison.compare(tx, blobs, page, other_id, whole=whole)
    return headers.with_own_frames(render("deliverables/compare.html", both=both, page=page))


@bp.post("/deliverables/<deliverable_id>/comments")
def comment(deliverable_id: str) -> ResponseReturnValue:
    """Leave a remark on the version, or on a line, a page or words of it."""
    done = sent.do("deliverable comment", deliverable_id=deliverable_id)
    messages.say(done)
    remarks.warn_of(done.result)
    anchor = f"comment-{done.result.deliverable_comment_id}"
    return redirect(url_for("deliverables.view", deliverable_id=deliverable_id, _anchor=anchor), 303)


def page_response(deliverable_id: str, status: int = 200) -> Response:
    """Return the page of a version. It is not kept fresh: a decision is about what was shown."""
    workbench, again = current_workbench(), forms.refused_form()
    line = request.args.get("line", "") if again is None else again.value("line")
    with workbench.reading(current_actor()) as tx:
        is_whole = "whole" in request.args
        page = deliverable_page.load(tx, workbench.blobs, deliverable_id, is_whole=is_whole)
    chosen = whole_number(line, 0, _LARGEST_NUMBER) or 0
    shown = render("deliverables/view.html", page=page, row=page.row, chosen=chosen)
    return headers.with_own_frames(shown, status)


@bp.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the version again with the reasons at its form and the input kept."""
    deliverable_id = (request.view_args or {}).get("deliverable_id")
    if deliverable_id is None:
        return errors.answer(error)
    here = partial(url_for, "deliverables.view", deliverable_id=deliverable_id)
    return errors.shown_again(error, partial(page_response, deliverable_id), here, keeps_refusal=True)
