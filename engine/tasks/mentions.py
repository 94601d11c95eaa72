"""Calling somebody by ``@key`` in a remark: whom it calls, and what calls somebody."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from engine.reference.models import Employee
from engine.tasks.models import DeliverableComment, Note, Task
from engine.tasks.queries.mentions import remarks_for
from engine.transaction import Transaction

#: ``@ana``, but neither ``ana@example.com`` nor ``@ana-maria``, which is no key.
_MENTION = re.compile(r"(?<![\w@.+/-])@([A-Za-z][A-Za-z0-9_]*)(?![\w@-])")
#: As many as an inbox shows.
MOST = 100


@dataclass(frozen=True, kw_only=True)
class Mention:
    """A remark that calls somebody, with the task it stands on."""

    task: Task
    remark: Note | DeliverableComment


def find(tx: Transaction, text: str) -> list[str]:
    """Return the ids of the active employees that a text calls, in its order; other words stay words."""
    keys = list(dict.fromkeys(key.lower() for key in _MENTION.findall(text)))
    if not keys:
        return []
    active = {item.key: item.employee_id for item in tx.find(Employee, key=keys) if item.is_active}
    return [active[key] for key in keys if key in active]


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
