"""What was promised first, and how late the work was: moving a deadline rewrites neither (T4)."""

from __future__ import annotations

from datetime import datetime

from engine.plurals import plural
from engine.tasks.models import Task


def keep_first_deadline(task: Task) -> None:
    """Keep the deadline that a task has as its first, if it never had one; called wherever one is set."""
    if task.first_deadline is None:
        task.first_deadline = task.deadline


def keep_lateness(task: Task, completed_at: datetime) -> None:
    """Say how late a task is completed: against its deadline, and against the first that it had."""
    task.late_seconds = seconds_late(task.deadline, completed_at)
    task.first_late_seconds = seconds_late(task.first_deadline, completed_at)


def seconds_late(deadline: datetime | None, completed_at: datetime) -> int | None:
    """Return how many seconds after a deadline a moment is, a part of one counting whole; None without one.

    So 0 or less is on time, as ``is_overdue`` has it: late is after the deadline, not at it.
    """
    if deadline is None:
        return None
    late = completed_at - deadline
    return late.days * 86_400 + late.seconds + (late.microseconds > 0)


def lateness_in_words(seconds: int) -> str:
    """Say how late something was: ``on time``, ``35 min late``, ``2 days 4 h late``."""
    if seconds <= 0:
        return "on time"
    days, rest = divmod(seconds, 86_400)
    hours, minutes = rest // 3600, rest % 3600 // 60
    parts = [
        plural(days, "day") if days else "",
        f"{hours} h" if hours else "",
        f"{minutes} min" if minutes and not days else "",
    ]
    return f"{' '.join(filter(None, parts)) or 'under a minute'} late"
