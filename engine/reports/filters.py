"""What a report is narrowed by: who, which kind of work, for whom, and from when to when."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from engine.deliverables.models import Deliverable
from engine.errors import UnknownFieldError, bad_field
from engine.inputs import whole_number
from engine.reference.models import Employee, Partner
from engine.tasks import dates, lookup
from engine.transaction import Transaction

#: What the usual report looks at where it looks at the newest work of each person.
DEFAULT_LAST = 20
_MOST_LAST = 1000
_LONGEST_WORD = 100

#: Every filter, and what a person enters.
NAMES: dict[str, str] = {
    "employee": "a key or id of an employee, or me",
    "task_type": "the key of a task type",
    "template": "the key of a template",
    "partner": "a key or id of a partner",
    "task": "an id or number of a task",
    "deliverable": "the id of a deliverable; all its versions count",
    "from": "a day, YYYY-MM-DD",
    "to": "a day, YYYY-MM-DD, included",
    "by": "what the rows stand for",
    "last": f"how many of the newest tasks count, {DEFAULT_LAST} by default",
}


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What a report looks at; None narrows nothing."""

    employee_id: str | None = None
    task_type: str | None = None
    template_id: str | None = None
    partner_id: str | None = None
    task_id: str | None = None
    deliverable_id: str | None = None
    #: The first moment that counts, and the first that does not any more.
    since: datetime | None = None
    until: datetime | None = None
    by: str = ""
    last: int = DEFAULT_LAST
    #: How many rows are wanted of those found, None for all of them, and how many come before.
    rows: int | None = None
    offset: int = 0

    @property
    def asks_about_tasks(self) -> bool:
        """Whether a filter asks about the task."""
        return any((self.task_type, self.template_id, self.partner_id, self.task_id))

    @classmethod
    def parse(
        cls, tx: Transaction, given: Mapping[str, Any], *, names: Sequence[str], groups: Sequence[str] = ()
    ) -> Self:
        """Return the filters that an address or an option list expresses; empty values ask nothing.

        Raises:
            UnknownFieldError: the report has no such filter.
            BadRequestError: a value has the wrong form, or names nobody.
            NotFoundError: the task or deliverable is not there, or not the actor's to see.
        """
        values: dict[str, Any] = {"by": groups[0]} if groups else {}
        for name, value in given.items():
            text = str(value or "").strip()
            if name not in names:
                known = ", ".join(names)
                raise UnknownFieldError(
                    f"This report has no filter {name!r}; its filters are {known}.",
                    details=[{"code": "UNKNOWN_FIELD", "field": name, "message": f"use one of {known}"}],
                )
            if text:
                values |= _READERS[name](tx, text, groups)
        found = cls(**values)
        if found.since and found.until and found.since >= found.until:
            raise bad_field("to", "lies before the day of “from”; swap them")
        return found


def _employee(tx: Transaction, text: str, _groups: Sequence[str]) -> dict[str, Any]:
    if text == "me":
        if tx.actor.employee_id is None:
            raise bad_field("employee", f"{tx.actor.name} is not linked to an employee; name one")
        return {"employee_id": tx.actor.employee_id}
    found = tx.find_one(Employee, key=text) or tx.find_by_key(Employee, text)
    if found is None:
        raise bad_field("employee", f"{text!r} is not the key or id of an employee")
    return {"employee_id": found.employee_id}


def _partner(tx: Transaction, text: str, _groups: Sequence[str]) -> dict[str, Any]:
    found = tx.find_one(Partner, key=text) or tx.find_by_key(Partner, text)
    if found is None:
        raise bad_field("partner", f"{text!r} is not the key or id of a partner")
    return {"partner_id": found.partner_id}


def _task(tx: Transaction, text: str, _groups: Sequence[str]) -> dict[str, Any]:
    return {"task_id": lookup.find(tx, text).task_id}


def _deliverable(tx: Transaction, text: str, _groups: Sequence[str]) -> dict[str, Any]:
    return {"deliverable_id": tx.get(Deliverable, text).deliverable_id}


def _word(name: str, field: str) -> _Reader:
    def read(_tx: Transaction, text: str, _groups: Sequence[str]) -> dict[str, Any]:
        if len(text) > _LONGEST_WORD:
            raise bad_field(name, f"is longer than any key, which has at most {_LONGEST_WORD} characters")
        return {field: text}

    return read


def _since(tx: Transaction, text: str, _groups: Sequence[str]) -> dict[str, Any]:
    return {"since": _midnight(tx, _day(text, "from"))}


def _until(tx: Transaction, text: str, _groups: Sequence[str]) -> dict[str, Any]:
    return {"until": _midnight(tx, _day(text, "to") + timedelta(days=1))}


def _day(text: str, name: str) -> date:
    day = dates.read_day(text, name)
    if day >= date.max - timedelta(days=1) or day <= date.min + timedelta(days=1):
        raise bad_field(name, f"{text} lies outside the years that can be used")
    return day


def _midnight(tx: Transaction, day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(tx.workspace_zone))


def _by(_tx: Transaction, text: str, groups: Sequence[str]) -> dict[str, Any]:
    if text not in groups:
        raise bad_field("by", f"{text!r} is nothing to group by; use one of {', '.join(groups)}")
    return {"by": text}


def _last(_tx: Transaction, text: str, _groups: Sequence[str]) -> dict[str, Any]:
    number = whole_number(text, 1, _MOST_LAST)
    if number is None:
        raise bad_field("last", f"{text!r} must be a whole number from 1 to {_MOST_LAST}")
    return {"last": number}


_Reader = Callable[[Transaction, str, Sequence[str]], dict[str, Any]]

_READERS: dict[str, _Reader] = {
    "employee": _employee,
    "task_type": _word("task_type", "task_type"),
    "template": _word("template", "template_id"),
    "partner": _partner,
    "task": _task,
    "deliverable": _deliverable,
    "from": _since,
    "to": _until,
    "by": _by,
    "last": _last,
}
