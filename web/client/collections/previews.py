"""The calls of previews; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from datetime import date

from .. import models
from ..collection import Collection
from ..given import in_path
from .ids import Key


class Previews(Collection):
    """The calls of previews."""

    def get(
        self,
        key: Key,
        *,
        anchor_date: date | str | None = None,
        title: str | None = None,
        partner: str | None = None,
        campaign: str | None = None,
        parameters: str | None = None,
    ) -> models.Preview:
        """Get one: What starting a template would make: its tasks, dated and assigned. Nothing is stored.

        Args:
            key: Its key.
            anchor_date: The day that offsets count from, YYYY-MM-DD.
            title: Another title than the template's.
            partner: The key of a partner.
            campaign: The key of a campaign; implies its partner.
            parameters: What the template asks for, by name, as a JSON object.
        """
        return self._get(
            models.Preview,
            f"/api/previews/{in_path(key, 'key')}",
            {
                "anchor_date": anchor_date,
                "title": title,
                "partner": partner,
                "campaign": campaign,
                "parameters": parameters,
            },
        )
