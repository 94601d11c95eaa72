"""The calls of tickets; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from .. import models
from ..answers import Listing
from ..collection import Collection
from ..given import in_path
from .ids import TaskId


class Tickets(Collection):
    """The calls of tickets."""

    def list(
        self,
        *,
        status: str | None = None,
        category: str | None = None,
        recipe: str | None = None,
        limit: int | None = None,
    ) -> Listing[models.Ticket]:
        """List: What programs do, the newest first, as far as you see it.

        Args:
            status: waiting, active, succeeded, failed or cancelled; several with commas. `pending`, `running`
                and `completed` are taken for the first three.
            category: A group of the gallery, such as `reporting`.
            recipe: The key of a recipe.
            limit: How many are given at most, else all.
        """
        return self._list(
            models.Ticket,
            "tickets",
            "/api/tickets",
            {"status": status, "category": category, "recipe": recipe},
            limit,
        )

    def get(self, task_id: TaskId) -> models.Ticket:
        """Get one: What programs do, the newest first, as far as you see it.

        Args:
            task_id: Its id, in any of its forms.
        """
        return self._get(models.Ticket, f"/api/tickets/{in_path(task_id, 'task_id')}", {})
