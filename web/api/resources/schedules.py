"""Schedules: what begins by itself, when next, and what became of its days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import NotFoundError, UnavailableError, WorkbenchError
from engine.schedules import listing, preview
from engine.schedules.listing import Listed
from engine.schedules.models import Schedule, ScheduledStart
from engine.transaction import Transaction
from web.api import schemas
from web.api.paging import Asked, Page, cut, cut_behind
from web.api.resources.base import Described, Resource, plain
from web.context import current_workbench


def _list(tx: Transaction, asked: Asked) -> Page:
    found = listing.load_all(tx, current_workbench().content())
    return cut_behind(found, asked, lambda one: one.schedule.schedule_id)


def _find(tx: Transaction, text: str) -> Schedule:
    return tx.get(Schedule, text)


def _line(_: Transaction, found: Sequence[Listed]) -> Described:
    return [one.as_json() for one in found]


def _told(tx: Transaction, found: Sequence[Schedule]) -> Described:
    """Describe schedules with their next starts, or why nothing is to come."""
    content, told = current_workbench().content(), Described()
    for one in found:
        upcoming, trouble = list[dict[str, Any]](), None
        listed, _ = listing.load_one(tx, content, one.schedule_id)
        try:
            upcoming = [start.as_json() for start in preview.of_schedule(tx, content, one)]
        except UnavailableError:
            raise
        except WorkbenchError as error:
            trouble = error.message
        told.append({**listed.as_json(), "upcoming": upcoming, "upcoming_problem": trouble})
    return told


_START = schemas.of(ScheduledStart)
_MORE = {
    "template_name": schemas.said(schemas.TEXT, "What people call the template."),
    "for": schemas.said(schemas.OPTIONAL_TEXT, "For whom, as people call them. Null for the house."),
    "owner": schemas.said(schemas.TEXT, "Whose the bundles are."),
    "last": {"anyOf": [_START, {"type": "null"}], "description": "What became of its last day."},
}
_UPCOMING = schemas.shape(
    "A start to come.",
    {
        "anchor_date": schemas.DAY,
        "starts_at": schemas.MOMENT,
        "title": schemas.OPTIONAL_TEXT,
        "refused": schemas.said(schemas.OPTIONAL_TEXT, "Why it would be refused, in words."),
        "tasks": schemas.some(schemas.OBJECT, "What it would make: ref, title, due_date and warnings."),
    },
)
SCHEDULES = Resource(
    name="schedules",
    record=Schedule,
    help="What begins by itself, the next first; one of them with its next five starts.",
    find=_find,
    list=_list,
    describe=_told,
    schema=schemas.of(
        Schedule,
        more={
            **_MORE,
            "upcoming": schemas.some(_UPCOMING, "The next starts."),
            "upcoming_problem": schemas.said(schemas.OPTIONAL_TEXT, "Why none is to come, in words."),
        },
    ),
    describe_listed=_line,
    listed_schema=schemas.of(Schedule, more=_MORE),
)


def _starts(tx: Transaction, asked: Asked) -> Page:
    found = tx.find(ScheduledStart, schedule_id=asked.parent.schedule_id)
    found.sort(key=_place, reverse=True)
    return cut(found, asked, _place, descending=True)


def _place(one: ScheduledStart) -> tuple[str, str]:
    return one.anchor_date.isoformat(), one.scheduled_start_id


def _start(tx: Transaction, text: str) -> ScheduledStart:
    found = tx.find_by_key(ScheduledStart, text)
    try:
        if found is not None and tx.get(Schedule, found.schedule_id):
            return found
    except NotFoundError:
        found = None
    raise NotFoundError(f"There is no start {text} that you may see. Check the id.")


def _of_schedule(_: Transaction, parent: Schedule, record: ScheduledStart) -> bool:
    return record.schedule_id == parent.schedule_id


STARTS = Resource(
    name="starts",
    record=ScheduledStart,
    help="What became of the days of a schedule, the newest first.",
    parent="schedules",
    find=_start,
    list=_starts,
    describe=plain,
    schema=_START,
    belongs=_of_schedule,
)
RESOURCES: Mapping[str, Resource] = {one.path: one for one in (SCHEDULES, STARTS)}
