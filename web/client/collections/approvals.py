"""The calls of approvals; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from typing import Literal

from .. import models
from ..answers import Answer, Listing
from ..collection import Collection
from ..given import UNSET, Unset, in_path
from .ids import TaskApprovalId


class Approvals(Collection):
    """The calls of approvals."""

    def list(self, *, task: str | None = None, limit: int | None = None) -> Listing[models.Approval]:
        """List: The decisions that wait for you, or those on what a task hands over, oldest first.

        Args:
            task: The id of a task: all of its; else those that wait for you.
            limit: How many are given at most, else all.
        """
        return self._list(models.Approval, "approvals", "/api/approvals", {"task": task}, limit)

    def get(self, task_approval_id: TaskApprovalId) -> models.Approval:
        """Get one: The decisions that wait for you, or those on what a task hands over, oldest first.

        Args:
            task_approval_id: Its id, in any of its forms.
        """
        return self._get(
            models.Approval, f"/api/approvals/{in_path(task_approval_id, 'task_approval_id')}", {}
        )

    def decide(
        self,
        task_approval_id: TaskApprovalId,
        *,
        outcome: Literal["approved", "approved_pending_changes", "rejected"],
        seen: str,
        feedback: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.Approval]:
        """Decide on exactly the version that you looked at.

        Args:
            task_approval_id: The approval's id; `task approvals` prints it.
            outcome: `approved_pending_changes` means: go ahead, with a change that needs no second look.
            seen: The content hash of what you looked at, as `task approvals` prints it.
            feedback: Needed unless it is approved as it is.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Approval,
            "POST",
            f"/api/approvals/{in_path(task_approval_id, 'task_approval_id')}/decide",
            {"feedback": feedback, "outcome": outcome, "seen": seen},
            key=idempotency_key,
        )
