"""The verbs that move a task through its statuses. Verbs walk; a plain status change makes one move."""

from __future__ import annotations

from datetime import date, datetime

from engine.errors import ConflictError, bad_field
from engine.inputs import strip_or_none
from engine.tasks import judges, moves
from engine.tasks.models import Task, TaskStatus
from engine.tasks.moves import MoveRequest
from engine.tasks.states import parse_status, walk_to
from engine.tasks.visibility import get_workable
from engine.transaction import Transaction

_S = TaskStatus
_BY_WAY_OF_PENDING = frozenset({_S.PENDING})
_RESUMED = {
    _S.WAITING: _S.IN_PROGRESS,
    _S.BLOCKED: _S.IN_PROGRESS,
    _S.HELP_NEEDED: _S.IN_PROGRESS,
    _S.DEFERRED: _S.PENDING,
}


def start(tx: Transaction, task_id: str, *, revision: int | None = None) -> Task:
    """Begin to work; from deferred and failed by way of pending.

    Raises:
        InvalidTransitionError: the task is in progress already, or final.
        CompletionRefusedError: ``DEPENDENCY_UNMET``.
    """
    task = get_workable(tx, task_id, revision)
    return walk(tx, task, _S.IN_PROGRESS, through=_BY_WAY_OF_PENDING)


def complete(tx: Transaction, task_id: str, *, revision: int | None = None) -> Task:
    """Complete a task once every guard passes, by way of in_progress (OPQ-10).

    All violations are reported together, so the worker mends them in one go.

    Raises:
        NotFoundError: no such task, or the actor may not see it.
        InvalidTransitionError: there is no way to completed from here.
        CompletionRefusedError: carries one violation per unmet guard; nothing was changed.
    """
    task = get_workable(tx, task_id, revision)
    return walk(tx, task, _S.COMPLETED, through=frozenset({_S.IN_PROGRESS}))


def resume(tx: Transaction, task_id: str, *, revision: int | None = None) -> Task:
    """Go on: waiting, blocked and help_needed to in_progress; deferred to pending.

    Raises:
        ConflictError: the task does not rest.
    """
    task = get_workable(tx, task_id, revision)
    if task.status not in _RESUMED:
        raise ConflictError(
            f"Task {task.name} is {task.status.said}: there is nothing to resume. "
            f"Resume takes up what is {', '.join(status.said for status in _RESUMED)}."
        )
    return moves.move(tx, task, _RESUMED[task.status])


def put_back(
    tx: Transaction, task_id: str, *, reason: str | None = None, revision: int | None = None
) -> Task:
    """Put the task back to pending."""
    return moves.move(
        tx, get_workable(tx, task_id, revision), _S.PENDING, MoveRequest(reason=strip_or_none(reason))
    )


def wait(
    tx: Transaction,
    task_id: str,
    waiting_for: str,
    follow_up_at: datetime | None = None,
    comment: str | None = None,
    *,
    revision: int | None = None,
) -> Task:
    """Wait for somebody outside until ``follow_up_at``; else as the template says, else two days (WAI-01).

    A task that waits already goes on waiting, for whom and until when this says: that is no move.

    Raises:
        BadRequestError: ``waiting_for`` is empty, a comment is required, or the follow-up is past.
    """
    task = get_workable(tx, task_id, revision)
    request = MoveRequest(waiting_for=waiting_for, follow_up_at=follow_up_at, comment=strip_or_none(comment))
    if task.status is _S.WAITING:
        return moves.wait_on(tx, task, request)
    return moves.move(tx, task, _S.WAITING, request)


def block(tx: Transaction, task_id: str, reason: str, *, revision: int | None = None) -> Task:
    """Say that an obstacle of the team's own holds the task up, and which."""
    task = get_workable(tx, task_id, revision)
    if strip_or_none(reason) is None:
        raise bad_field("reason", "say what blocks it", f"Say what blocks task {task.name}.")
    return moves.move(tx, task, _S.BLOCKED, MoveRequest(reason=strip_or_none(reason)))


def defer(
    tx: Transaction, task_id: str, until: date, *, reason: str | None = None, revision: int | None = None
) -> Task:
    """Put the task off until a day.

    Raises:
        BadRequestError: the day is past.
    """
    request = MoveRequest(deferred_until=until, reason=strip_or_none(reason))
    return moves.move(tx, get_workable(tx, task_id, revision), _S.DEFERRED, request)


def skip(
    tx: Transaction, task_id: str, reason: str, comment: str | None = None, *, revision: int | None = None
) -> Task:
    """Close the task as not needed this time; from queued and failed by way of pending (decision 6).

    Never needs proof, and satisfies its dependents.

    Raises:
        ConflictError: the definition has no skip rule.
        BadRequestError: another reason than the allowed ones, or the comment is missing.
    """
    task = get_workable(tx, task_id, revision)
    request = MoveRequest(reason=strip_or_none(reason), comment=strip_or_none(comment))
    return walk(tx, task, _S.SKIPPED, through=_BY_WAY_OF_PENDING, request=request)


def cancel(tx: Transaction, task_id: str, reason: str | None = None, *, revision: int | None = None) -> Task:
    """Call the task off; its status says "Cancelled by user", a given reason is kept beside it (CNF-22)."""
    return moves.move(
        tx, get_workable(tx, task_id, revision), _S.CANCELLED, MoveRequest(reason=strip_or_none(reason))
    )


def delete(tx: Transaction, task_id: str, reason: str | None = None, *, revision: int | None = None) -> Task:
    """Cancel a task that is not in progress; nothing is ever removed (UPD-29 to UPD-34).

    Raises:
        ConflictError: it is in progress.
    """
    task = get_workable(tx, task_id, revision)
    if task.status is _S.IN_PROGRESS:
        raise ConflictError(
            f"Task {task.name} is in progress. Put it back or cancel it before you delete it."
        )
    return moves.move(tx, task, _S.CANCELLED, MoveRequest(reason=strip_or_none(reason)))


def change_status(
    tx: Transaction,
    task_id: str,
    status: TaskStatus | str,
    reason: str | None = None,
    *,
    comment: str | None = None,
    waiting_for: str | None = None,
    follow_up_at: datetime | None = None,
    deferred_until: date | None = None,
    revision: int | None = None,
) -> Task:
    """Make exactly one move, under the same conditions as the verbs (UPD-09, CNF-32)."""
    request = MoveRequest(
        reason=strip_or_none(reason),
        comment=strip_or_none(comment),
        waiting_for=waiting_for,
        follow_up_at=follow_up_at,
        deferred_until=deferred_until,
    )
    target, task = parse_status(status), get_workable(tx, task_id, revision)
    if target is _S.IN_PROGRESS:
        judges.refuse_to_begin(tx, task)
    return moves.move(tx, task, target, request)


def walk(
    tx: Transaction,
    task: Task,
    target: TaskStatus,
    *,
    through: frozenset[TaskStatus],
    request: MoveRequest = moves.NO_DETAILS,
) -> Task:
    """Move to ``target`` over the statuses of ``through``; conditions are checked before the first move."""
    way = walk_to(f"Task {task.name}", task.status, target, through=through)
    if _S.IN_PROGRESS in way:
        judges.refuse_to_begin(tx, task)
    if len(way) > 1:
        moves.check(tx, task, target, request)
    for status in way:
        moves.move(tx, task, status, request if status is target else moves.NO_DETAILS)
    return task
