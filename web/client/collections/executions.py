"""The calls of executions; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from typing import Literal

from .. import models
from ..answers import Answer
from ..collection import Collection
from ..given import in_path
from .ids import ExecutionId


class Executions(Collection):
    """The calls of executions."""

    def cancel(
        self, execution_id: ExecutionId, *, idempotency_key: str | None = None
    ) -> Answer[models.Execution]:
        """Call off an attempt at an automated task.

        Args:
            execution_id: Its id, `exe_…`; the page of its task shows it.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Execution,
            "POST",
            f"/api/executions/{in_path(execution_id, 'execution_id')}/cancel",
            {},
            key=idempotency_key,
        )

    def retry(
        self, execution_id: ExecutionId, *, idempotency_key: str | None = None
    ) -> Answer[models.Execution]:
        """Run the task of an attempt again that failed or was called off.

        Args:
            execution_id: Its id, `exe_…`; the page of its task shows it.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Execution,
            "POST",
            f"/api/executions/{in_path(execution_id, 'execution_id')}/retry",
            {},
            key=idempotency_key,
        )

    def settle(
        self,
        execution_id: ExecutionId,
        *,
        comment: str,
        settlement: Literal["happened", "did_not_happen"],
        idempotency_key: str | None = None,
    ) -> Answer[models.Execution]:
        """Say whether what an attempt began on the other side happened, where nobody knows.

        Args:
            execution_id: Its id, `exe_…`; the page of its task shows it.
            comment: Where you looked, and what you saw; it is kept.
            settlement: Whether what was begun on the other side was done.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Execution,
            "POST",
            f"/api/executions/{in_path(execution_id, 'execution_id')}/settle",
            {"comment": comment, "settlement": settlement},
            key=idempotency_key,
        )
