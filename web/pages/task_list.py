"""The list of tasks: the columns that somebody chose, and what can be done with several tasks at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar

from engine.budgets import TASKS_AT_ONCE
from engine.corrections import undo
from engine.errors import BadRequestError
from engine.plurals import plural
from engine.reference.models import Employee
from engine.tasks import queries, visibility
from engine.tasks.bulk import skip_reasons
from engine.tasks.bulk_outcome import Bulk, FieldChange
from engine.tasks.models import Priority, TaskStatus
from engine.tasks.read_models import TaskRow
from engine.transaction import Transaction
from engine.watching.models import WatchMode
from web.format import at_least, deadline_text
from web.pages import choices, task_filters
from web.pages.board import MOST_COUNTED
from web.pages.choices import Choices, People
from web.pagination import Pages

#: What a column is called, and what it sorts by; the task's title always comes first.
COLUMNS: Mapping[str, tuple[str, str]] = {
    "number": ("Number", ""),
    "status": ("Status", ""),
    "due": ("Due", "due_date"),
    "assignee": ("Assignee", ""),
    "priority": ("Priority", "priority"),
    "steps": ("Steps", ""),
    "updated": ("Changed", "updated_at"),
    "bundle": ("Bundle", ""),
}
#: What is shown where nothing was chosen.
USUAL = ("status", "due", "assignee", "priority", "steps")


@dataclass(frozen=True)
class Verb:
    """What is done with several tasks at once."""

    word: str
    #: The fields that it asks for.
    fields: tuple[str, ...]
    #: The command that does it, and what it always sends.
    command: str = "task bulk"
    given: Mapping[str, str] = field(default_factory=dict)
    #: Whether it asks on a page of its own, where the chosen tasks tell what may be said.
    is_asked_apart: bool = False


VERBS: Mapping[str, Verb] = {
    "assign": Verb("Assign", ("assignee_id",)),
    "priority": Verb("Priority", ("priority",)),
    "status": Verb("Status", ("status", "reason", "waiting_for")),
    "due": Verb("Due date", ("due_date", "days", "working_days")),
    "defer": Verb("Defer", ("deferred_until", "deferred_days"), given={"status": TaskStatus.DEFERRED}),
    "skip": Verb("Skip", ("reason", "comment"), given={"status": TaskStatus.SKIPPED}, is_asked_apart=True),
    "tags": Verb("Tags", ("tag", "untag")),
    "watch": Verb("Watch", ("mode",), "task bulk-watch"),
}
#: Where several tasks are moved to; what takes more to be said has a verb of its own.
STATUSES: Choices = [
    (status, status.word)
    for status in (
        TaskStatus.PENDING,
        TaskStatus.IN_PROGRESS,
        TaskStatus.WAITING,
        TaskStatus.BLOCKED,
        TaskStatus.COMPLETED,
        TaskStatus.CANCELLED,
    )
]
PRIORITIES: Choices = [(item.value, item.value) for item in Priority]
MODES: Choices = [
    (WatchMode.WATCHING, "Watch: what others change"),
    (WatchMode.MUTED, "Mute: only what is addressed to you"),
    (WatchMode.NORMAL, "Neither: what your part in them brings"),
]


@dataclass(frozen=True)
class Bar:
    """What the bar below a list offers, and the page that asks what is to be done."""

    verbs: ClassVar[Mapping[str, Verb]] = VERBS
    #: How many are changed at once at most.
    at_once: ClassVar[int] = TASKS_AT_ONCE
    statuses: ClassVar[Choices] = STATUSES
    priorities: ClassVar[Choices] = PRIORITIES
    modes: ClassVar[Choices] = MODES
    people: People
    #: The search that the list shows, and how many tasks match it where that is more than it shows.
    search: str = ""
    matching: int = 0
    is_exact: bool = True
    #: The reasons for which some of the tasks may be skipped, with how many allow it.
    skip_reasons: tuple[tuple[str, str], ...] = ()

    @property
    def takes_all(self) -> bool:
        """Whether all that match may be changed at once."""
        return self.is_exact and self.matching <= TASKS_AT_ONCE

    @property
    def number(self) -> str:
        """How many match."""
        return at_least(self.matching, is_exact=self.is_exact)

    @property
    def of_every_list(self) -> Bar:
        """What it offers whatever the list shows."""
        return Bar(self.people)


@dataclass(frozen=True)
class Preview:
    """What a change of many tasks would do."""

    verb: str
    bulk: Bulk
    #: Whether it has Undo once it is done.
    has_undo: bool
    #: The names of those who have the tasks now, and of those who would get them, by their ids.
    names: Mapping[str, str]

    @property
    def go(self) -> str:
        """What the button says."""
        return f"Change {plural(len(self.bulk.done), 'task')}"

    @property
    def has_changes(self) -> bool:
        """Whether the rows say what was and what becomes of it."""
        return any(row.changes for row in self.bulk.rows)

    def said(self, change: FieldChange) -> tuple[str, str]:
        """Return what a field was and what it becomes, in words and in days of the reader's zone."""
        return self._said(change.field, change.before), self._said(change.field, change.after)

    def _said(self, name: str, value: object) -> str:
        if name == "deadline":
            return deadline_text(value) if isinstance(value, datetime) else "no due date"
        if name == "assignee_id":
            return self.names.get(str(value), "nobody")
        return value.word if isinstance(value, TaskStatus) else str(value)


def columns(chosen: Iterable[str]) -> tuple[str, ...]:
    """Return the columns that an address names, in the list's order; the usual ones where it names none."""
    named = {name for names in chosen for name in names.split(",")}
    return tuple(name for name in COLUMNS if name in named) or USUAL


def changeable(tx: Transaction, rows: Iterable[TaskRow]) -> frozenset[str]:
    """Return the ids of the tasks of which the user may change person, day and priority."""
    return frozenset(row.task_id for row in rows if not row.is_terminal and visibility.works(tx, row))


def bar(tx: Transaction, search: str = "", pages: Pages | None = None) -> Bar:
    """Return what may be done with several tasks at once; of a list also with all that its search finds."""
    if pages is None or pages.total <= pages.last - pages.first + 1:
        return Bar(choices.assignees(tx))
    return Bar(choices.assignees(tx), search=search, matching=pages.total, is_exact=pages.is_exact)


def bar_for(tx: Transaction, verb: str, tasks: Sequence[str]) -> Bar:
    """Return what the page asks for that a verb has of its own."""
    found = Bar(choices.assignees(tx))
    if verb != "skip":
        return found
    counts = skip_reasons(tx, tasks)
    return replace(
        found,
        skip_reasons=tuple(
            (text, f"{text} ({number} of {plural(len(tasks), 'task')})") for text, number in counts.items()
        ),
    )


def all_matching(tx: Transaction, search: str) -> list[str]:
    """Return the ids of all tasks that the list shows for a search, page after page.

    Raises:
        BadRequestError: those are more than may be changed at once.
    """
    wanted = replace(task_filters.read(tx, {"q": search}, is_list=True).wanted, limit=TASKS_AT_ONCE, offset=0)
    found = queries.list_tasks(tx, wanted, counted=MOST_COUNTED)
    if found.total > TASKS_AT_ONCE:
        number = at_least(found.total, is_exact=found.is_exact)
        raise BadRequestError(
            f"{number} tasks match this search, and at most {TASKS_AT_ONCE} are changed at once. "
            "Narrow the search, or choose some of them."
        )
    return [row.task_id for row in found.items]


def preview(tx: Transaction, verb: str, bulk: Bulk, status: str | None) -> Preview:
    """Return what a dry run found; ``status`` is where it moves the tasks to, where it is asked for."""
    people = {
        value
        for row in bulk.rows
        for change in row.changes
        if change.field == "assignee_id"
        for value in (change.before, change.after)
        if value
    }
    tx.read_ahead({Employee: people})
    known = [tx.find_by_key(Employee, employee_id) for employee_id in sorted(people)]
    names = {person.employee_id: person.name for person in known if person is not None}
    asked = VERBS[verb]
    moved_to = asked.given.get("status") or (status if "status" in asked.fields else None)
    has_undo = moved_to is None or moved_to in undo.RESTING
    return Preview(verb, bulk, has_undo, names)
