"""What waits for a second look and was scored, and the scores of somebody's work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import Field

from engine.deliverables import describe
from engine.errors import BadRequestError
from engine.qa import service
from engine.qa.models import QaReview
from engine.qa.read_models import QaRow
from engine.tasks import assignment
from engine.tasks.models import Task
from engine.transaction import Transaction
from web.api import schemas
from web.api.paging import Asked, Listing, Page, counted, cut
from web.api.resources.base import Described, Resource, plain
from web.api.resources.tasks import REVIEWS as OF_TASK
from web.api.resources.tasks import SCHEMA as TASK
from web.api.resources.tasks import review_place


class QueueList(Listing):
    """Which tasks of the queue are listed."""

    state: Literal["open", "reviewed"] | None = Field(
        None, description="open: to be scored; reviewed: scored; both by default."
    )


class ReviewList(Listing):
    """Whose scores are listed."""

    employee: str | None = Field(None, description="A key or id of an employee; yourself by default.")


def _queue(tx: Transaction, asked: Asked) -> Page:
    found = service.queue(tx, asked.filters.get("state"), limit=asked.limit, offset=asked.begin)
    return counted(found.items, found.total, asked)


def _told(tx: Transaction, rows: Sequence[QaRow]) -> Described:
    tasks = describe.describe_all(tx, [one.row.task for one in rows])
    latest = (one.latest.model_dump(mode="json") if one.latest else None for one in rows)
    return [{**task, "latest_review": review} for task, review in zip(tasks, latest, strict=True)]


def _reviews(tx: Transaction, asked: Asked) -> Page:
    named = asked.filters.get("employee")
    employee = assignment.find_employee(tx, named, "employee") if named else None
    whose = employee.employee_id if employee else tx.actor.employee_id
    if whose is None:
        raise BadRequestError("You are not an employee, so nobody scores your work. Name an employee.")
    found = service.feedback_for(tx, whose, None)
    return cut(found, asked, review_place, descending=True)


QUEUE = Resource(
    name="qa",
    record=Task,
    called="TaskToScore",
    help="The tasks that wait for a score, oldest first, then those that were scored.",
    list=_queue,
    describe=_told,
    schema={
        **TASK,
        "properties": {
            **TASK["properties"],
            "latest_review": {
                "anyOf": [schemas.of(QaReview), {"type": "null"}],
                "description": "Its newest score. Null where it has none.",
            },
        },
        "required": [*TASK["required"], "latest_review"],
    },
    filters=QueueList,
)
REVIEWS = Resource(
    name="reviews",
    record=QaReview,
    help="The scores of somebody's work, newest first: of yours, or of others where you see all work.",
    find=OF_TASK.find,
    list=_reviews,
    describe=plain,
    schema=schemas.of(QaReview),
    filters=ReviewList,
)
RESOURCES: Mapping[str, Resource] = {one.path: one for one in (QUEUE, REVIEWS)}
