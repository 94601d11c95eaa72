"""Stories: everything that happened to a task, a bundle or a deliverable, to be read in a dispute."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from engine.audit import topics
from engine.reports import story
from engine.reports.story import Story
from engine.transaction import Transaction
from web import live
from web.context import current_actor, current_workbench
from web.errors import wants_json
from web.pages import bundle_loading, task_loading
from web.pages import story as story_page

bp = Blueprint("stories", __name__)


@bp.get("/tasks/<task_id>/story")
@live.follows_record(topics.task, task_loading.topics_of)
def task(task_id: str) -> ResponseReturnValue:
    """Tell the story of a task."""
    return _tell(story.of_task, task_id)


@bp.get("/bundles/<bundle_id>/story")
@live.follows_record(topics.bundle, bundle_loading.topics_of)
def bundle(bundle_id: str) -> ResponseReturnValue:
    """Tell the story of a run with all its tasks."""
    return _tell(story.of_bundle, bundle_id)


@bp.get("/deliverables/<deliverable_id>/story")
@live.follows_record(topics.deliverable, task_loading.topics_of_deliverable)
def deliverable(deliverable_id: str) -> ResponseReturnValue:
    """Tell the story of one thing that is handed over."""
    return _tell(story.of_deliverable, deliverable_id)


def _tell(read: Callable[[Transaction, str], Story], subject: str) -> ResponseReturnValue:
    """Return a story as a page, or as JSON where the caller asks for that."""
    with current_workbench().reading(current_actor()) as tx:
        told, zone = read(tx, subject), tx.timezone
    if request.args.get("format") == "json" or wants_json():
        return jsonify(told.as_data())
    page = story_page.load(told, zone, request.args)
    return live.page("stories/show.html", page=page, story=told)
