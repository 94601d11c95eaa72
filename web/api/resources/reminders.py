"""Reminders: those that stand in one's inbox, and why each of a task was, was not, or will be sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.clock import to_text
from engine.errors import NotFoundError
from engine.record import stored
from engine.reminders import explain, service
from engine.reminders.explain import Line
from engine.reminders.models import Reminder
from engine.transaction import Transaction
from web.api import schemas
from web.api.paging import Asked, Page, counted, cut
from web.api.resources.base import Described, Resource, plain
from web.context import current_workbench


def _list(tx: Transaction, asked: Asked) -> Page:
    return cut(service.standing(tx), asked, _place)


def _place(one: Reminder) -> tuple[str, str]:
    return stored(one.send_at), one.reminder_id


def _find(tx: Transaction, text: str) -> Reminder:
    found = next((one for one in service.standing(tx) if one.reminder_id == text), None)
    if found is None:
        raise NotFoundError(f"There is no reminder {text} to you. Look at those that there are.")
    return found


REMINDERS = Resource(
    name="reminders",
    record=Reminder,
    help="The reminders that stand in your inbox or that you put off, the oldest first.",
    find=_find,
    list=_list,
    describe=plain,
    schema=schemas.of(Reminder),
)


def _lines(tx: Transaction, asked: Asked) -> Page:
    told = explain.explain(tx, current_workbench().content(), asked.parent)
    lines = [*told.past, *told.coming]
    return counted(lines[asked.begin : asked.begin + asked.limit], len(lines), asked)


def _told(_: Transaction, lines: Sequence[Line]) -> Described:
    return [
        {
            "type": line.type,
            "send_at": to_text(line.at),
            "whom": line.whom,
            "text": line.text,
            "verdict": line.verdict,
            "reason": line.reason,
            "reminder_id": line.record.reminder_id if line.record else None,
        }
        for line in lines
    ]


_LINE = schemas.of(Line, without=("at", "record"))
EXPLAINED = Resource(
    name="reminders",
    record=Line,
    called="ReminderOfTask",
    help="Why each reminder of a task was, was not, or will be sent: first what was, then what comes.",
    parent="tasks",
    list=_lines,
    describe=_told,
    schema={
        **_LINE,
        "properties": {
            **_LINE["properties"],
            "send_at": schemas.said(schemas.MOMENT, "When it was, or is, meant to be sent. UTC."),
            "reminder_id": schemas.said(schemas.OPTIONAL_TEXT, "Its id. Null where it was not made yet."),
        },
        "required": [*_LINE["required"], "send_at", "reminder_id"],
    },
    id_field="reminder_id",
    list_topics=None,
)
RESOURCES: Mapping[str, Resource] = {one.path: one for one in (REMINDERS, EXPLAINED)}
