"""The calls of reviews; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from .. import models
from ..answers import Listing
from ..collection import Collection
from ..given import in_path
from .ids import TaskQaReviewId


class Reviews(Collection):
    """The calls of reviews."""

    def list(self, *, employee: str | None = None, limit: int | None = None) -> Listing[models.QaReview]:
        """List: The scores of somebody's work, newest first: of yours, or of others where you see all work.

        Args:
            employee: A key or id of an employee; yourself by default.
            limit: How many are given at most, else all.
        """
        return self._list(models.QaReview, "reviews", "/api/reviews", {"employee": employee}, limit)

    def get(self, task_qa_review_id: TaskQaReviewId) -> models.QaReview:
        """Get one: The scores of somebody's work, newest first: of yours, or of others where you see all
           work.

        Args:
            task_qa_review_id: Its id, in any of its forms.
        """
        return self._get(
            models.QaReview, f"/api/reviews/{in_path(task_qa_review_id, 'task_qa_review_id')}", {}
        )
