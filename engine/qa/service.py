"""Flagging and scoring completed tasks, and reading the scores (QA-05, QA-07 to QA-17).

A score is no approval and no permission to run: it comes after completion and changes nothing about the work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.access import Permission, require
from engine.audit.models import Action
from engine.deliverables.models import Deliverable
from engine.errors import ConflictError, ForbiddenError, OwnWorkError, bad_field
from engine.inputs import strip_or_none
from engine.qa import inputs, queries
from engine.qa.models import QaReview, ReviewType
from engine.qa.performer import is_own_work, performer_of
from engine.qa.read_models import Page, QaState
from engine.qa.redaction import may_read
from engine.qa.selection import mark
from engine.tasks import lookup
from engine.tasks.models import NoteKind, QaReason, Task, TaskStatus
from engine.tasks.notes import write_note
from engine.transaction import Transaction

#: What a person may flag for; the other reasons are the engine's own.
BY_HAND = (QaReason.COMPLAINT, QaReason.MANUAL)
#: What a review is for, by the reason that it follows (CNF-28).
_TYPES = {
    QaReason.RANDOM: ReviewType.RANDOM,
    QaReason.FIRST_THREE: ReviewType.TRAINING,
    QaReason.OVER_DURATION: ReviewType.PROCESS,
    QaReason.MANUAL: ReviewType.PROCESS,
    QaReason.COMPLAINT: ReviewType.COMPLAINT,
}


def flag(
    tx: Transaction,
    task_id: str,
    reason: QaReason | str,
    comment: str | None = None,
    *,
    revision: int | None = None,
) -> Task:
    """Put a completed task into the queue because a client complained or a manager wants it (QA-05, QA-17).

    A complaint may come at any time after completion, and puts a task back that was scored before.

    Raises:
        NotFoundError: no such task, or the actor may not see it.
        ForbiddenError: the actor is neither manager nor admin.
        BadRequestError: no such reason, or one that only the engine finds.
        ConflictError: the task is not completed, or waits in the queue for this reason already.
    """
    task = lookup.find(tx, task_id, revision=revision)
    require(tx.actor, Permission.DECIDE, "flag tasks for QA")
    chosen = inputs.word(QaReason, reason, "reason", BY_HAND)
    words = inputs.text(comment, "comment", inputs.LONGEST_COMMENT)
    _check_completed(task, "flagged for QA")
    if task.qa_state == QaState.OPEN and chosen in task.qa_reasons:
        raise ConflictError(
            f"Task {task.name} waits in the QA queue because of this already ({chosen}). Score it there."
        )
    mark(tx, task, [chosen], words)
    if words:
        write_note(tx, task, f"Flagged for QA ({chosen}): {words}", NoteKind.SYSTEM)
    return task


def review(
    tx: Transaction,
    task_id: str,
    *,
    passed: bool | None = None,
    score: int | None = None,
    feedback: str | None = None,
    review_type: ReviewType | str | None = None,
    deliverable_id: str | None = None,
    revision: int | None = None,
) -> QaReview:
    """Score a flagged task; it stays flagged, and may be scored again (QA-12, QA-13).

    Without a ``review_type`` it follows from why the task was flagged.

    Raises:
        NotFoundError: no such task, or the actor may not see it.
        ForbiddenError: the actor is neither manager nor admin.
        OwnWorkError: the actor did the task, or gave content to what it handed over.
        ConflictError: the task is not completed, or was never flagged.
        BadRequestError: neither passed nor score is given, or a value cannot be right.
    """
    task = lookup.find(tx, task_id, revision=revision)
    require(tx.actor, Permission.DECIDE, "score tasks")
    _check_completed(task, "scored")
    if not task.qa_flagged:
        raise ConflictError(f"Task {task.name} was not chosen for QA. Flag it first, then score it.")
    rows = tx.find(Deliverable, task_id=task.task_id, order_by=("deliverable_id",))
    _check_own_work(tx, task)
    inputs.check_verdict(passed, score)
    earlier = _all_of(tx, task.task_id)
    given = tx.add(
        QaReview(
            task_qa_review_id=tx.new_id(QaReview),
            workspace_id=tx.workspace_id,
            task_id=task.task_id,
            deliverable_id=_version(task, rows, deliverable_id),
            employee_id=performer_of(tx, task),
            reviewer_id=tx.actor.user_id,
            review_type=inputs.word(ReviewType, review_type, "review_type")
            if review_type
            else suggested_type(task, earlier),
            passed=passed,
            score=score,
            feedback=inputs.text(feedback, "feedback", inputs.LONGEST_FEEDBACK),
            reviewed_at=tx.now,
            created_at=tx.now,
        )
    )
    task.qa_reviewed_at = tx.now
    tx.save(task)
    _record(tx, task, given)
    return given


def queue(tx: Transaction, state: QaState | str | None = None, *, limit: int = 50, offset: int = 0) -> Page:
    """Return one page of the flagged tasks: those to score first, the oldest of them on top (QA-11).

    Raises:
        ForbiddenError: the actor is neither manager nor admin.
        BadRequestError: no such state.
    """
    require(tx.actor, Permission.DECIDE, "see the QA queue")
    states = [inputs.word(QaState, state, "state")] if state else list(QaState)
    return queries.queue(tx, states, limit, offset)


def totals(tx: Transaction) -> Mapping[QaState, int]:
    """Return how many flagged tasks there are in each state.

    Raises:
        ForbiddenError: the actor is neither manager nor admin.
    """
    require(tx.actor, Permission.DECIDE, "see the QA queue")
    return queries.totals(tx)


def reviews_of(tx: Transaction, task_id: str) -> list[QaReview]:
    """Return a task's scores, oldest first; to whoever does not score, those of their own work alone.

    Raises:
        NotFoundError: no such task, or the actor may not see it.
    """
    return readable(tx, lookup.find(tx, task_id))


def readable(tx: Transaction, task: Task) -> list[QaReview]:
    """Read the reviews as ``reviews_of`` does, of a task that the actor is known to see."""
    return [item for item in _all_of(tx, task.task_id) if may_read(tx, item.employee_id)]


def feedback_for(tx: Transaction, employee_id: str, limit: int | None = 20) -> list[QaReview]:
    """Return the newest scores of a person's or agent's work, newest first (QA-10).

    Raises:
        ForbiddenError: the actor is somebody else, and does not see all work.
    """
    if not may_read(tx, employee_id):
        raise ForbiddenError(
            f"{tx.actor.name} may read the feedback on their own work, not on that of others."
        )
    order = ("-reviewed_at", "-task_qa_review_id")
    return tx.find(
        QaReview, workspace_id=tx.workspace_id, employee_id=employee_id, order_by=order, limit=limit
    )


def suggested_type(task: Task, earlier: Sequence[QaReview]) -> ReviewType:
    """Say what the next review is for: the reason it waits for, else what the last one was for."""
    if not earlier:
        return _TYPES[task.qa_type or QaReason.MANUAL]
    if task.qa_state == QaState.REVIEWED:
        return earlier[-1].review_type
    return _TYPES[task.qa_reasons[-1]]


def _all_of(tx: Transaction, task_id: str) -> list[QaReview]:
    return tx.find(QaReview, task_id=task_id, order_by=("reviewed_at", "task_qa_review_id"))


def _record(tx: Transaction, task: Task, given: QaReview) -> None:
    verdict = [] if given.passed is None else ["passed" if given.passed else "did not pass"]
    verdict += [] if given.score is None else [f"got {given.score} of {inputs.HIGHEST_SCORE}"]
    names = ("review_type", "passed", "score", "deliverable_id", "employee_id")
    after = {name: value for name, value in given.to_data().items() if name in names}
    summary = f"{task.name} {' and '.join(verdict)} in QA"
    tx.record(
        Action.QA_REVIEWED, given, summary, after=after, reason=given.feedback, bundle_id=task.bundle_id
    )


def _check_completed(task: Task, done: str) -> None:
    if task.status is not TaskStatus.COMPLETED:
        raise ConflictError(f"Task {task.name} is {task.status.said}: only completed tasks can be {done}.")


def _check_own_work(tx: Transaction, task: Task) -> None:
    if is_own_work(tx, task):
        raise OwnWorkError(
            f"{tx.actor.name} worked on {task.name}, so somebody else scores it. Ask another manager."
        )


def _version(task: Task, rows: Sequence[Deliverable], deliverable_id: str | None) -> str | None:
    """Return the version that was looked at, if one is named."""
    wanted = strip_or_none(deliverable_id)
    if wanted is not None and wanted not in {row.deliverable_id for row in rows}:
        raise bad_field("deliverable_id", f"{wanted!r} is not a deliverable of task {task.name}")
    return wanted
