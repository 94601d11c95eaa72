"""Changing several tasks of a list at once: what it would do, then done, with one Undo (UPD-37 to UPD-41)."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import commands, inputs
from engine.access import require
from engine.command import Done
from engine.errors import BadRequestError, WorkbenchError
from engine.tasks.bulk import Bulk
from web import auth, errors, live, messages, sent
from web.context import current_actor, current_workbench
from web.pages import task_list

bp = Blueprint("bulk", __name__)


@bp.post("/board/bulk")
def change() -> ResponseReturnValue:
    """Say what would become of each task; once that was seen, do it and lead back to the list."""
    if request.is_json:
        done: Done[Bulk] = sent.do("task bulk")
        return jsonify(done.result.as_json() | messages.as_json(done))
    verb, fields = _asked()
    is_confirmed = "confirmed" in request.form
    done = _do(fields, is_confirmed=is_confirmed)
    if not is_confirmed:
        return _page(verb, preview=task_list.preview(verb, done.result, request.form.to_dict(flat=False)))
    messages.say(done)
    return redirect(_back(), 303)


def _asked() -> tuple[str, dict[str, Any]]:
    """Return what is to be done, and its fields as they were sent; those of other verbs do not count.

    Raises:
        BadRequestError: there is nothing of that name.
    """
    verb = request.form.get("do", "")
    if verb not in task_list.VERBS:
        raise BadRequestError(f"Say what is to be done, in do: one of {', '.join(task_list.VERBS)}.")
    _, names = task_list.VERBS[verb]
    data = sent.data_for(commands.get("task bulk"))
    return verb, {name: data[name] for name in ("tasks", *names) if name in data}


def _do(fields: dict[str, Any], *, is_confirmed: bool) -> Done[Bulk]:
    command = commands.get("task bulk")
    require(current_actor(), command.permission, command.doing)
    key = request.form.get("idempotency_key") if is_confirmed else None
    given = {"tasks": [], **fields, "dry_run": not is_confirmed, "idempotency_key": key}
    return sent.execute(command, inputs.read(command.input, given))


def _back() -> str:
    return auth.safe_next(request.form.get("back"), url_for("board.show", view="list"))


def _page(verb: str, status: int = 200, preview: task_list.Preview | None = None) -> Response:
    """Ask what is to be done with the tasks, or show what it would do."""
    with current_workbench().reading(current_actor()) as tx:
        bar = task_list.bar(tx)
    return live.page(
        "board/bulk.html",
        status,
        verb=verb,
        verbs=task_list.VERBS,
        bar=bar,
        preview=preview,
        back=_back(),
        fresh_key=secrets.token_urlsafe(12),
        asked=request.form.getlist("tasks"),
    )


@bp.errorhandler(WorkbenchError)
def _refused(error: WorkbenchError) -> ResponseReturnValue:
    """Ask again, with the reasons and the input kept."""
    return errors.shown_again(error, lambda status: _page(request.form.get("do", ""), status))
