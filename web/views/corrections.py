"""Taking back what was done: the undo of an act, and the correction of a task that was closed by mistake."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.errors import ConflictError, DependencyCycleError, OwnWorkError, WorkbenchError
from web import auth, errors, live, messages, sent
from web.context import current_actor, current_workbench
from web.pages import correction

bp = Blueprint("corrections", __name__)


@bp.post("/acts/<act_id>/undo")
def undo(act_id: str) -> ResponseReturnValue:
    """Give everything back as it was before, and lead back to the page that told of it (D5).

    Why that cannot be is said there too, and what to do.
    """
    back = auth.safe_next(request.form.get("back"), url_for("board.my_work"))
    try:
        done = sent.do("act undo", act_id=act_id)
    except (ConflictError, DependencyCycleError, OwnWorkError) as error:
        if errors.wants_json():
            raise
        messages.warn(error.message)
        return redirect(back, 303)
    if errors.wants_json():
        return jsonify(messages.as_json(done))
    messages.say(done)
    return redirect(back, 303)


@bp.get("/tasks/<task_id>/correct")
@live.follows()
def ask(task_id: str) -> ResponseReturnValue:
    """Say what a correction would take back and what stays, or why there is none; and ask for the reason."""
    return _page(task_id)


@bp.post("/tasks/<task_id>/correct")
def correct(task_id: str) -> ResponseReturnValue:
    """Open the task again, and lead to it."""
    done = sent.do("task correct", task_id=task_id)
    if errors.wants_json():
        return jsonify({"task_id": done.result.task_id} | messages.as_json(done))
    messages.say(done)
    return redirect(url_for("tasks.show", task_id=done.result.task_id), 303)


def _page(task_id: str, status: int = 200) -> Response:
    with current_workbench().reading(current_actor()) as tx:
        page = correction.load(tx, task_id)
    return live.page("tasks/correct.html", status, page=page, task=page.task)


@bp.errorhandler(WorkbenchError)
def _refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show what can be corrected now, with the reasons and the input kept."""
    task_id = (request.view_args or {}).get("task_id")
    if task_id is None:
        return errors.answer(error)
    return errors.shown_again(
        error, partial(_page, task_id), partial(url_for, "corrections.ask", task_id=task_id)
    )
