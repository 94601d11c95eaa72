"""Rework: what is closed stays closed, and its work is done again in a linked task (decision 14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.errors import ConflictError
from engine.tasks import clone
from engine.tasks.models import Task
from engine.tasks.visibility import get_workable
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content


def rework(
    tx: Transaction, content: Content, task_id: str, reason: str | None = None, *, revision: int | None = None
) -> Task:
    """Make a pending task that does a closed one's work again; the original stays as it is.

    It is made as a clone is: steps open, proof owed, deliverables as fresh versions, for whoever did it while
    they are active, in the same bundle while that is active. A due date that has passed is left out. What
    depends on the original does not wait for it.

    Raises:
        NotFoundError: no such task, or the actor may not see it.
        ForbiddenError: it is somebody else's to work.
        ConflictError: it is open, or its rework is.
        StaleWriteError: ``revision`` is given and the task has moved on.
    """
    original = get_workable(tx, task_id, revision)
    if not original.is_terminal:
        raise ConflictError(
            f"Task {original.name} is {original.status.said}: its work goes on in itself. Only what is "
            "closed is reworked."
        )
    for one in reworks(tx, original):
        if not one.is_terminal:
            raise ConflictError(f"Task {original.name} is being reworked already, as {one.name}.")
    changes: dict[str, Any] = {} if reason is None else {"reason": reason}
    if original.deadline is not None and original.deadline < tx.wall_clock:
        changes["due_date"] = None
    return clone.clone(tx, content, original.task_id, changes, is_rework=True)


def reworks(tx: Transaction, task: Task) -> list[Task]:
    """Return the tasks that do a closed one's work again, oldest first, whoever sees them."""
    return tx.find(Task, rework_of=task.task_id, order_by=("task_number",))
