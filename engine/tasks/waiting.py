"""When a task that waits, or was put off, comes back: pure rules for lists, and for reminders (WAI-04)."""

from __future__ import annotations

from datetime import date, datetime

from engine.clock import in_zone
from engine.tasks.known import KnownTask
from engine.tasks.states import TaskStatus


def follow_up_is_due(task: KnownTask, now: datetime) -> bool:
    """Whether the task waits and its follow-up moment has come."""
    return task.status is TaskStatus.WAITING and task.follow_up_at is not None and task.follow_up_at <= now


def comes_back_on(task: KnownTask, zone: str) -> date | None:
    """Return the day, in ``zone``, of a task's follow-up, or to which it was put off.

    None where it neither waits nor was put off, or nobody named a day.
    """
    if task.status is TaskStatus.WAITING and task.follow_up_at is not None:
        return in_zone(task.follow_up_at, zone).date()
    return task.deferred_until if task.status is TaskStatus.DEFERRED else None


def has_come_back(task: KnownTask, today: date, zone: str) -> bool:
    """Whether that day has come; what was put off stays away while another task comes before it."""
    day = comes_back_on(task, zone)
    is_held = task.status is TaskStatus.DEFERRED and task.is_blocked
    return day is not None and day <= today and not is_held
