"""What the reads over tasks give: rows, pages, columns of the board, statistics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from engine.tasks.models import Priority, Task, TaskStatus

#: How long what was closed stays on the board.
RECENT = timedelta(days=7)
TITLES = {
    TaskStatus.PENDING: "To do",
    TaskStatus.QUEUED: "Queued",
    TaskStatus.DEFERRED: "Deferred",
    TaskStatus.IN_PROGRESS: "In progress",
    TaskStatus.WAITING: "Waiting",
    TaskStatus.BLOCKED: "Blocked",
    TaskStatus.HELP_NEEDED: "Help needed",
    TaskStatus.PENDING_APPROVAL: "Approval",
    TaskStatus.COMPLETED: "Done",
    TaskStatus.SKIPPED: "Skipped",
    TaskStatus.FAILED: "Failed",
    TaskStatus.CANCELLED: "Cancelled",
}


@dataclass(frozen=True, kw_only=True)
class TaskRow:
    """One line of a list, or one card."""

    task: Task
    bundle_title: str | None
    assignee_name: str | None
    steps_done: int
    steps_total: int
    #: Required proof that is not given yet.
    missing_proofs: int
    is_late: bool


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of a list."""

    items: list[TaskRow]
    total: int
    limit: int
    offset: int


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of the board; ``total`` counts also what is not shown."""

    status: TaskStatus
    title: str
    total: int
    cards: list[TaskRow]


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """Live counts of what the actor sees; zeros included (QUE-08 to QUE-15)."""

    by_status: dict[TaskStatus, int]
    by_priority: dict[Priority, int]
    #: Waiting for a manager's permission to run.
    pending_review: int
    #: Active and past the deadline.
    overdue: int
    #: ``scheduled_for`` lies in today's day of the workspace.
    scheduled_today: int
