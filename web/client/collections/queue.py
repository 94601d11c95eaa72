"""The calls of queue; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from .. import models
from ..answers import Answer
from ..collection import Collection
from ..given import UNSET, Unset


class Queue(Collection):
    """The calls of queue."""

    def advance(self, *, task_id: str, idempotency_key: str | None = None) -> Answer[models.Message]:
        """Let a task that waits be the next that its executor begins.

        Args:
            task_id: Its number, id or UUID.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Message, "POST", "/api/queue/advance", {"task_id": task_id}, key=idempotency_key
        )

    def drain(self, *, worker: str, idempotency_key: str | None = None) -> Answer[models.Message]:
        """Let a worker begin nothing more; it ends what it does.

        Args:
            worker: Its name, as the queue lists it.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Message, "POST", "/api/queue/drain", {"worker": worker}, key=idempotency_key
        )

    def limit(
        self,
        *,
        executor: str,
        per_day: int | Unset | None = UNSET,
        per_minute: int | Unset | None = UNSET,
        seats: int | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.Message]:
        """Say how many tasks of an executor run at a time, and are begun in a minute or in 24 hours.

        Args:
            executor: What runs tasks, as `execution_config` calls it: `api_call`.
            per_day: How many are begun within any 24 hours: the budget of what costs money.
            per_minute: How many are begun within any minute.
            seats: How many run at the same time; left out, four.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Message,
            "POST",
            "/api/queue/limit",
            {"executor": executor, "per_day": per_day, "per_minute": per_minute, "seats": seats},
            key=idempotency_key,
        )

    def pause(self, *, executor: str, why: str, idempotency_key: str | None = None) -> Answer[models.Message]:
        """Let an executor begin nothing more; what it runs goes on.

        Args:
            executor: What runs tasks, as `execution_config` calls it: `api_call`.
            why: For whoever finds their task waiting; it is shown there.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Message,
            "POST",
            "/api/queue/pause",
            {"executor": executor, "why": why},
            key=idempotency_key,
        )

    def resume(self, *, executor: str, idempotency_key: str | None = None) -> Answer[models.Message]:
        """Let an executor begin what waits again.

        Args:
            executor: What runs tasks, as `execution_config` calls it: `api_call`.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Message, "POST", "/api/queue/resume", {"executor": executor}, key=idempotency_key
        )

    def start(self, *, idempotency_key: str | None = None) -> Answer[models.Message]:
        """Let automated work be begun again after a stop.

        Args:
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(models.Message, "POST", "/api/queue/start", {}, key=idempotency_key)

    def stop(self, *, why: str, idempotency_key: str | None = None) -> Answer[models.Message]:
        """Let no automated work be begun any more; what runs goes on.

        Args:
            why: For whoever finds their task waiting; it is shown there.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(models.Message, "POST", "/api/queue/stop", {"why": why}, key=idempotency_key)

    def undrain(self, *, worker: str, idempotency_key: str | None = None) -> Answer[models.Message]:
        """Let a worker begin jobs again.

        Args:
            worker: Its name, as the queue lists it.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.Message, "POST", "/api/queue/undrain", {"worker": worker}, key=idempotency_key
        )
