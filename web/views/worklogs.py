"""Worklogs: made, edited and sent by the team, read by the partner's people."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.audit import topics
from engine.command import Done
from engine.errors import WorkbenchError
from engine.worklogs.models import WorkLog
from web import errors, live, messages, sent, worklog_files
from web.context import current_actor, current_workbench
from web.pages import worklogs
from web.pagination import offset_of

bp = Blueprint("worklogs", __name__)


@bp.get("/worklogs")
@live.follows(topics.WORKLOGS, topics.REFERENCE)
def index() -> ResponseReturnValue:
    """List the worklogs that the signed-in user may read, the newest week first."""
    return _list()


@bp.post("/worklogs")
def make() -> ResponseReturnValue:
    """Make the worklog of a week, or make it again, and show it."""
    return _led_to(sent.do("worklog make"))


@bp.get("/worklogs/<worklog_id>")
@live.follows(topics.WORKLOGS, topics.REFERENCE)
def show(worklog_id: str) -> ResponseReturnValue:
    """Show one worklog as it is read, and to the team what it was made of."""
    return _page(worklog_id)


@bp.get("/worklogs/<worklog_id>/file")
def file(worklog_id: str) -> Response:
    """Hand a worklog out as Markdown, HTML or PDF."""
    form = worklog_files.named(request.args.get("format", "pdf"))
    with current_workbench().reading(current_actor()) as tx:
        worklog = tx.get(WorkLog, worklog_id)
    response = Response(form.make(worklog), content_type=form.content_type)
    name = worklog_files.file_name(worklog, form)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.post("/worklogs/<worklog_id>/edit")
def edit(worklog_id: str) -> ResponseReturnValue:
    """Give a worklog other words."""
    return _led_to(sent.do("worklog edit", worklog_id=worklog_id))


@bp.post("/worklogs/<worklog_id>/send")
def send(worklog_id: str) -> ResponseReturnValue:
    """Send a worklog to the partner's people."""
    return _led_to(sent.do("worklog send", worklog_id=worklog_id))


@bp.post("/worklogs/<worklog_id>/make")
def make_again(worklog_id: str) -> ResponseReturnValue:
    """Make a draft again of what the week is now."""
    with current_workbench().reading(current_actor()) as tx:
        worklog = tx.get(WorkLog, worklog_id)
    return _led_to(sent.do("worklog make", campaign=worklog.campaign_id, week=worklog.week))


@bp.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the page of the form again, with the reasons and the input kept."""
    worklog_id = (request.view_args or {}).get("worklog_id")
    if worklog_id is None:
        return errors.shown_again(error, _list, partial(url_for, "worklogs.index"))
    here = partial(url_for, "worklogs.show", worklog_id=worklog_id)
    return errors.shown_again(error, partial(_page, worklog_id), here)


def _led_to(done: Done[WorkLog]) -> ResponseReturnValue:
    messages.say(done)
    return redirect(url_for("worklogs.show", worklog_id=done.result.worklog_id), 303)


def _list(status: int = 200) -> Response:
    with current_workbench().reading(current_actor()) as tx:
        found = worklogs.load_list(
            tx, request.args.get("status"), request.args.get("campaign"), offset_of("offset")
        )
    return live.page("worklogs/index.html", status, found=found, statuses=worklogs.STATUSES)


def _page(worklog_id: str, status: int = 200) -> Response:
    with current_workbench().reading(current_actor()) as tx:
        page = worklogs.load(tx, worklog_id)
    return live.page(
        "worklogs/show.html",
        status,
        page=page,
        worklog=page.worklog,
        statuses=worklogs.STATUSES,
        events=worklogs.EVENTS,
    )
