"""The calls of qa; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from typing import Literal

from .. import models
from ..answers import Answer, Listing
from ..collection import Collection
from ..given import UNSET, Unset, in_path, revision_of
from .ids import TaskId


class Qa(Collection):
    """The calls of qa."""

    def list(
        self, *, state: Literal["open", "reviewed"] | None = None, limit: int | None = None
    ) -> Listing[models.TaskToScore]:
        """List: The tasks that wait for a score, oldest first, then those that were scored.

        Args:
            state: open: to be scored; reviewed: scored; both by default.
            limit: How many are given at most, else all.
        """
        return self._list(models.TaskToScore, "qa", "/api/qa", {"state": state}, limit)

    def flag(
        self,
        task_id: TaskId,
        *,
        reason: Literal["complaint", "manual"],
        comment: str | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.Task]:
        """Put a completed task into the queue.

        Args:
            task_id: Its id, its number (12) or its UUID.
            reason: A client complained, or you want it looked at.
            comment: What to look at.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Task,
            "POST",
            f"/api/qa/{in_path(task_id, 'task_id')}/flag",
            {"comment": comment, "reason": reason},
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )

    def review(
        self,
        task_id: TaskId,
        *,
        deliverable_id: str | Unset | None = UNSET,
        feedback: str | Unset | None = UNSET,
        passed: bool | Unset | None = UNSET,
        review_type: Literal["random", "process", "training", "complaint"] | Unset | None = UNSET,
        score: int | Unset | None = UNSET,
        revision: int | None = None,
        idempotency_key: str | None = None,
    ) -> Answer[models.QaReview]:
        """Score a flagged task: pass or fail, 1 to 5, or both.

        Args:
            task_id: Its id, its number (12) or its UUID.
            deliverable_id: The version that was looked at.
            feedback: What whoever did it can learn.
            passed: Whether it is good enough.
            review_type: What the review is for; by default what the reason suggests.
            score: 1 is poor, 5 is excellent.
            revision: Refused unless this is still its revision; that of the record, where one is given.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.QaReview,
            "POST",
            f"/api/qa/{in_path(task_id, 'task_id')}/review",
            {
                "deliverable_id": deliverable_id,
                "feedback": feedback,
                "passed": passed,
                "review_type": review_type,
                "score": score,
            },
            revision=revision_of(task_id, revision),
            key=idempotency_key,
        )
