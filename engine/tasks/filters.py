"""What a list of tasks is narrowed and sorted by (LST-01 to LST-17); ``search`` reads it from words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from engine.fulltext import Sought
from engine.record import stored
from engine.tasks.models import Priority, Task, TaskStatus

#: Name in a search -> column.
SORTS = {
    "due_date": "due_date",
    "deadline": "deadline",
    "scheduled_for": "scheduled_for",
    "created_at": "created_at",
    "updated_at": "updated_at",
    "priority": "priority_rank",
    "title": "title_key",
}
FIRST_DUE = "due_date"
MAX_LIMIT, DEFAULT_LIMIT = 100, 50
#: What ``qa`` may ask for; the first asks for both of the others.
QA_CHOICES = ("flagged", "open", "reviewed")
#: What a task may have: records that belong to it.
PARTS = ("proof", "note", "file")
#: Both say which statuses match: values of the two are joined by or.
_STATUS = frozenset({"status", "open"})
#: Fields that say what is shown of what matches, not what matches.
PAGE = frozenset({"sort", "limit", "offset"})
#: Fields of which each value must match, so that those of two filters are put together.
_COLLECTED = ("words", "lacks", "has", "also", "any_of", "none_of")


@dataclass(frozen=True, kw_only=True)
class TaskFilter:
    """What is asked for; a field that is None or empty asks nothing, and all that is asked must match."""

    #: Any of these.
    status: tuple[TaskStatus, ...] = ()
    #: Not completed, skipped or cancelled; beside ``status`` it is one more that may match.
    open: bool = False
    #: In any of these columns of the board: what waits for another task is blocked (CNF-46).
    lanes: tuple[TaskStatus, ...] = ()
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
    #: Due on an earlier day: the deadline's in the reader's zone, as pages say it (R1).
    due_before: date | None = None
    #: Due on a later day, likewise.
    due_after: date | None = None
    scheduled_before: datetime | None = None
    scheduled_after: datetime | None = None
    #: Scheduled then or later.
    scheduled_from: datetime | None = None
    #: Active and past the deadline.
    overdue: bool = False
    #: Each is in what a task or its bundle is found by: title, description, notes, deliverables, files.
    words: tuple[Sought, ...] = ()
    #: A task's number.
    number: int | None = None
    #: Columns that are empty.
    lacks: tuple[str, ...] = ()
    #: Records of each of these kinds belong to it (``PARTS``); of proof, what was given.
    has: tuple[str, ...] = ()
    #: What must match besides: further values of fields that are asked for once already.
    also: tuple[TaskFilter, ...] = ()
    #: Of each group one must match.
    any_of: tuple[tuple[TaskFilter, ...], ...] = ()
    #: None of these may match.
    none_of: tuple[TaskFilter, ...] = ()
    #: A key of ``SORTS``, with ``-`` in front for descending; empty values come last both ways. None: what
    #: matches its words best comes first, and without words what is ``FIRST_DUE``.
    sort: str | None = None
    limit: int = DEFAULT_LIMIT
    offset: int = 0

    @property
    def sort_column(self) -> str:
        """The column to sort by, where no words are."""
        return SORTS[(self.order or FIRST_DUE).removeprefix("-")]

    @property
    def descending(self) -> bool:
        """Whether the largest comes first."""
        return (self.order or FIRST_DUE).startswith("-")

    @property
    def order(self) -> str | None:
        """What the list is sorted by; None where what matches the words best comes first."""
        return self.sort or (None if self.sought else FIRST_DUE)

    @property
    def is_ranked(self) -> bool:
        """Whether what matches the words best comes first."""
        return self.order is None

    @property
    def sought(self) -> tuple[Sought, ...]:
        """All words and phrases by which a task may match, each once."""
        inner = (*self.also, *(part for group in self.any_of for part in group))
        return tuple(dict.fromkeys([*self.words, *(word for part in inner for word in part.sought)]))

    @property
    def asked(self) -> dict[str, Any]:
        """The fields that ask for anything, with what they ask."""
        return {one.name: value for one in fields(self) if (value := getattr(self, one.name)) != one.default}

    def and_also(self, other: TaskFilter) -> TaskFilter:
        """Return the filter for what matches both, in the order and on the page of this one."""
        theirs = {name: value for name, value in other.asked.items() if name not in PAGE}
        added = {name: getattr(self, name) + theirs.pop(name) for name in _COLLECTED if name in theirs}
        both = replace(self, **added)
        ours, asked = set(self.asked), set(theirs)
        if ours & _STATUS and asked & _STATUS:
            ours, asked = ours | _STATUS, asked | _STATUS
        if all(getattr(self, name) == getattr(other, name) for name in ours & asked):
            return replace(both, **theirs)
        # One of the two stands apart; an index finds by the other.
        return replace(both, also=(*both.also, TaskFilter(**theirs)))


class Place(NamedTuple):
    """Where a task stands in a list that is sorted by a column: what follows it is found again by that."""

    #: What it is sorted by, as its column keeps it.
    value: str | int | None
    task_id: str


def place_of(task: Task, wanted: TaskFilter) -> Place:
    """Return where a task stands in the list of a filter that is not ranked by words."""
    return Place(stored(getattr(task, wanted.sort_column)), task.task_id)


def any_of(filters: Iterable[TaskFilter]) -> TaskFilter:
    """Return the filter for what matches any of some; statuses and priorities are kept together."""
    found = list(dict.fromkeys(filters))
    if TaskFilter() in found:
        return TaskFilter()
    if len(found) == 1:
        return found[0]
    for together in (_STATUS, {"priority"}):
        if all(one.asked.keys() <= together for one in found):
            joined: dict[str, Any] = {
                "open": any(one.open for one in found),
                "status": tuple(dict.fromkeys(status for one in found for status in one.status)),
                "priority": tuple(dict.fromkeys(level for one in found for level in one.priority)),
            }
            return TaskFilter(**joined)
    return TaskFilter(any_of=(tuple(found),))
