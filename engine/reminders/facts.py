"""Reads the facts of tasks and approvals that the planner asks for, of many in the same statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from engine.access import ApprovalSource
from engine.reminders.glances import AnyApproval, AnyTask
from engine.reminders.planner import STANDS_STILL, Facts
from engine.reminders.queries.looking import Move, asked_for_proof, dates_before, moves
from engine.reminders.rhythm import Pause
from engine.tasks.models import TaskStatus
from engine.transaction import Transaction


def of_tasks(tx: Transaction, tasks: Sequence[AnyTask], now: datetime) -> dict[str, Facts]:
    """Return the facts of tasks by their ids, in two statements."""
    asked_for = asked_for_proof(tx, [task.task_id for task in tasks])
    moved = moves(tx, [task.task_id for task in tasks if _has_history(task, now)])
    return {
        task.task_id: _of_task(task, moved.get(task.task_id, ()), needs_proof=task.task_id in asked_for)
        for task in tasks
    }


def of_before(tx: Transaction, task: AnyTask, facts: Facts) -> Iterator[Facts]:
    """Yield what the facts of a task were before they changed; each is closed where the change was made.

    For the explanation of what was to come then, and was not sent before the change.
    """
    plain = replace(facts, deadline=None, due_date=None, follow_up_at=None, help_since=None, failed_at=None)
    deadline, due_date = None, None
    for before in dates_before(tx, task.task_id):
        deadline, due_date = before.deadline or deadline, before.due_date or due_date
        if before.deadline is not None:
            yield replace(plain, deadline=deadline, due_date=due_date, closed_at=before.until)
        if before.follow_up_at is not None:
            yield replace(plain, follow_up_at=before.follow_up_at, closed_at=before.until)
    moved = moves(tx, [task.task_id]).get(task.task_id, ())
    for move, after in pairwise(moved):
        if move.status is TaskStatus.HELP_NEEDED:
            yield replace(plain, help_since=move.at, closed_at=after.at)
        elif move.status is TaskStatus.FAILED:
            yield replace(plain, failed_at=move.at, closed_at=after.at)


def of_approval(approval: AnyApproval) -> Facts:
    """Return the facts of an approval: its clock starts when it is asked for, and ends with the decision."""
    return Facts(
        subject=approval.task_approval_id,
        opened_at=approval.requested_at,
        closed_at=approval.decided_at or approval.withdrawn_at,
        asked_at=approval.requested_at,
        asked_of="the partner" if approval.source is ApprovalSource.PORTAL else "the team",
    )


def pauses_in(moved: Sequence[Move], task: AnyTask) -> tuple[Pause, ...]:
    """Return when the next move was somebody else's, by the statuses that a task came into."""
    found: list[Pause] = []
    since: datetime | None = None
    for move in moved:
        if move.status in STANDS_STILL and since is None:
            since = move.at
        elif move.status not in STANDS_STILL and since is not None:
            found.append((since, move.at))
            since = None
    if task.status in STANDS_STILL:
        found.append((since or task.waiting_since or task.created_at, None))
    return tuple(found)


def _has_history(task: AnyTask, now: datetime) -> bool:
    """Whether it matters when it came into its statuses: it is late, or stands in one that has a clock."""
    is_late = task.deadline is not None and task.deadline <= now
    return is_late or task.status in (TaskStatus.HELP_NEEDED, TaskStatus.FAILED)


def _of_task(task: AnyTask, moved: Sequence[Move], *, needs_proof: bool) -> Facts:
    return Facts(
        subject=task.task_id,
        opened_at=task.created_at,
        closed_at=task.closed_at,
        due_date=task.due_date,
        deadline=task.deadline,
        pauses=pauses_in(moved, task),
        follow_up_at=task.follow_up_at if task.status is TaskStatus.WAITING else None,
        help_since=_since(TaskStatus.HELP_NEEDED, task, moved),
        failed_at=_since(TaskStatus.FAILED, task, moved),
        needs_proof=needs_proof,
    )


def _since(status: TaskStatus, task: AnyTask, moved: Sequence[Move]) -> datetime | None:
    """Return since when a task stands in a status; None where it does not."""
    if task.status is not status:
        return None
    came: Mapping[TaskStatus, datetime] = {move.status: move.at for move in moved}
    return came.get(status, task.updated_at)
