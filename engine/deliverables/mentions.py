"""The remarks that call somebody by name: notes on tasks and comments on versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.deliverables.models import DeliverableComment
from engine.deliverables.queries import remarks_for
from engine.tasks.models import Note, Task
from engine.transaction import Transaction

#: As many as an inbox shows.
MOST = 100


@dataclass(frozen=True, kw_only=True)
class Mention:
    """A remark that calls somebody, with the task it stands on."""

    task: Task
    remark: Note | DeliverableComment


def mentions_for(
    tx: Transaction, employee_id: str, since: datetime | None = None, limit: int = MOST
) -> list[Mention]:
    """Return the notes and comments after ``since`` that call an employee, newest first.

    Only on tasks that the actor sees, who is that employee as a rule.
    """
    remarks: list[Note | DeliverableComment] = [
        *remarks_for(tx, Note, employee_id, since, limit),
        *remarks_for(tx, DeliverableComment, employee_id, since, limit),
    ]
    newest = sorted(remarks, key=lambda remark: remark.created_at, reverse=True)[:limit]
    tasks = {task.task_id: task for task in tx.find(Task, task_id=[remark.task_id for remark in newest])}
    return [Mention(task=tasks[remark.task_id], remark=remark) for remark in newest]
