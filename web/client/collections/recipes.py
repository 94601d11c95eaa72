"""The calls of recipes; generated, see ``tests/agreement/client_code``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from .. import models
from ..answers import Answer, Listing
from ..collection import Collection
from ..given import UNSET, Unset, in_path
from .ids import Key, Recipe


class Recipes(Collection):
    """The calls of recipes."""

    def list(self, *, category: str | None = None, limit: int | None = None) -> Listing[models.Recipe]:
        """List: The recipes that can be started.

        Args:
            category: A group of the gallery, such as `reporting`.
            limit: How many are given at most, else all.
        """
        return self._list(models.Recipe, "recipes", "/api/recipes", {"category": category}, limit)

    def get(self, key: Key) -> models.Recipe:
        """Get one: The recipes that can be started.

        Args:
            key: Its key.
        """
        return self._get(models.Recipe, f"/api/recipes/{in_path(key, 'key')}", {})

    def start(
        self,
        recipe: Recipe,
        *,
        anchor_date: date | str | Unset | None = UNSET,
        async_: bool | Unset = UNSET,
        campaign: str | Unset | None = UNSET,
        parameters: Mapping[str, Any] | Unset = UNSET,
        partner: str | Unset | None = UNSET,
        title: str | Unset | None = UNSET,
        idempotency_key: str | None = None,
    ) -> Answer[models.StartedRecipe]:
        """Start a recipe: its bundle is made, and what a program does in it is queued.

        Args:
            recipe: The recipe's key; the gallery shows which there are.
            anchor_date: The day that offsets count from; else the first working day on which nothing would be
                due in the past.
            async_: Whether to answer at once; else the answer waits until it is over, at most five minutes,
                and says what is known then.
            campaign: The key of a campaign; implies its partner.
            parameters: What the recipe asks for, by name; JSON unless its schema says string.
            partner: The key of a partner.
            title: Where nothing is said, what the recipe makes of the parameters, else its name.
            idempotency_key: A word of yours for this call, else one is made: what is sent again with it is
                done once.
        """
        return self._change(
            models.StartedRecipe,
            "POST",
            f"/api/recipes/{in_path(recipe, 'recipe')}/start",
            {
                "anchor_date": anchor_date,
                "async": async_,
                "campaign": campaign,
                "parameters": parameters,
                "partner": partner,
                "title": title,
            },
            key=idempotency_key,
        )
