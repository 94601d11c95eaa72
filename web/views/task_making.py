"""Making a task from one line, alone or in a bundle, on a page that says what it understood (D4)."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from engine.errors import IdempotencyKeyReusedError, WorkbenchError
from engine.tasks.models import Task
from web import auth, errors, forms, messages, sent
from web.context import current_actor, current_workbench
from web.pages import parameter_fields
from web.pages import task_making as making
from web.rendering import render

bp = Blueprint("task_making", __name__)
bp_in_bundle = Blueprint("bundle_tasks", __name__)


@bp.get("/tasks/new")
def ask() -> ResponseReturnValue:
    """Show the form, filled in as far as the address says."""
    return _page(request.args.to_dict())


@bp.post("/tasks/new/preview")
def preview() -> ResponseReturnValue:
    """Show what the line says: alone for a page that asks for it, else with the whole form."""
    return _page(_typed(), is_preview=True)


@bp.post("/tasks/new")
def make() -> ResponseReturnValue:
    """Make the task, and lead back to where the form was opened, or to the next one."""
    return _made(sent.do("task quick").result.task)


@bp_in_bundle.get("/bundles/<bundle_id>/add-task", endpoint="ask")
def ask_in_bundle(bundle_id: str) -> ResponseReturnValue:
    """Show the form for a task of a running bundle; the address may name one of its template."""
    return _page(request.args.to_dict(), bundle_id=bundle_id)


@bp_in_bundle.post("/bundles/<bundle_id>/add-task/preview", endpoint="preview")
def preview_in_bundle(bundle_id: str) -> ResponseReturnValue:
    """Show what would be made: alone for a page that asks for it, else with the whole form."""
    return _page(_typed(), bundle_id=bundle_id, is_preview=True)


@bp_in_bundle.post("/bundles/<bundle_id>/add-task", endpoint="make")
def make_in_bundle(bundle_id: str) -> ResponseReturnValue:
    """Add the task to the bundle, and lead back to it, or to the next one."""
    typed, parameters = _typed(), {}
    if "ref" in typed:  # its template says what its parameters are
        with current_workbench().reading(current_actor()) as tx:
            parameters = making.given_parameters(tx, bundle_id, typed)
    done = sent.do("bundle add-task", bundle_id=bundle_id, parameters=parameters)
    return _made(done.result.task, done.result.remarks, bundle_id)


def _typed() -> dict[str, str]:
    """Return what the form carries; of a ticked box the last value, as a hidden ``false`` goes before it."""
    return {name: values[-1] for name, values in request.form.lists()}


def _made(task: Task, remarks: str = "", bundle_id: str | None = None) -> ResponseReturnValue:
    """Say which task was made, and lead on: back, or to the empty form where another such is wanted."""
    if errors.wants_json():
        return jsonify({"task_id": task.task_id, "task_number": task.task_number})
    link = Markup('<a href="{}">{}</a>').format(url_for("tasks.show", task_id=task.task_id), task.name)
    messages.tell(Markup("Made {}. {}").format(link, remarks.strip()))
    home = url_for("bundles.show", bundle_id=bundle_id) if bundle_id else url_for("board.show")
    back = auth.safe_next(request.form.get("back"), home)
    if "another" not in request.form:
        return redirect(back, 303)
    if bundle_id:
        return redirect(url_for("bundle_tasks.ask", bundle_id=bundle_id), 303)
    mine = "true" if request.form.get("mine") == "true" else None
    return redirect(url_for("task_making.ask", back=back, mine=mine), 303)


def _page(
    typed: dict[str, str], status: int = 200, *, bundle_id: str | None = None, is_preview: bool = False
) -> ResponseReturnValue:
    content, find = current_workbench().content(), request.args.get("find", "")
    with current_workbench().reading(current_actor()) as tx:
        if bundle_id is None:
            page = making.load(tx, content, typed, find)
        else:
            page = making.load_for_bundle(tx, content, bundle_id, typed, find)
    is_pressed = making.AS_TEXT in typed or making.WHOSE in typed
    if is_preview and request.headers.get("HX-Request") and not is_pressed:
        return render("tasks/_preview.html", page=page), status
    return render("tasks/new.html", page=page), status


@bp.errorhandler(WorkbenchError)
@bp_in_bundle.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the form again with the reasons at its fields and the input kept."""
    bundle_id = (request.view_args or {}).get("bundle_id")
    if request.method == "GET":
        return errors.answer(error)
    typed = _typed()
    if isinstance(error, IdempotencyKeyReusedError):
        typed.pop("idempotency_key", None)
        message = "This form has made a task already. Send it again to make another one."
        error.details = [{"code": error.code, "message": message}]
    if (
        typed.get("ref")
        and bundle_id
        and any("parameters." in str(one.get("field")) for one in error.details)
    ):
        with current_workbench().reading(current_actor()) as tx:
            labels = making.labels_of(tx, bundle_id)
        error.details = [parameter_fields.at_input(detail, labels) for detail in error.details]
    endpoint = "bundle_tasks.ask" if bundle_id else "task_making.ask"
    at = partial(forms.address_of_typed, endpoint, bundle_id=bundle_id)
    return errors.shown_again(error, partial(_page, typed, bundle_id=bundle_id), at)
