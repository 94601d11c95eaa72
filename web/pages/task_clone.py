"""The form of a clone: what is usually changed, as the original has it (UPD-35)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from engine.bundles.models import Bundle
from engine.reference.models import Employee
from engine.tasks.models import Priority, Task
from engine.tasks.visibility import get_workable
from engine.transaction import Transaction


@dataclass(frozen=True)
class ClonePage:
    """One task that is about to be repeated."""

    tx: Transaction = field(repr=False)
    task: Task

    @cached_property
    def values(self) -> dict[str, str]:
        """What the fields start with, by name."""
        task = self.task
        known = {person for person, _ in self.people}
        return {
            "title": task.title,
            "description": task.description or "",
            "assignee_id": task.assignee_id if task.assignee_id in known and task.assignee_id else "",
            "due_date": task.due_date.isoformat() if task.due_date else "",
            "priority": task.priority.value,
        }

    @cached_property
    def people(self) -> list[tuple[str, str]]:
        """Who may be assigned: (id, name), nobody first."""
        found = [item for item in self.tx.find(Employee, order_by=("key",)) if item.is_active]
        return [("", "nobody"), *((item.employee_id, item.name) for item in found)]

    @property
    def priorities(self) -> list[tuple[str, str]]:
        """How much it may matter."""
        return [(item.value, item.value) for item in Priority]

    @property
    def bundle(self) -> Bundle | None:
        """The bundle that the clone joins; None where it stands alone."""
        found = self.tx.find_by_key(Bundle, self.task.bundle_id) if self.task.bundle_id else None
        return found if found is not None and found.is_active else None


def load(tx: Transaction, task_id: str) -> ClonePage:
    """Return the form for the task that an id, a number or a UUID names.

    Raises:
        NotFoundError: there is none, or the actor may not see it.
        ForbiddenError: it is somebody else's to work.
    """
    return ClonePage(tx, get_workable(tx, task_id))
