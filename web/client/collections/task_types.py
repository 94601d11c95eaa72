"""The calls of task-types; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from .. import models
from ..answers import Listing
from ..collection import Collection
from ..given import in_path
from .ids import Key


class TaskTypes(Collection):
    """The calls of task-types."""

    def list(self, *, limit: int | None = None) -> Listing[models.TaskType]:
        """List: The shapes of kinds of work that are live.

        Args:
            limit: How many are given at most, else all.
        """
        return self._list(models.TaskType, "task_types", "/api/task-types", {}, limit)

    def get(self, key: Key) -> models.TaskType:
        """Get one: The shapes of kinds of work that are live.

        Args:
            key: Its key.
        """
        return self._get(models.TaskType, f"/api/task-types/{in_path(key, 'key')}", {})
