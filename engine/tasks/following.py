"""What somebody goes on with after a task: their next one of the same bundle (D14)."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.tasks.models import Task, TaskStatus
from engine.transaction import Transaction

#: Under way goes before what is still to be begun.
_GOES_ON = (TaskStatus.IN_PROGRESS, TaskStatus.PENDING)
_NEVER = datetime.max.replace(tzinfo=UTC)


def following(tx: Transaction, task: Task) -> Task | None:
    """Return the actor's task of the same bundle that they can go on with now; None where there is none.

    What is under way comes first, then what is due first, then the order of the template.
    """
    if task.bundle_id is None or tx.actor.employee_id is None:
        return None
    own = tx.find(Task, bundle_id=task.bundle_id, assignee_id=tx.actor.employee_id)
    ready = [one for one in own if one.status in _GOES_ON and not one.is_blocked and one != task]
    return min(ready, key=_place, default=None)


def _place(task: Task) -> tuple[int, datetime, int, int]:
    order = task.position or 1_000_000  # what was added later comes last
    return _GOES_ON.index(task.status), task.deadline or _NEVER, order, task.task_number
