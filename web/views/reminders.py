"""Somebody's reminders: what stands, what comes, and why a task's came or did not."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.audit import topics
from engine.command import Done
from engine.errors import WorkbenchError
from engine.reminders import explain, month, service
from engine.tasks import lookup
from web import auth, errors, live, messages, sent
from web.context import current_actor, current_workbench
from web.pages import reminders as pages

bp = Blueprint("reminders", __name__)


@bp.get("/reminders")
@live.follows(topics.EVERYTHING)
def index() -> ResponseReturnValue:
    """Show what somebody is reminded of, and what comes within a month; with ``all`` to anybody."""
    return _page()


@bp.get("/tasks/<task_id>/reminders")
@live.follows(topics.EVERYTHING)
def of_task(task_id: str) -> ResponseReturnValue:
    """Say why each reminder of a task was, was not, or will be sent."""
    workbench = current_workbench()
    content = workbench.content()
    with workbench.reading(current_actor()) as tx:
        task = lookup.find(tx, task_id)
        told = explain.explain(tx, content, task)
    return live.page("reminders/task.html", task=task, told=told, types=pages.TYPES)


@bp.post("/reminders/<reminder_id>/dismiss")
def dismiss(reminder_id: str) -> ResponseReturnValue:
    """Be done with a reminder."""
    return _done(sent.do("reminders dismiss", reminder_id=reminder_id))


@bp.post("/reminders/<reminder_id>/snooze")
def snooze(reminder_id: str) -> ResponseReturnValue:
    """Put a reminder off to a day."""
    return _done(sent.do("reminders snooze", reminder_id=reminder_id))


def _done(done: Done[Any]) -> ResponseReturnValue:
    messages.say(done)
    return redirect(auth.safe_next(request.form.get("back"), url_for("reminders.index")), 303)


def _page(status: int = 200) -> Response:
    workbench = current_workbench()
    content = workbench.content()
    with workbench.reading(current_actor()) as tx:
        everybody = "all" in request.args and tx.actor.sees_everything
        standing = pages.standing(tx, service.standing(tx))
        ahead = month.ahead(tx, content, everybody=everybody)
    return live.page(
        "reminders/index.html",
        status,
        standing=standing,
        ahead=ahead,
        everybody=everybody,
        is_on=workbench.settings.reminders,
        types=pages.TYPES,
    )


@bp.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the reminders again with the reasons, and what was typed."""
    return errors.shown_again(error, partial(_page))
