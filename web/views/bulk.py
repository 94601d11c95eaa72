"""Changing several tasks of a list at once: what it would do, then done, with one Undo (UPD-37 to UPD-41)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import commands, inputs
from engine.access import require
from engine.budgets import TASKS_AT_ONCE
from engine.command import Done
from engine.errors import BadRequestError, WorkbenchError
from engine.tasks.bulk_outcome import Bulk
from web import auth, errors, live, messages, sent
from web.context import current_actor, current_workbench
from web.pages import task_list
from web.pages.task_list import Verb

bp = Blueprint("bulk", __name__)


@bp.post("/board/bulk")
def change() -> ResponseReturnValue:
    """Say what would become of each task; once that was seen, do it and lead back to the list."""
    if request.is_json:
        is_watch = "mode" in sent.json_object()
        done: Done[Bulk] = sent.do(task_list.VERBS["watch"].command if is_watch else "task bulk")
        return jsonify(done.result.as_json() | messages.as_json(done))
    verb, tasks = _verb(), _chosen()
    if task_list.VERBS[verb].is_asked_apart and "told" not in request.form:
        return _page(verb, tasks)
    is_confirmed = "confirmed" in request.form
    done = _do(task_list.VERBS[verb], tasks, is_confirmed=is_confirmed)
    if not is_confirmed:
        return _page(verb, tasks, bulk=done.result)
    messages.say(done)
    return redirect(_back(), 303)


def _verb() -> str:
    """Return what is to be done.

    Raises:
        BadRequestError: there is nothing of that name.
        ForbiddenError: it is not for the user to do.
    """
    verb = request.form.get("do", "")
    if verb not in task_list.VERBS:
        raise BadRequestError(f"Say what is to be done, in do: one of {', '.join(task_list.VERBS)}.")
    command = commands.get(task_list.VERBS[verb].command)
    require(current_actor(), command.permission, command.doing)
    return verb


def _chosen() -> list[str]:
    """Return the tasks that are ticked, or all that match the search, pinned from now on.

    Raises:
        BadRequestError: those are more than may be changed at once.
    """
    if "all" not in request.form:
        return request.form.getlist("tasks")
    with current_workbench().reading(current_actor()) as tx:
        return task_list.all_matching(tx, request.form.get("search", ""))


def _do(verb: Verb, tasks: list[str], *, is_confirmed: bool) -> Done[Bulk]:
    """Do it, or try it; fields of other verbs do not count."""
    command = commands.get(verb.command)
    data = sent.data_for(command)
    given = {name: data[name] for name in ("revisions", "idempotency_key", *verb.fields) if name in data}
    return sent.execute(
        command,
        inputs.read(command.input, {**given, **verb.given, "tasks": tasks, "dry_run": not is_confirmed}),
    )


def _back() -> str:
    return auth.safe_next(request.form.get("back"), url_for("board.show", view="list"))


def _page(verb: str, tasks: Sequence[str], status: int = 200, bulk: Bulk | None = None) -> Response:
    """Ask what is to be done with the tasks, or show what it would do."""
    preview = None
    with current_workbench().reading(current_actor()) as tx:
        bar = task_list.bar_for(tx, verb, tasks)
        if bulk is not None:
            preview = task_list.preview(tx, verb, bulk, request.form.get("status"))
    return live.page(
        "board/bulk.html",
        status,
        verb=verb,
        bar=bar,
        preview=preview,
        back=_back(),
        fresh_key=secrets.token_urlsafe(12),
        asked=tasks,
        matched_before=_matched_before(tasks),
    )


def _matched_before(tasks: Sequence[str]) -> int | None:
    """Return how many matched when the list was shown, where that are others now."""
    if "all" not in request.form:
        return None
    before = inputs.whole_number(request.form.get("matching"), 0, TASKS_AT_ONCE)
    return None if before == len(tasks) else before


@bp.errorhandler(WorkbenchError)
def _refused(error: WorkbenchError) -> ResponseReturnValue:
    """Lead back to the list, which asks again with the reasons, the choice and the input kept.

    What asks on a page of its own asks again there.
    """
    verb = task_list.VERBS.get(request.form.get("do", ""))
    asks_apart = verb is not None and verb.is_asked_apart and "told" in request.form
    try:
        tasks = _chosen()
    except BadRequestError:  # that is the refusal: there are too many of them to be asked about
        tasks = []
    return errors.shown_again(
        error,
        lambda status: _page(request.form.get("do", ""), tasks, status),
        None if asks_apart else _back,
    )
