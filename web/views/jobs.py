"""What is done by itself, for admins: when, with what result, and what to do about what failed."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import WorkbenchError
from web import errors, messages, sent
from web.context import current_actor, current_workbench
from web.pages import jobs as page_of_jobs
from web.pagination import offset_of
from web.rendering import render

bp = Blueprint("jobs", __name__)


@bp.get("/jobs")
def index() -> ResponseReturnValue:
    """Show what is done by itself, what failed, and all of it."""
    return _page()


@bp.post("/jobs/<job_id>/cancel")
def cancel(job_id: str) -> ResponseReturnValue:
    """Call a job off."""
    return _said(sent.do("job cancel", job_id=job_id).message)


@bp.post("/jobs/<job_id>/retry")
def retry(job_id: str) -> ResponseReturnValue:
    """Try once more what failed or was called off."""
    return _said(sent.do("job retry", job_id=job_id).message)


@bp.post("/jobs/<job_id>/resolve")
def resolve(job_id: str) -> ResponseReturnValue:
    """Say how a job ended of which nobody knew."""
    return _said(sent.do("job resolve", job_id=job_id).message)


def _said(words: str) -> ResponseReturnValue:
    messages.tell(words)
    return redirect(url_for("jobs.index"), 303)


def _page(status: int = 200) -> Response:
    with current_workbench().reading(current_actor()) as tx:
        asked, offset = request.args.get("status", ""), offset_of("offset")
        page = page_of_jobs.load(tx, current_workbench(), asked, offset)
    return make_response(render("jobs/index.html", page=page), status)


@bp.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the page again with the reasons at the form and the input kept."""
    return errors.shown_again(error, _page, lambda: url_for("jobs.index"))
