"""What people do about an attempt at an automated task, on the task's page or where it is followed."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue

from engine import commands
from engine.errors import WorkbenchError
from engine.executions.models import Execution
from web import errors, sent
from web.context import current_actor, current_workbench, find_actor
from web.views import tasks, track

bp = Blueprint("executions", __name__)


@bp.post("/executions/<execution_id>/<verb>")
def act(execution_id: str, verb: str) -> ResponseReturnValue:
    """Call an attempt off, try its task again, or say how it ended; lead back to where that was pressed."""
    command = commands.of("execution").get(verb)
    if command is None:
        abort(404)
    done = sent.do(command.name, execution_id=execution_id)
    return tasks.changed(done.result.task_id, done, "executions")


@bp.errorhandler(WorkbenchError)
def _refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the page again on which it was pressed, with the reasons and the input kept."""
    if find_actor() is None:
        return errors.answer(error)
    with current_workbench().reading(current_actor()) as tx:
        try:
            one = tx.get(Execution, str((request.view_args or {}).get("execution_id")))
        except WorkbenchError:
            return errors.answer(error)
    if track.was_used(one.task_id):
        at = partial(url_for, "track.show", task_id=one.task_id)
        return errors.shown_again(error, partial(track.response, one.task_id), at)
    at = partial(url_for, "tasks.show", task_id=one.task_id, _anchor="executions")
    return errors.shown_again(error, partial(tasks.task_response, one.task_id), at)
