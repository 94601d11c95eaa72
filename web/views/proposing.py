"""A task or a bundle as it was done becomes a draft of a template: its form, and the way to the draft."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine.command import Done
from engine.errors import WorkbenchError
from engine.proposals.models import Proposal
from web import errors, messages, sent
from web.context import current_actor, current_workbench
from web.pages import proposing
from web.rendering import render

bp = Blueprint("proposing", __name__)


@bp.get("/tasks/<task_id>/propose")
def ask_task(task_id: str) -> ResponseReturnValue:
    """Say what of the task would be saved, and ask for whom."""
    return _task_page(task_id)


@bp.post("/tasks/<task_id>/propose")
def of_task(task_id: str) -> ResponseReturnValue:
    """Make the draft of a task and lead to it."""
    return _led(sent.do("proposal from-task", task_id=task_id))


@bp.get("/bundles/<bundle_id>/propose")
def ask_bundle(bundle_id: str) -> ResponseReturnValue:
    """Say what of the bundle would be saved, and ask for the template's name."""
    return _bundle_page(bundle_id)


@bp.post("/bundles/<bundle_id>/propose")
def of_bundle(bundle_id: str) -> ResponseReturnValue:
    """Make the draft of a template and lead to it."""
    return _led(sent.do("proposal from-bundle", bundle_id=bundle_id))


def _led(done: Done[Proposal]) -> ResponseReturnValue:
    messages.say(done)
    return redirect(f"{request.script_root}/proposals/{done.result.proposal_id}", 303)


def _task_page(task_id: str, status: int = 200) -> ResponseReturnValue:
    content = current_workbench().content()
    with current_workbench().reading(current_actor()) as tx:
        page = proposing.load_task(tx, content, task_id)
    return render("tasks/propose.html", page=page, task=page.task), status


def _bundle_page(bundle_id: str, status: int = 200) -> ResponseReturnValue:
    with current_workbench().reading(current_actor()) as tx:
        page = proposing.load_bundle(tx, bundle_id)
    return render("bundles/propose.html", page=page, bundle=page.bundle), status


@bp.errorhandler(WorkbenchError)
def _refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the form again with the reasons and the input kept."""
    given = request.view_args or {}
    if "task_id" in given:
        task_id = str(given["task_id"])
        at = partial(url_for, "proposing.ask_task", task_id=task_id)
        return errors.shown_again(error, partial(_task_page, task_id), at)
    bundle_id = str(given.get("bundle_id"))
    at = partial(url_for, "proposing.ask_bundle", bundle_id=bundle_id)
    return errors.shown_again(error, partial(_bundle_page, bundle_id), at)
