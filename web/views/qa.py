"""QA: the queue of completed tasks to look at again, the page of one, its score and its flag."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.access import Permission, require
from engine.audit import topics
from engine.errors import WorkbenchError
from engine.qa import service
from engine.tasks.filters import MAX_LIMIT
from web import errors, live, messages, sent
from web.context import current_actor, current_workbench
from web.pages import qa as qa_page
from web.pages import task_loading
from web.pagination import Pages
from web.views import tasks

bp = Blueprint("qa", __name__)

_PER_PAGE = 50


@bp.get("/qa")
@live.follows(*live.WORK)
def index() -> ResponseReturnValue:
    """List the flagged tasks, those to score first."""
    limit = min(MAX_LIMIT, max(1, qa_page.number(request.args.get("limit"), _PER_PAGE)))
    offset = qa_page.number(request.args.get("offset"), 0)
    with current_workbench().reading(current_actor()) as tx:
        found = service.queue(tx, request.args.get("state"), limit=limit, offset=offset)
    return live.page(
        "qa/index.html",
        rows=found.items,
        choices=qa_page.choices(found),
        pages=Pages(found.total, found.limit, found.offset),
    )


@bp.get("/qa/<task_id>")
@live.follows_record(topics.task, task_loading.topics_of)
def show(task_id: str) -> ResponseReturnValue:
    """Show one task with its whole history and the form for the score."""
    return _page(task_id)


@bp.post("/qa/<task_id>/review")
def review(task_id: str) -> ResponseReturnValue:
    """Score a task, and go back to the queue."""
    messages.say(sent.do("qa review", task_id=task_id))
    return redirect(url_for("qa.index"), 303)


@bp.post("/qa/<task_id>/flag")
def flag(task_id: str) -> ResponseReturnValue:
    """Put a completed task into the queue; the form is on the task's page."""
    return tasks.changed(task_id, sent.do("qa flag", task_id=task_id), "qa")


@bp.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the page of the form again, with the reasons and the input kept."""
    if request.endpoint == "qa.flag":
        return tasks.refused(error)
    task_id = (request.view_args or {}).get("task_id")
    if task_id is None:
        return errors.answer(error)
    return errors.shown_again(error, partial(_page, task_id), partial(url_for, "qa.show", task_id=task_id))


def _page(task_id: str, status: int = 200) -> Response:
    """Return the page of one task."""
    require(current_actor(), Permission.DECIDE, "score tasks")
    content = current_workbench().content()
    with current_workbench().reading(current_actor()) as tx:
        is_whole = "whole" in request.args
        page = qa_page.load(tx, content, task_id, request.args.get("note"), is_whole=is_whole)
    return live.page("qa/show.html", status, page=page, task=page.task, scores=qa_page.SCORES)
