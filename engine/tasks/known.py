"""What a task's columns tell of it: its record has them, and so has a row that was read without one."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from engine.tasks.states import ACTIVE, SATISFYING, TERMINAL, TaskStatus
from engine.tasks.vocabulary import Priority, Urgency


class KnownTask:
    """The common part of ``Task`` and ``TaskRow``, so that one rule decides about both."""

    __slots__ = ()

    if TYPE_CHECKING:  # each of the two declares them itself
        task_id: str
        task_number: int
        title: str
        status: TaskStatus
        priority: Priority
        urgency: Urgency
        milestone: bool
        bundle_id: str | None
        partner_id: str | None
        owner_id: str
        assignee_id: str | None
        assignee_role: str | None
        assigned_to_bot: bool
        due_date: date | None
        deadline: datetime | None
        blocked_by: str | None
        requires_human_review: bool
        closed_at: datetime | None
        follow_up_at: datetime | None
        deferred_until: date | None
        waiting_for: str | None
        updated_at: datetime
        revision: int

        @property
        def is_skippable(self) -> bool:
            """Its definition allows to skip it."""

        @property
        def hand_list(self) -> str | None:
            """The employees whose own work it is, as JSON; None for nobody."""

        @property
        def preparer_list(self) -> str | None:
            """Who prepared what a human review looks at, besides the owner, as JSON; None for nobody."""

        @property
        def required_sources(self) -> str:
            """Whose approvals its definition asks for, in their order, with commas."""

    @property
    def is_active(self) -> bool:
        """Neither terminal nor failed."""
        return self.status in ACTIVE

    @property
    def is_terminal(self) -> bool:
        """Completed, skipped or cancelled."""
        return self.status in TERMINAL

    @property
    def satisfies_dependents(self) -> bool:
        """Whether tasks that depend on this one may go on."""
        return self.status in SATISFYING

    @property
    def is_blocked(self) -> bool:
        """An unmet dependency holds it back (CNF-46)."""
        return self.blocked_by is not None

    @property
    def is_not_ready(self) -> bool:
        """Nothing keeps it from being begun but a task that it comes after (D10)."""
        return self.blocked_by is not None and self.status in (TaskStatus.PENDING, TaskStatus.QUEUED)

    @property
    def lane(self) -> TaskStatus:
        """The board's column: what is not ready stands with what is blocked (CNF-46)."""
        return TaskStatus.BLOCKED if self.is_not_ready else self.status

    @property
    def is_open(self) -> int:
        """1 until the task is terminal, for the index of open work."""
        return 0 if self.is_terminal else 1

    @property
    def name(self) -> str:
        """How messages and timelines speak of it: number and title."""
        return f"#{self.task_number} “{self.title}”"

    def is_overdue(self, now: datetime) -> bool:
        """Whether it is active and past its deadline (definitions.md section 4)."""
        return self.is_active and self.deadline is not None and self.deadline < now
