"""When a waiting task must be asked about again; the pure rule that reminders will use (WAI-04)."""

from __future__ import annotations

from datetime import datetime

from engine.tasks.models import Task, TaskStatus


def follow_up_is_due(task: Task, now: datetime) -> bool:
    """Whether the task waits and its follow-up moment has come."""
    return task.status is TaskStatus.WAITING and task.follow_up_at is not None and task.follow_up_at <= now
