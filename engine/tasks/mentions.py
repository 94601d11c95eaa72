"""Whom a remark is for: who is called by ``@key``, and who answers for its task."""

from __future__ import annotations

import re

from engine.accounts.models import User
from engine.reference.models import Employee
from engine.tasks.models import Task
from engine.transaction import Transaction

#: ``@ana``, but neither ``ana@example.com`` nor ``@ana-maria``, which is no key.
_MENTION = re.compile(r"(?<![\w@.+/-])@([A-Za-z][A-Za-z0-9_]*)(?![\w@-])")


def find(tx: Transaction, text: str) -> list[str]:
    """Return the ids of the active employees that a text calls, in its order; other words stay words."""
    keys = list(dict.fromkeys(key.lower() for key in _MENTION.findall(text)))
    if not keys:
        return []
    active = {item.key: item.employee_id for item in tx.find(Employee, key=keys) if item.is_active}
    return [active[key] for key in keys if key in active]


def responsible(tx: Transaction, task: Task) -> list[str]:
    """Return the employee to be told of what concerns a task: the assignee, else the owner."""
    if task.assignee_id is not None:
        return [task.assignee_id]
    owner = tx.find_by_key(User, task.owner_id)
    return [owner.employee_id] if owner is not None and owner.employee_id is not None else []
