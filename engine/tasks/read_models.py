"""What the reads over tasks give: rows, pages, columns of the board, statistics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from engine.fulltext import Marked, Rank
from engine.reference.absences import Away
from engine.tasks.known import KnownTask
from engine.tasks.models import Priority, Task, TaskStatus, Urgency

#: How long what was closed stays on the board.
RECENT = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class Blocker:
    """What a task comes after and is not done, as far as the row tells its reader (DEP-07)."""

    task_id: str
    task_number: int
    #: None where the row alone does not tell that its reader may see it; then they learn the number alone.
    title: str | None
    status: TaskStatus
    assignee_name: str | None
    assignee_role: str | None
    assigned_to_bot: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskRow(KnownTask):
    """One line of a list, or one card: what columns tell; its document was not read (P3)."""

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
    #: Who did it, and who prepared what a human review looks at: ids as JSON, None for nobody.
    hand_list: str | None
    preparer_list: str | None
    closed_at: datetime | None
    follow_up_at: datetime | None
    deferred_until: date | None
    waiting_for: str | None
    updated_at: datetime
    revision: int
    is_skippable: bool
    required_sources: str
    bundle_title: str | None
    assignee_name: str | None
    steps_done: int
    steps_total: int
    #: Required proof that is not given yet.
    missing_proofs: int
    is_late: bool
    #: The first of what it comes after that is not done yet; None where nothing holds it back.
    blocker: Blocker | None
    #: Whether the last decision on the newest version of something that it hands over asks for a change
    #: that is still to be made: it is neither with its approvers again nor closed.
    is_sent_back: bool
    #: Until when its assignee is away and who stands in, where it is open; None where they are there.
    away: Away | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedRow(TaskRow):
    """A row that tells also where in its bundle it stands, and what it waits for."""

    phase: str | None
    #: The order within the bundle, from 1; 0 for what was added later.
    position: int
    depends_on: tuple[str, ...]
    #: The bundle link that completion fills.
    fills_link: str | None


def in_order(task: Task | PlacedRow) -> tuple[int, int]:
    """The order of tasks within a bundle: the template's; those added later come last."""
    return (task.position or 1_000_000, task.task_number)


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentRow(TaskRow):
    """A row of which a page shows more than columns tell."""

    task: Task


@dataclass(frozen=True)
class Found:
    """Where words were found: the hit in its sentence."""

    rank: Rank
    excerpt: list[Marked]

    @property
    def text(self) -> str:
        """The excerpt as plain text."""
        return "".join(part.text for part in self.excerpt)

    def as_json(self) -> dict[str, Any]:
        """Return what it is in, the excerpt, and where the words begin and end in that."""
        marks, at = [], 0
        for part in self.excerpt:
            if part.is_hit:
                marks.append([at, at + len(part.text)])
            at += len(part.text)
        return {"in": self.rank.words, "text": self.text, "marks": marks}


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of a list."""

    items: list[TaskRow]
    #: Where words were found, by task; what a title shows is left out.
    found: Mapping[str, Found] = field(default_factory=dict)
    total: int
    #: False where there are ``total`` at least.
    is_exact: bool = True
    limit: int
    offset: int


@dataclass(frozen=True, kw_only=True)
class Documents:
    """One page of a list, of tasks as they are kept; those that cannot be read are left out."""

    tasks: list[Task]
    #: As a ``Page`` has it.
    found: Mapping[str, Found]
    #: How many are on the page, those included that cannot be read.
    count: int
    total: int


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of the board; ``total`` counts also what is not shown."""

    status: TaskStatus
    title: str
    total: int
    #: False where there are ``total`` at least.
    is_exact: bool = True
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
