"""Handing over what a task owes: in place while undecided, the next version after a decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from engine.errors import BadRequestError, NotFoundError, WorkbenchError
from engine.tasks import deliverables, files, lookup, resubmission
from engine.tasks.models import Deliverable, ItemSource, Task
from engine.transaction import Transaction, check_expected
from web import uploads
from web.context import current_actor, current_workbench
from web.pages import meta_fields
from web.uploads import Upload
from web.views.tasks import changed, refused

bp = Blueprint("task_deliverables", __name__)
bp.register_error_handler(WorkbenchError, refused)


@bp.post("/tasks/<task_id>/deliverables")
def add(task_id: str) -> ResponseReturnValue:
    """Add a deliverable that the template does not have."""
    form = request.form
    with current_workbench().transaction(current_actor()) as tx:
        row = deliverables.add(
            tx,
            task_id,
            form.get("ref", "").strip(),
            type=form.get("type", ""),
            description=form.get("description"),
            visible_in_portal="visible_in_portal" in form,
        )
        task = lookup.find(tx, task_id)
    return changed(task, "Deliverable added. Hand it over when it is there.", _anchor(row))


@bp.post("/tasks/<task_id>/deliverables/<deliverable_id>")
def edit(task_id: str, deliverable_id: str) -> ResponseReturnValue:
    """Hand over an address or a file, with its facts, as long as nobody has judged it."""
    upload = uploads.receive("file", task_id)
    with current_workbench().transaction(current_actor()) as tx:
        task, row = _find(tx, task_id, deliverable_id)
        content = _content(tx, task, row, row.meta, upload)
        asks_visible = row.source is ItemSource.AD_HOC and "asks_visible" in request.form
        is_visible = "visible_in_portal" in request.form if asks_visible else row.visible_in_portal
        is_bare = content["meta"] == row.meta and not (content["url"] or "").strip() and "blob" not in content
        if is_bare and not row.is_submitted and is_visible == row.visible_in_portal:
            raise _nothing_given(row)
        deliverables.edit(
            tx,
            deliverable_id,
            **content,
            visible_in_portal=is_visible if asks_visible else None,
            revision=check_expected(request.form.get("revision")),
        )
    owed = "Saved. Nothing is handed over yet: give an address or a file."
    return changed(task, "Handed over." if row.is_submitted else owed, _anchor(row))


@bp.post("/tasks/<task_id>/deliverables/<deliverable_id>/next")
def hand_over_next(task_id: str, deliverable_id: str) -> ResponseReturnValue:
    """Hand over the version after a judged one, and with ``resubmit`` ask for the next decision."""
    upload = uploads.receive("file", task_id)
    with current_workbench().transaction(current_actor()) as tx:
        task, judged = _find(tx, task_id, deliverable_id)
        content = _content(tx, task, judged, {}, upload)
        if request.form.get("then") == "resubmit":
            done = resubmission.resubmit(tx, deliverable_id, **content)
            row, said = done.row, _resubmitted(done)
        else:
            row = deliverables.new_version(tx, deliverable_id, **content)
            said = f"Version {row.version_number} is handed over."
        task = lookup.find(tx, task_id)
    return changed(task, said, _anchor(row))


def _nothing_given(row: Deliverable) -> BadRequestError:
    return BadRequestError(
        f"Nothing was handed over as “{row.ref}”: give an address or choose a file.",
        details=[
            {"code": "BAD_REQUEST", "field": "url", "message": "give an address, or choose a file below"}
        ],
    )


def _find(tx: Transaction, task_id: str, deliverable_id: str) -> tuple[Task, Deliverable]:
    task, row = lookup.find(tx, task_id), tx.get(Deliverable, deliverable_id)
    if row.task_id != task.task_id:
        raise NotFoundError(f"The task {task.name} has no deliverable {deliverable_id}. Load the page again.")
    return task, row


def _content(
    tx: Transaction, task: Task, row: Deliverable, known: Mapping[str, Any], upload: Upload | None
) -> dict[str, Any]:
    """Return what the form hands over: an address, a file of the sender's or one that is here, and facts."""
    content: dict[str, Any] = {
        "url": request.form.get("url"),
        "meta": meta_fields.read(row.meta_schema, request.form, known),
    }
    if upload is not None:
        content |= {"blob": upload.blob, "file_name": upload.name, "content_type": upload.content_type}
    elif chosen := request.form.get("artifact_id"):
        file = files.get(tx, task, chosen)
        content |= {
            "blob": files.blob_of(file),
            "file_name": file.file_name or file.label,
            "content_type": file.content_type,
        }
    return content


def _resubmitted(done: resubmission.Resubmission) -> str:
    said = f"Version {done.row.version_number} is handed over"
    if not done.still_missing:
        return f"{said} and approval requested."
    others = ", ".join(f"“{row.ref}”" for row in done.still_missing)
    return f"{said}. Approval is not requested yet: {others} was rejected too and needs its next version."


def _anchor(row: Deliverable) -> str:
    return f"deliverable-{row.deliverable_id}"
