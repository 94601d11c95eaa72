"""What a task consists of: steps, proof, notes and the links it needs."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from engine.bundles import service
from engine.errors import BadRequestError, WorkbenchError
from engine.tasks import lookup, notes, proof, steps, update
from engine.transaction import check_expected
from web import uploads
from web.context import current_actor, current_workbench
from web.views.tasks import changed, refused

bp = Blueprint("task_parts", __name__)
bp.register_error_handler(WorkbenchError, refused)


@bp.post("/tasks/<task_id>/steps/<ref>")
def tick(task_id: str, ref: str) -> ResponseReturnValue:
    """Tick a step, or untick it with ``undo``."""
    with current_workbench().transaction(current_actor()) as tx:
        change = steps.reopen_step if request.form.get("undo") else steps.complete_step
        step = change(tx, task_id, ref)
        task = lookup.find(tx, task_id)
    said = "done" if step.is_completed else "open again"
    return changed(task, f"“{step.title}” is {said}.", f"step-{step.task_step_id}")


@bp.post("/tasks/<task_id>/steps")
def add_step(task_id: str) -> ResponseReturnValue:
    """Add a step of one's own."""
    with current_workbench().transaction(current_actor()) as tx:
        step = steps.add_step(
            tx, task_id, request.form.get("title", ""), request.form.get("description") or None
        )
        task = lookup.find(tx, task_id)
    return changed(task, "Step added.", f"step-{step.task_step_id}")


@bp.post("/tasks/<task_id>/proof")
def give_proof(task_id: str) -> ResponseReturnValue:
    """Give or replace one proof: an address, a text, a file, or the state of an outside record."""
    label, upload = request.form.get("label", ""), uploads.receive("file", task_id)
    with current_workbench().transaction(current_actor()) as tx:
        if upload is not None:
            given = proof.give_file(
                tx, task_id, label, upload.blob, file_name=upload.name, content_type=upload.content_type
            )
        else:
            given = proof.give(tx, task_id, label, _evidence())
        task = lookup.find(tx, task_id)
    return changed(task, f"Proof “{given.label}” given.", f"proof-{given.task_proof_id}")


@bp.post("/tasks/<task_id>/notes")
def add_note(task_id: str) -> ResponseReturnValue:
    """Leave a remark."""
    with current_workbench().transaction(current_actor()) as tx:
        note = notes.add(tx, task_id, request.form.get("body", ""))
        task = lookup.find(tx, task_id)
    return changed(task, "Note added.", f"note-{note.task_note_id}")


@bp.post("/tasks/<task_id>/dependencies/<other_id>/drop")
def drop_dependency(task_id: str, other_id: str) -> ResponseReturnValue:
    """Take another task out of what this one comes after, as one does when that was called off."""
    workbench = current_workbench()
    content = workbench.content()
    with workbench.transaction(current_actor()) as tx:
        before = lookup.find(tx, task_id)
        left: list[str | int] = [item for item in before.depends_on if item != other_id]
        revision = check_expected(request.form.get("revision"))
        task = update.update(tx, content, before.task_id, {"depends_on": left}, revision=revision)
    return changed(task, "Taken out: this task does not wait for it any more.")


@bp.post("/tasks/<task_id>/links")
def fill_link(task_id: str) -> ResponseReturnValue:
    """Fill a link of the bundle that this task needs."""
    with current_workbench().transaction(current_actor()) as tx:
        task = lookup.find(tx, task_id)
        if task.bundle_id is None:
            raise BadRequestError(f"Task {task.name} belongs to no bundle, so there is no link to fill.")
        link = service.fill_link(
            tx, task.bundle_id, request.form.get("name", ""), request.form.get("url", "")
        )
    return changed(task, f"Link “{link.name}” filled.", "links")


def _evidence() -> str | dict[str, str]:
    """Return what the form of a proof carries: a record's state, else its one value."""
    names = ("system", "reference", "status", "checked_at")
    if "status" in request.form:
        return {name: request.form[name] for name in names if request.form.get(name)}
    return request.form.get("value", "")
