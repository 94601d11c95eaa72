"""A manager's permission for a task to run, or their refusal; an Approval is another thing (HRV).

Nothing starts by itself upon an approval: executions do not exist yet (HRV-11).
"""

from __future__ import annotations

from engine.access import Permission, require
from engine.audit.models import Action
from engine.errors import ConflictError, bad_field
from engine.inputs import strip_or_none
from engine.tasks import lookup, moves
from engine.tasks.inputs import LONGEST_VERDICT
from engine.tasks.models import Task, TaskStatus
from engine.tasks.moves import MoveRequest
from engine.tasks.states import walk_to
from engine.tasks.visibility import sees
from engine.transaction import Transaction

_BY_WAY_OF_PENDING = frozenset({TaskStatus.PENDING})
#: Where a task stands that can be permitted to run; from elsewhere it is put back first.
APPROVED_FROM = frozenset({TaskStatus.PENDING, TaskStatus.DEFERRED, TaskStatus.FAILED})


def approve(tx: Transaction, task_id: str, notes: str | None = None, *, revision: int | None = None) -> Task:
    """Permit the task to run: it is queued, from deferred and failed by way of pending.

    ``notes`` become its status reason (HRV-10).

    Raises:
        NotFoundError: no such task, or the actor may not see it.
        ForbiddenError: the actor is no manager.
        ConflictError: it asks for no review, or is neither pending, deferred nor failed.
        BadRequestError: the notes are too long.
    """
    task = _reviewable(tx, task_id, revision)
    words = strip_or_none(notes)
    if len(words or "") > LONGEST_VERDICT:
        raise bad_field("notes", f"{len(words or '')} characters; at most {LONGEST_VERDICT} are kept")
    if not task.requires_human_review:
        raise ConflictError(f"Task {task.name} asks for no human review: there is nothing to approve.")
    if task.status not in APPROVED_FROM:
        raise ConflictError(
            f"Task {task.name} is {task.status}. Put it back to pending, then approve that it may run."
        )
    way = walk_to(f"Task {task.name}", task.status, TaskStatus.QUEUED, through=_BY_WAY_OF_PENDING)
    lift(tx, task, reason=words)
    for status in way:
        moves.move(tx, task, status, MoveRequest(reason=words))
    return task


def reject(tx: Transaction, task_id: str, reason: str, *, revision: int | None = None) -> Task:
    """Refuse that the task ever runs: it is cancelled, as ``Rejected: {reason}``.

    Allowed on every task that is neither in progress nor final, whether it asked for it or not (OPQ-55).

    Raises:
        NotFoundError: no such task, or the actor may not see it.
        ForbiddenError: the actor is no manager.
        ConflictError: it is in progress or final.
        BadRequestError: the reason is empty or too long.
    """
    task = _reviewable(tx, task_id, revision)
    words = strip_or_none(reason)
    if words is None or len(words) > LONGEST_VERDICT:
        raise bad_field("reason", f"say why, in 1 to {LONGEST_VERDICT} characters")
    if task.status is TaskStatus.IN_PROGRESS or task.is_terminal:
        raise ConflictError(
            f"Task {task.name} is {task.status}: it can be rejected only before it is worked on. "
            + ("It stays as it is." if task.is_terminal else "Put it back or cancel it.")
        )
    _mark(tx, task)
    tx.record(Action.HUMAN_REVIEW_REJECTED, task, f"{task.name} was rejected and must not run", reason=words)
    request = MoveRequest(reason=words, cancelled_as=f"Rejected: {words}")
    return moves.move(tx, task, TaskStatus.CANCELLED, request)


def lift(tx: Transaction, task: Task, *, reason: str | None = None) -> None:
    """Record that the actor permits the task to run, wherever it stands.

    Raises:
        ForbiddenError: the actor is no manager (CNF-45).
    """
    require(tx.actor, Permission.DECIDE, "lift the human review of a task")
    task.requires_human_review = False
    _mark(tx, task)
    tx.record(Action.HUMAN_REVIEW_APPROVED, task, f"{task.name} was reviewed and may run", reason=reason)


def awaiting(tx: Transaction) -> list[Task]:
    """Return the tasks that wait for a review and that the actor sees, oldest first (QUE-10)."""
    # Sorted here: for the order, SQLite would walk through all tasks.
    found = sorted(tx.find(Task, awaits_review=True), key=lambda task: (task.created_at, task.task_id))
    return [task for task in found if sees(tx, task)]


def _reviewable(tx: Transaction, task_id: str, revision: int | None) -> Task:
    task = lookup.find(tx, task_id, revision=revision)
    require(tx.actor, Permission.DECIDE, "review tasks before they run")
    return task


def _mark(tx: Transaction, task: Task) -> None:
    task.human_reviewed_by, task.human_reviewed_at = tx.actor.user_id or None, tx.now
    tx.save(task)
