"""The page on which an automated task is followed (TRK): whole without JavaScript, live with it."""

from __future__ import annotations

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from engine.audit import topics
from engine.errors import BadRequestError
from engine.executions.tracking import Place
from web import addresses, forms, headers, live
from web.context import current_actor, current_workbench
from web.pages import task_loading, task_outputs, track

bp = Blueprint("track", __name__)


@bp.get("/tasks/<task_id>/track")
@live.follows_record(topics.task, task_loading.topics_with_queue, topics.progress)
def show(task_id: str) -> ResponseReturnValue:
    """Show how an automated task comes along."""
    return response(task_id)


def response(task_id: str, status: int = 200) -> Response:
    """Return that page; to its own script only those lines of the log that come after the one that it has."""
    workbench, content = current_workbench(), current_workbench().content()
    with workbench.reading(current_actor()) as tx:
        page = track.load(tx, content, task_id, _lines_after())
    shown = task_outputs.previews(workbench.blobs, page.outputs)
    answer = live.page("track/show.html", status, page=page, task=page.tracked.task, outputs=shown)
    # What comes out while the page is open arrives without another answer of the page.
    if page.tracked.task.execution_type is not None or any(one.is_framed for one in shown):
        headers.allow_own_frames(answer)
    return answer


def was_used(task_id: str) -> bool:
    """Whether the form that was sent stands on this page, to which its answer leads back."""
    return forms.sent().get("back") == addresses.track(task_id)


def _lines_after() -> Place | None:
    """Return the line that the script says it has; a script of another release may say it otherwise."""
    try:
        return Place.read(said) if (said := live.lines_after()) else None
    except BadRequestError:
        return None
