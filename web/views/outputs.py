"""What attempts at a task have made: to look at, to compare, and to download by a link for a few minutes."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeTimedSerializer

from engine.accounts import actors
from engine.errors import NotFoundError
from engine.executions import outputs
from engine.tasks import lookup
from web import auth, safe_files
from web.context import current_actor, current_workbench
from web.pages import task_outputs
from web.rendering import render
from web.secret_addresses import secret_address

bp = Blueprint("outputs", __name__)
#: So long does the link of a download hold (OUT-13).
SECONDS_OF_A_LINK = 300


@bp.get("/tasks/<task_id>/outputs/<artifact_id>/file")
def file(task_id: str, artifact_id: str) -> ResponseReturnValue:
    """Serve an output to look at, where that is safe."""
    workbench = current_workbench()
    with workbench.reading(current_actor()) as tx:
        found = outputs.get(tx, task_id, artifact_id).artifact
    return safe_files.serve(workbench.blobs, str(found.sha256), found.file_name)


@bp.get("/tasks/<task_id>/outputs/<artifact_id>/compare")
def compare(task_id: str, artifact_id: str) -> ResponseReturnValue:
    """Show what an output says beside what the version before it said."""
    workbench = current_workbench()
    with workbench.reading(current_actor()) as tx:
        task = lookup.find(tx, task_id)
        found = outputs.outputs_of(tx, task)
    both = task_outputs.compare(workbench.blobs, found, artifact_id, whole="whole" in request.args)
    return render("tasks/compare_outputs.html", both=both, task=task)


@bp.get("/tasks/<task_id>/outputs/<artifact_id>/download")
def download(task_id: str, artifact_id: str) -> ResponseReturnValue:
    """Lead whoever sees an output to a link that hands it out, for a few minutes, without signing in."""
    actor = current_actor()
    with current_workbench().reading(actor) as tx:
        found = outputs.get(tx, task_id, artifact_id)
    token = _serializer().dumps([found.task_id, found.artifact.artifact_id, actor.user_id])
    answer = redirect(url_for("outputs.read", token=token), 303)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.get("/outputs/<token>")
@auth.public
@secret_address
def read(token: str) -> ResponseReturnValue:
    """Hand out the output of a link, if whoever it was made for still sees it."""
    workbench = current_workbench()
    try:
        task_id, artifact_id, user_id = _serializer().loads(token, max_age=SECONDS_OF_A_LINK)
    except (BadData, ValueError):
        return _over()
    with workbench.reading(workbench.system_actor()) as tx:
        actor = actors.find_active(tx, user_id)
    if actor is None:
        return _over()
    try:
        with workbench.reading(actor) as tx:
            found = outputs.get(tx, task_id, artifact_id).artifact
    except NotFoundError:
        return _over()
    return safe_files.serve(workbench.blobs, str(found.sha256), found.file_name, download=True)


def _over() -> Response:
    """Answer alike whatever the link was: over, of somebody who left, or never one."""
    said = "This link is over, or was none. Download the file from the page of its task again.\n"
    return Response(said, 404, content_type="text/plain; charset=utf-8")


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="output")
