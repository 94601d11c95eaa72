"""The commands of QA: flagging a completed task, and scoring it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.access import Permission
from engine.command import AnyCommand, command
from engine.qa import inputs, service
from engine.qa.models import QaReview
from engine.reference.models import Employee
from engine.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class Scored:
    """A score, and who reads the feedback."""

    review: QaReview
    performer: str | None

    @property
    def message(self) -> str:
        """What is said about it."""
        return f"Scored. The feedback is with {self.performer}." if self.performer else "Scored."


def _review(tx: Transaction, request: inputs.Score) -> Scored:
    review = service.review(
        tx,
        request.task_id,
        passed=request.passed,
        score=request.score,
        feedback=request.feedback,
        review_type=request.review_type,
        deliverable_id=request.deliverable_id,
        revision=request.revision,
    )
    performer = tx.find_by_key(Employee, review.employee_id) if review.employee_id else None
    return Scored(review=review, performer=performer.name if performer else None)


COMMANDS: tuple[AnyCommand, ...] = (
    command(
        "qa flag",
        "Put a completed task into the queue.",
        input=inputs.Flag,
        permission=Permission.DECIDE,
        run=lambda tx, request: service.flag(
            tx, request.task_id, request.reason, request.comment, revision=request.revision
        ),
        message="Flagged for QA.",
    ),
    command(
        "qa review",
        "Score a flagged task: pass or fail, 1 to 5, or both.",
        input=inputs.Score,
        permission=Permission.DECIDE,
        run=_review,
        message=lambda scored: scored.message,
    ),
)
