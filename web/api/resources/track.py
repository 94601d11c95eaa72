"""How an automated task comes along, for whoever follows it: steps, what was said since, what can be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.audit import topics
from engine.executions import tracking
from engine.executions.executors.base import Effect
from engine.executions.models import Execution
from engine.executions.tracking import Place, StepState, Tracked
from engine.inputs import Input
from engine.tasks import lookup
from engine.tasks.models import TaskStatus
from engine.transaction import Transaction
from web.api import schemas
from web.api.resources.base import Described, Resource


class TrackAsked(Input):
    """What of it is told."""

    #: ``next`` of the answer before: only lines that were said since are told. Without it all of the newest
    #: attempt are.
    after: str | None = None


def _find(tx: Transaction, text: str, wanted: Mapping[str, Any]) -> Tracked:
    """Return how a task comes along that an id in any form names, since a place.

    Raises:
        BadRequestError: the place is none.
        NotFoundError: there is no such task, or the actor may not see it.
    """
    after = Place.read(wanted["after"]) if "after" in wanted else None
    return tracking.read(tx, lookup.find(tx, text), after)


def _described(_: Transaction, found: Sequence[Tracked]) -> Described:
    return [tracked.as_json() for tracked in found]


_STEP = schemas.shape(
    "A step of it.",
    {
        "name": schemas.said(schemas.TEXT, "What is done, such as `POST api.example.com/cards`."),
        "state": {
            "type": "string",
            "enum": [one.value for one in StepState],
            "description": "to_do: it comes later. begun: it is being done; where the attempt is over, "
            "nobody saw its end. done: it was done. undone: it was begun, and did not happen.",
        },
        "effect": {
            "type": "string",
            "enum": [one.value for one in Effect],
            "description": "Whether it changes something outside: none, keyed (once, by a key), unkeyed.",
        },
        "began_at": schemas.said(schemas.OPTIONAL_MOMENT, "Null before that."),
        "ended_at": schemas.said(schemas.OPTIONAL_MOMENT, "Null before that."),
        "seconds": schemas.said(
            schemas.maybe({"type": "number"}), "How long it took. Null until it has ended."
        ),
        "is_from_before": schemas.said(
            schemas.YES_NO, "Whether an attempt before began it, and this one did not do so again."
        ),
    },
)
_LINE = schemas.shape(
    "Something that was said.",
    {
        "attempt_number": schemas.said(schemas.NUMBER, "Which attempt said it."),
        "number": schemas.said(schemas.NUMBER, "Which line of that attempt it is, from 1."),
        "at": schemas.MOMENT,
        "text": schemas.TEXT,
    },
)
TRACK = Resource(
    name="track",
    record=Execution,
    called="Track",
    help="How an automated task comes along: its newest attempt step by step, and what was said.",
    parent="tasks",
    is_sole=True,
    find_with=_find,
    item_filters=TrackAsked,
    describe=_described,
    schema=schemas.shape(
        "How an automated task comes along.",
        {
            "task_id": schemas.said(schemas.TEXT, "The task."),
            "task_status": {
                "type": "string",
                "enum": [one.value for one in TaskStatus],
                "description": "Where the task stands.",
            },
            "is_live": schemas.said(schemas.YES_NO, "Whether an attempt waits or runs: ask again while so."),
            "execution": schemas.said(
                schemas.maybe(schemas.of(Execution, only=tracking.OF_LAST)),
                "The newest attempt. Null where it was never run.",
            ),
            "steps": schemas.some(_STEP, "Its steps: those that were begun, in order, then those to come."),
            "not_begun": schemas.said(
                schemas.NUMBER, "How many steps an attempt that has ended never began."
            ),
            "lines": schemas.some(_LINE, "What was said since, over all attempts, the oldest first."),
            "next": schemas.said(schemas.TEXT, "What to send as `after` of the next request."),
            "can_do": schemas.some(
                schemas.TEXT,
                "What you can do now: task execute, execution cancel, execution retry, execution settle.",
            ),
            "refusal": schemas.said(schemas.OPTIONAL_TEXT, "Why it cannot be run now. Null where it can."),
        },
    ),
    id_field="task_id",
    item_topics=lambda found: (topics.task(found.task.task_id), topics.progress(found.task.task_id)),
)
RESOURCES: Mapping[str, Resource] = {TRACK.path: TRACK}
