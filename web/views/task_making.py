"""Making a task from one line, on a page that says what it understood (D4)."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlencode

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from engine.access import Permission, require
from engine.errors import IdempotencyKeyReusedError, WorkbenchError
from engine.tasks.models import Task
from web import auth, errors, sent
from web.context import current_actor, current_workbench
from web.pages import task_making as making
from web.rendering import render

bp = Blueprint("task_making", __name__)


@bp.before_request
def check_permission() -> None:
    """Keep out everybody who makes no tasks."""
    require(current_actor(), Permission.WORK_OWN, "make tasks")


@bp.get("/tasks/new")
def ask() -> ResponseReturnValue:
    """Show the form, filled in as far as the address says."""
    return _page(request.args.to_dict())


@bp.post("/tasks/new/preview")
def preview() -> ResponseReturnValue:
    """Show what the line says: alone for a page that asks for it, else with the whole form."""
    return _page(request.form.to_dict(), alone=bool(request.headers.get("HX-Request")))


@bp.post("/tasks/new")
def make() -> ResponseReturnValue:
    """Make the task, and lead back to where the form was opened, or to the next one."""
    done = sent.do("task quick")
    return made(done.result.task, url_for("task_making.ask"))


def made(task: Task, again: str) -> ResponseReturnValue:
    """Say which task was made, and lead on: back, or to the empty form where another is wanted."""
    if errors.wants_json():
        return jsonify({"task_id": task.task_id, "task_number": task.task_number})
    link = Markup('<a href="{}">{}</a>').format(url_for("tasks.show", task_id=task.task_id), task.name)
    flash(Markup("Made {}.").format(link))
    back = auth.safe_next(request.form.get("back"), url_for("board.show"))
    return redirect(f"{again}?{urlencode({'back': back})}" if "another" in request.form else back, 303)


def _page(typed: dict[str, str], status: int = 200, *, alone: bool = False) -> ResponseReturnValue:
    content = current_workbench().content()
    is_part = alone and making.AS_TEXT not in typed
    with current_workbench().reading(current_actor()) as tx:
        page = making.load(tx, content, typed, request.args.get("find", ""))
    return render("tasks/_understood.html" if is_part else "tasks/new.html", page=page), status


@bp.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the form again with the reasons at its fields and the input kept."""
    typed = request.form.to_dict()
    if isinstance(error, IdempotencyKeyReusedError):
        typed.pop("idempotency_key", None)
        message = "This form has made a task already. Send it again to make another one."
        error.details = [{"code": error.code, "message": message}]
    return errors.shown_again(error, partial(_page, typed))
