"""Repeating a task: its form with what is usually changed, and the new task (UPD-35)."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import WorkbenchError
from engine.tasks.models import TaskStatus
from web import errors, live, messages, sent
from web.context import current_actor, current_workbench
from web.pages import task_clone as clone_page

bp = Blueprint("task_clone", __name__)


@bp.get("/tasks/<task_id>/clone")
@live.follows()
def ask(task_id: str) -> ResponseReturnValue:
    """Show what the clone would be, to be changed before it is made."""
    return _page(task_id)


@bp.post("/tasks/<task_id>/clone")
def make(task_id: str) -> ResponseReturnValue:
    """Make the clone and lead to it."""
    done = sent.do("task clone", task_id=task_id)
    messages.say(done)
    is_begun = done.result.status is TaskStatus.QUEUED
    return redirect(url_for("track.show" if is_begun else "tasks.show", task_id=done.result.task_id), 303)


def _page(task_id: str, status: int = 200) -> Response:
    with current_workbench().reading(current_actor()) as tx:
        page = clone_page.load(tx, task_id, request.args.get("find", ""))
    return live.page("tasks/clone.html", status, page=page, task=page.task)


@bp.errorhandler(WorkbenchError)
def _refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the form again with the message at its field and the input kept."""
    task_id = str((request.view_args or {}).get("task_id"))
    return errors.shown_again(
        error, partial(_page, task_id), partial(url_for, "task_clone.ask", task_id=task_id)
    )
