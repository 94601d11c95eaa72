"""The form of a clone: what is usually changed, as the original has it (UPD-35)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.bundles.models import Bundle
from engine.executions import service
from engine.tasks.models import Priority, Task
from engine.tasks.visibility import get_workable
from engine.transaction import Transaction
from web.pages import choices
from web.pages.choices import Choices, People


@dataclass(frozen=True)
class ClonePage:
    """One task that is about to be repeated."""

    task: Task
    #: What the fields start with, by name.
    values: Mapping[str, str]
    #: Who may be assigned.
    people: People
    #: The bundle that the clone joins; None where it stands alone.
    bundle: Bundle | None
    #: Whether a program begins the clone at once, where the form is sent as it is.
    begins_at_once: bool

    @property
    def priorities(self) -> Choices:
        """How much it may matter."""
        return [(item.value, item.value) for item in Priority]


def load(tx: Transaction, task_id: str, find: str = "") -> ClonePage:
    """Return the form for the task that an id, a number or a UUID names.

    It offers to assign those who have ``find`` in their names.

    Raises:
        NotFoundError: there is none, or the actor may not see it.
        ForbiddenError: it is somebody else's to work.
    """
    task = get_workable(tx, task_id)
    people = choices.assignees(tx, task.assignee_id, find)
    bundle = tx.find_by_key(Bundle, task.bundle_id) if task.bundle_id else None
    return ClonePage(
        task,
        _values(task, people),
        people,
        bundle if bundle is not None and bundle.is_active else None,
        begins_at_once=_begins_at_once(task),
    )


def _begins_at_once(task: Task) -> bool:
    is_held = task.requires_human_review or task.execution_type == "scheduled"
    return service.begins_by_itself(task) and not is_held


def _values(task: Task, people: People) -> dict[str, str]:
    known = {person for person, _ in people.options}
    return {
        "title": task.title,
        "description": task.description or "",
        "assignee_id": task.assignee_id if task.assignee_id in known and task.assignee_id else "",
        "due_date": task.due_date.isoformat() if task.due_date else "",
        "priority": task.priority.value,
    }
