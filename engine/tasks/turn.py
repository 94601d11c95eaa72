"""Since when it is somebody's turn to begin a task, and why: what their inbox tells them of their own work.

The task keeps when it got its assignee and from whom, or since when nobody has it, and when the last of what
it comes after was done. It is the assignee's turn from the later of the two until they begin, or somebody
else has it; of a task that nobody has it is the turn of whoever may claim it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import itemgetter
from typing import TYPE_CHECKING

from engine.tasks.states import TaskStatus

if TYPE_CHECKING:
    from engine.tasks.models import Task
    from engine.transaction import Transaction

#: While it is still to be begun.
_TO_BEGIN = (TaskStatus.PENDING, TaskStatus.QUEUED)


class TurnReason(StrEnum):
    """Why it is somebody's turn."""

    ASSIGNED = "assigned"  #: somebody gave it to them
    FREE = "free"  #: what it came after is done
    CLAIMABLE = "claimable"  #: nobody has it, and those with its role may claim it


@dataclass(frozen=True)
class Turn:
    """Since when, why and through whom it is somebody's turn."""

    since: datetime
    reason: TurnReason
    #: The user who gave it to them, gave it up, or did what it came after; None for the system.
    by: str | None


def turn_of(task: Task) -> Turn | None:
    """Return since when it is somebody's turn; None where they have begun, or cannot, or nobody may.

    What waits for another task from the start tells nothing until that is done; what is given to somebody
    later tells them at once.
    """
    if task.assigned_to_bot or task.status not in _TO_BEGIN:
        return None
    if task.assignee_id is None:
        return _turn_to_claim(task)
    found = []
    if task.assigned_at is not None and not (task.is_blocked and task.assigned_at == task.created_at):
        found.append(Turn(task.assigned_at, TurnReason.ASSIGNED, task.assigned_by))
    if task.freed_at is not None and not task.is_blocked:
        found.append(Turn(task.freed_at, TurnReason.FREE, task.freed_by))
    return max(found, key=lambda turn: turn.since, default=None)


def _turn_to_claim(task: Task) -> Turn | None:
    if task.assignee_role is None or task.is_blocked or task.unassigned_at is None:
        return None
    kept = [(task.unassigned_at, task.unassigned_by), (task.freed_at, task.freed_by)]
    since, by = max(((moment, by) for moment, by in kept if moment is not None), key=itemgetter(0))
    return Turn(since, TurnReason.CLAIMABLE, by)


def note_assigned(tx: Transaction, task: Task) -> None:
    """Keep when, and by whom, the task got the assignee whom it has, or came to have none."""
    noted, nothing = (tx.now, tx.actor.user_id or None), (None, None)
    has_it = task.assignee_id is not None
    task.assigned_at, task.assigned_by = noted if has_it else nothing
    task.unassigned_at, task.unassigned_by = nothing if has_it else noted


def note_freed(tx: Transaction, task: Task) -> None:
    """Keep when, and by whose act, the last that the task came after was done; nothing while one is not."""
    given = (None, None) if task.is_blocked else (tx.now, tx.actor.user_id or None)
    task.freed_at, task.freed_by = given
