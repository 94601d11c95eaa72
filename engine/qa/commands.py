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
    doer: str | None

    @property
    def said(self) -> str:
        """What is said about it."""
        return f"Scored. The feedback is with {self.doer}." if self.doer else "Scored."


def _review(tx: Transaction, wish: inputs.Score) -> Scored:
    review = service.review(
        tx,
        wish.task_id,
        passed=wish.passed,
        score=wish.score,
        feedback=wish.feedback,
        review_type=wish.review_type,
        deliverable_id=wish.deliverable_id,
        revision=wish.revision,
    )
    doer = tx.find_by_key(Employee, review.employee_id) if review.employee_id else None
    return Scored(review=review, doer=doer.name if doer else None)


COMMANDS: tuple[AnyCommand, ...] = (
    command(
        "qa flag",
        "Put a completed task into the queue.",
        input=inputs.Flag,
        permission=Permission.DECIDE,
        run=lambda tx, wish: service.flag(
            tx, wish.task_id, wish.reason, wish.comment, revision=wish.revision
        ),
        message="Flagged for QA.",
    ),
    command(
        "qa review",
        "Score a flagged task: pass or fail, 1 to 5, or both.",
        input=inputs.Score,
        permission=Permission.DECIDE,
        run=_review,
        message=lambda scored: scored.said,
    ),
)
