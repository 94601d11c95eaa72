"""The queue: what programs run, what waits and why; managers hold it back here."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import commands
from engine.audit import topics
from engine.errors import WorkbenchError
from web import errors, live, messages, sent
from web.context import current_actor, current_workbench
from web.pages import queue as page_of_queue
from web.pagination import offset_of

bp = Blueprint("queue", __name__)


@bp.get("/queue")
@live.follows(topics.QUEUE, topics.BOARD)
def index() -> ResponseReturnValue:
    """Show what runs, what waits and why, what is planned, and who does it."""
    return _page()


@bp.post("/queue/<verb>")
def act(verb: str) -> ResponseReturnValue:
    """Pause, resume, limit, stop, start, move up or drain; lead back to the queue."""
    command = commands.of("queue").get(verb)
    if command is None:
        abort(404)
    messages.tell(sent.do(command.name).message)
    return redirect(url_for("queue.index", **_kept(), _anchor=_place()), 303)


def _kept() -> dict[str, Any]:
    """What of the queue was shown where the form stood."""
    return {name: request.args[name] for name in page_of_queue.ASKED if request.args.get(name)}


def _place() -> str | None:
    """Where on the page the form stood; None for what is about all of it."""
    if executor := request.form.get("executor"):
        return f"executor-{executor}"
    if task_id := request.form.get("task_id"):
        return f"row-{task_id}"
    return "queue-workers" if "worker" in request.form else None


def _page(status: int = 200) -> Response:
    with current_workbench().reading(current_actor()) as tx:
        page = page_of_queue.load(
            tx, request.args.get("filter", ""), request.args.get("executor", ""), offset_of("offset")
        )
    return live.page("queue/index.html", status, page=page)


@bp.errorhandler(WorkbenchError)
def refused(error: WorkbenchError) -> ResponseReturnValue:
    """Show the page again with the reasons at the form and the input kept."""
    return errors.shown_again(error, _page, lambda: url_for("queue.index", **_kept()))
