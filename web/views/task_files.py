"""The files of a task: adding one, and approving it so that it may serve as proof."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from engine.errors import BadRequestError, WorkbenchError
from engine.tasks import files, lookup
from engine.transaction import check_expected
from web import uploads
from web.context import current_actor, current_workbench
from web.views.tasks import changed, refused

bp = Blueprint("task_files", __name__)
bp.register_error_handler(WorkbenchError, refused)


@bp.post("/tasks/<task_id>/files")
def add(task_id: str) -> ResponseReturnValue:
    """Add a file; one of the same type and label is its next version."""
    upload = uploads.receive("file", task_id)
    if upload is None:
        message = "choose a file"
        raise BadRequestError(
            "No file was chosen. Choose one, then send the form again.",
            details=[{"code": "BAD_REQUEST", "field": "file", "message": message}],
        )
    with current_workbench().transaction(current_actor()) as tx:
        added = files.add(
            tx,
            task_id,
            upload.blob,
            type=request.form.get("type", ""),
            label=request.form.get("label", ""),
            file_name=upload.name,
            content_type=upload.content_type,
        )
        task = lookup.find(tx, task_id)
    return changed(task, f"“{added.label}”, version {added.version_number}, is added.", "files")


@bp.post("/tasks/<task_id>/files/<artifact_id>/approve")
def approve(task_id: str, artifact_id: str) -> ResponseReturnValue:
    """Approve a file, so that it may serve as proof."""
    with current_workbench().transaction(current_actor()) as tx:
        revision = check_expected(request.form.get("revision"))
        approved = files.approve(tx, task_id, artifact_id, revision=revision)
        task = lookup.find(tx, task_id)
    return changed(task, f"“{approved.label}” is approved and may serve as proof.", "files")
