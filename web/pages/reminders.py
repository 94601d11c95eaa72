"""Reminders as they are drawn: chips, and what they are about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.reminders.models import Reminder, ReminderType
from engine.tasks.models import Task
from engine.transaction import Transaction

#: Type -> word, mark and tone of its chip.
TYPES: dict[ReminderType, tuple[str, str, str]] = {
    ReminderType.DUE: ("due", "◷", "warn"),
    ReminderType.OVERDUE: ("late", "!", "bad"),
    ReminderType.FOLLOW_UP_DUE: ("follow up", "↩", "info"),
    ReminderType.MISSING_EVIDENCE: ("no proof", "?", "warn"),
    ReminderType.RECURRING: ("again", "↻", "info"),
    ReminderType.STAGE_CHANGE: ("stage", "→", "info"),
    ReminderType.AUTOMATION_FAILURE: ("failed", "×", "bad"),
}


@dataclass(frozen=True)
class Standing:
    """A reminder in somebody's inbox, with the task that it is about."""

    record: Reminder
    task: Task | None


def standing(tx: Transaction, records: Iterable[Reminder]) -> list[Standing]:
    """Return reminders with their tasks, as far as they are about one."""
    return [Standing(one, tx.find_by_key(Task, one.task_id) if one.task_id else None) for one in records]
