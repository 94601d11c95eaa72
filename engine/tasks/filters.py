"""What a list of tasks is narrowed and sorted by, read from a query string or options (LST-01 to LST-17)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, Self

from engine.errors import BadRequestError, UnknownFieldError, bad_field
from engine.inputs import whole_number
from engine.reference.models import Campaign, Employee, Partner
from engine.tasks import dates
from engine.tasks.models import Priority, TaskStatus
from engine.tasks.states import parse_status
from engine.transaction import Transaction

#: Name in the query -> column.
SORTS = {
    "due_date": "due_date",
    "deadline": "deadline",
    "scheduled_for": "scheduled_for",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "priority": "priority_rank",
    "title": "title_key",
}
MAX_LIMIT, DEFAULT_LIMIT = 100, 50
#: The largest offset that both databases take.
_MAX_OFFSET = 2**31 - 1
_OPEN = "open"
#: What ``qa`` may ask for; the first asks for both of the others.
QA_CHOICES = ("flagged", "open", "reviewed")
_NOBODY = "none"


@dataclass(frozen=True, kw_only=True)
class TaskFilter:
    """What is asked for; a field that is None or empty asks nothing."""

    #: Any of these.
    status: tuple[TaskStatus, ...] = ()
    #: Not completed, skipped or cancelled.
    open: bool = False
    priority: tuple[Priority, ...] = ()
    category: str | None = None
    task_type: str | None = None
    assignee_id: str | None = None
    #: Assigned to the actor's employee.
    mine: bool = False
    #: Assigned to nobody.
    unassigned: bool = False
    assigned_to_bot: bool | None = None
    requires_human_review: bool | None = None
    bundle_id: str | None = None
    template_id: str | None = None
    campaign_id: str | None = None
    partner_id: str | None = None
    tag: str | None = None
    #: ``flagged`` for QA, and of those ``open`` (not scored yet) or ``reviewed`` (LST-17).
    qa: str | None = None
    #: Due on an earlier day: the deadline's in the workspace's zone, as pages say it (R1).
    due_before: date | None = None
    #: Due on a later day, likewise.
    due_after: date | None = None
    scheduled_before: datetime | None = None
    scheduled_after: datetime | None = None
    #: Active and past the deadline.
    overdue: bool = False
    #: Part of title or description, capitals do not matter; or ``#12``, a task's number.
    text: str | None = None
    #: A key of ``SORTS``, with ``-`` in front for descending; empty values come last both ways.
    sort: str = "due_date"
    limit: int = DEFAULT_LIMIT
    offset: int = 0

    @classmethod
    def parse(cls, tx: Transaction, given: Mapping[str, Any]) -> Self:
        """Return the filter that a query string or an option list expresses; empty values ask nothing.

        ``assignee`` is a key, an id, ``me`` or ``none``; ``campaign`` and ``partner`` are keys or ids;
        ``status`` and ``priority`` take several values with commas, ``status`` also ``open``.

        Raises:
            UnknownFieldError: there is no such filter.
            BadRequestError: a value has the wrong form, or names nobody.
        """
        values: dict[str, Any] = {}
        for name, value in given.items():
            text = str(value).strip()
            reader = _READERS.get(name)
            if reader is None:
                raise UnknownFieldError(
                    f"There is no filter {name!r}; the filters are {', '.join(_READERS)}.",
                    details=[{"code": "UNKNOWN_FIELD", "field": name, "message": "no such filter"}],
                )
            if text:
                values |= reader(tx, name, text)
        return cls(**values)

    @property
    def sort_column(self) -> str:
        """The column to sort by."""
        return SORTS[self.sort.removeprefix("-")]

    @property
    def descending(self) -> bool:
        """Whether the largest comes first."""
        return self.sort.startswith("-")


def _refused(name: str, text: str, what: str) -> BadRequestError:
    return bad_field(name, f"{text!r} {what}")


def _statuses(_tx: Transaction, _name: str, text: str) -> dict[str, Any]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    chosen = tuple(dict.fromkeys(parse_status(word) for word in words if word != _OPEN))
    return {"status": chosen, "open": _OPEN in words}


def _priorities(_tx: Transaction, name: str, text: str) -> dict[str, Any]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in list(Priority):
            raise _refused(name, word, f"is not a priority; use {', '.join(Priority)}")
    return {name: tuple(Priority(word) for word in words)}


def _assignee(tx: Transaction, name: str, text: str) -> dict[str, Any]:
    if text == "me":
        return {"mine": True}
    if text == _NOBODY:
        return {"unassigned": True}
    return {"assignee_id": _found(tx, Employee, name, text)}


def _found(tx: Transaction, record_type: type[Employee | Campaign | Partner], name: str, text: str) -> str:
    found = tx.find_one(record_type, key=text) or tx.find_by_key(record_type, text)
    if found is None:
        raise _refused(name, text, f"is not the key or id of {'an' if name == 'assignee' else 'a'} {name}")
    return found.record_id


def _reference(field: str, record_type: type[Campaign | Partner]) -> _Reader:
    return lambda tx, name, text: {field: _found(tx, record_type, name, text)}


def _text(field: str) -> _Reader:
    return lambda _tx, _name, text: {field: text}


def _day(_tx: Transaction, name: str, text: str) -> dict[str, Any]:
    return {name: dates.read_day(text, name)}


def _moment(tx: Transaction, name: str, text: str) -> dict[str, Any]:
    return {name: dates.read_moment(text, name, tx.timezone)}


def _flag(_tx: Transaction, name: str, text: str) -> dict[str, Any]:
    words = {
        "true": True,
        "1": True,
        "yes": True,
        "on": True,
        "false": False,
        "0": False,
        "no": False,
        "off": False,
    }
    if text.lower() not in words:
        raise _refused(name, text, "must be true or false")
    return {name: words[text.lower()]}


def _qa(_tx: Transaction, name: str, text: str) -> dict[str, Any]:
    if text not in QA_CHOICES:
        raise _refused(name, text, f"is not a state of QA; use {', '.join(QA_CHOICES)}")
    return {name: text}


def _sort(_tx: Transaction, name: str, text: str) -> dict[str, Any]:
    if text.removeprefix("-") not in SORTS:
        raise _refused(
            name, text, f"cannot be sorted by; use {', '.join(SORTS)}, with - in front for descending"
        )
    return {name: text}


def _number(_tx: Transaction, name: str, text: str, *, lowest: int, highest: int) -> dict[str, Any]:
    number = whole_number(text, lowest, highest)
    if number is None:
        raise _refused(name, text, f"must be a whole number from {lowest} to {highest}")
    return {name: number}


_Reader = Callable[[Transaction, str, str], dict[str, Any]]

_READERS: dict[str, _Reader] = {
    "status": _statuses,
    "priority": _priorities,
    "category": _text("category"),
    "task_type": _text("task_type"),
    "assignee": _assignee,
    "assigned_to_bot": _flag,
    "requires_human_review": _flag,
    "bundle": _text("bundle_id"),
    "template": _text("template_id"),
    "campaign": _reference("campaign_id", Campaign),
    "partner": _reference("partner_id", Partner),
    "tag": _text("tag"),
    "qa": _qa,
    "due_before": _day,
    "due_after": _day,
    "scheduled_before": _moment,
    "scheduled_after": _moment,
    "overdue": _flag,
    "text": _text("text"),
    "sort": _sort,
    "limit": partial(_number, lowest=1, highest=MAX_LIMIT),
    "offset": partial(_number, lowest=0, highest=_MAX_OFFSET),
}
