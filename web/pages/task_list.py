"""The list of tasks: the columns that somebody chose, and what can be done with several tasks at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.corrections import undo
from engine.tasks import visibility
from engine.tasks.bulk import Bulk
from engine.tasks.models import Priority, TaskStatus
from engine.tasks.read_models import TaskRow
from engine.transaction import Transaction
from web.format import plural
from web.pages import choices
from web.pages.choices import Choices, People

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
#: What is done with several tasks at once: its word, and the fields that it sends.
VERBS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "assign": ("Assign", ("assignee_id",)),
    "priority": ("Priority", ("priority",)),
    "status": ("Status", ("status", "reason", "waiting_for")),
    "due": ("Due date", ("days",)),
    "tags": ("Tags", ("tag", "untag")),
}
#: Where several tasks are moved to; what takes a day or a comment is done on each one's page.
STATUSES: Choices = [
    (TaskStatus.PENDING, "to do"),
    (TaskStatus.IN_PROGRESS, "in progress"),
    (TaskStatus.WAITING, "waiting"),
    (TaskStatus.BLOCKED, "blocked"),
    (TaskStatus.COMPLETED, "done"),
    (TaskStatus.CANCELLED, "cancelled"),
]
PRIORITIES: Choices = [(item.value, item.value) for item in Priority]


@dataclass(frozen=True)
class Bar:
    """What the bar below a list offers, and the page that asks what is to be done."""

    people: People
    statuses: tuple[tuple[str, str], ...] = tuple(STATUSES)
    priorities: tuple[tuple[str, str], ...] = tuple(PRIORITIES)


@dataclass(frozen=True)
class Preview:
    """What a change of many tasks would do."""

    verb: str
    bulk: Bulk
    #: Whether it has Undo once it is done.
    has_undo: bool

    @property
    def go(self) -> str:
        """What the button says."""
        return f"Change {plural(len(self.bulk.done), 'task')}"


def columns(chosen: Iterable[str]) -> tuple[str, ...]:
    """Return the columns that an address names, in the list's order; the usual ones where it names none."""
    named = {name for names in chosen for name in names.split(",")}
    return tuple(name for name in COLUMNS if name in named) or USUAL


def changeable(tx: Transaction, rows: Iterable[TaskRow]) -> frozenset[str]:
    """Return the ids of the tasks of which the user may change person, day and priority."""
    return frozenset(row.task_id for row in rows if not row.is_terminal and visibility.works(tx, row))


def bar(tx: Transaction) -> Bar:
    """Return what may be done with several tasks at once."""
    return Bar(choices.assignees(tx))


def preview(verb: str, bulk: Bulk, fields: Mapping[str, Sequence[str]]) -> Preview:
    """Return what a dry run found."""
    status = next(iter(fields.get("status", ())), "")
    return Preview(verb, bulk, not status or status in undo.RESTING)
