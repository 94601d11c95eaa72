"""What attempts at a task have told people: under which key, and that it is over."""

from __future__ import annotations

from engine.executions.models import Execution, ExecutionStatus
from engine.notifications import service as notifications
from engine.notifications.models import Notification
from engine.tasks.models import Task
from engine.transaction import Transaction


def key_of(one: Execution, number: int) -> str:
    """Return the key under which an attempt tells its message of that number, from 0."""
    return f"execution:{one.execution_id}:message:{number}"


def take_back(tx: Transaction, task: Task) -> None:
    """Take what earlier attempts at a task told people out of their inboxes; it is over, or told anew."""
    for one in tx.find(Execution, task_id=task.task_id, status=ExecutionStatus.COMPLETED):
        told = (one.output or {}).get("told")
        if not isinstance(told, list) or not told:
            continue
        for notification in tx.find(Notification, user_id=told, key=key_of(one, 0)):
            if notification.over_at is None:
                notifications.call_off(tx, notification)


def key_of_end(one: Execution) -> str:
    """Return the key under which an attempt tells the owner of its task how it ended."""
    return f"execution:{one.execution_id}:{one.status.value}"


def take_back_doubt(tx: Transaction, one: Execution, task: Task) -> None:
    """Take out of the owner's inbox that nobody knows how an attempt ended, as somebody has said so."""
    for notification in tx.find(Notification, user_id=task.owner_id, key=key_of_end(one)):
        if notification.over_at is None:
            notifications.call_off(tx, notification)
