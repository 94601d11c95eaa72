"""The calls of templates; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from .. import models
from ..answers import Listing
from ..collection import Collection
from ..given import in_path
from .ids import Key


class Templates(Collection):
    """The calls of templates."""

    def list(self, *, limit: int | None = None) -> Listing[models.ListedTaskTemplate]:
        """List: The templates that are live; one of them resolved, with the origin of every value.

        Args:
            limit: How many are given at most, else all.
        """
        return self._list(models.ListedTaskTemplate, "templates", "/api/templates", {}, limit)

    def get(
        self, key: Key, *, partner: str | None = None, campaign: str | None = None
    ) -> models.TaskTemplate:
        """Get one: The templates that are live; one of them resolved, with the origin of every value.

        Args:
            key: Its key.
            partner: The key of a partner, with whose override it is shown.
            campaign: The key of a campaign, which implies its partner.
        """
        return self._get(
            models.TaskTemplate,
            f"/api/templates/{in_path(key, 'key')}",
            {"partner": partner, "campaign": campaign},
        )
