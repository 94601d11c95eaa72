"""The calls of guidance; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from .. import models
from ..collection import Collection
from ..given import in_path
from .ids import TaskId


class Guidance(Collection):
    """The calls of guidance."""

    def get(self, task_id: TaskId) -> models.Guidance:
        """Get one: What one reads before working a task: how it is done, with what, and what stands in the
           way.

        Args:
            task_id: Its id, in any of its forms.
        """
        return self._get(models.Guidance, f"/api/guidance/{in_path(task_id, 'task_id')}", {})
