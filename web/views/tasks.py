"""The task's page, its verbs and its files."""

from __future__ import annotations

from flask import Blueprint, Response, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import WorkbenchError
from engine.tasks.models import Task
from web import auth, downloads, errors, forms, live
from web.context import current_actor, current_workbench
from web.pages import task_loading, task_verbs
from web.rendering import render

bp = Blueprint("tasks", __name__)


@bp.get("/tasks/<task_id>")
def show(task_id: str) -> ResponseReturnValue:
    """Show a task with everything that the work needs."""
    return task_response(task_id)


@bp.post(f"/tasks/<task_id>/<any({', '.join(task_verbs.VERBS)}):verb>")
def act(task_id: str, verb: str) -> ResponseReturnValue:
    """Do a verb, or show everything that stands in its way."""
    with current_workbench().transaction(current_actor()) as tx:
        task = task_verbs.run(verb, tx, task_id, request.form)
    return changed(task, task_verbs.VERBS[verb].said)


@bp.get("/artifacts/<artifact_id>")
def artifact(artifact_id: str) -> Response:
    """Hand out a file of a task that the user sees, always as a download."""
    with current_workbench().reading(current_actor()) as tx:
        found = downloads.get_artifact(tx, artifact_id)
    return downloads.send(found, current_workbench().blobs)


def task_response(task_id: str, status: int = 200) -> Response:
    """Return the task's page, or 304 where the caller holds it."""
    workbench, content = current_workbench(), current_workbench().content()
    with workbench.reading(current_actor()) as tx:
        mark = live.mark(tx)
        if status == 200 and (unchanged := live.find_unchanged(mark)):
            return unchanged
        page = task_loading.load(tx, content, task_id)
    shown = render("tasks/show.html", page=page, task=page.task, cursor=mark.cursor)
    return live.respond(mark, shown, status)


def changed(task: Task, said: str, anchor: str | None = None) -> ResponseReturnValue:
    """Answer a change: the caller's way back, or as JSON for the board's drag and drop."""
    if errors.wants_json():
        return jsonify({"task_id": task.task_id, "status": task.status, "revision": task.revision})
    flash(said)
    here = url_for("tasks.show", task_id=task.task_id, _anchor=anchor)
    return redirect(auth.safe_next(request.form.get("back"), here), 303)


@bp.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the task again with the reasons at its form and the input kept."""
    task_id = (request.view_args or {}).get("task_id")
    if request.method != "POST" or task_id is None or errors.wants_json():
        return errors.answer(error)
    forms.refuse(error)
    try:
        return task_response(task_id, errors.answer_for(error).status)
    except WorkbenchError as hidden:
        return errors.answer(hidden)
