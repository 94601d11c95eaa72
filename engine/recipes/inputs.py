"""What the commands of recipes are told."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from engine.inputs import Input, OptionalDay


class StartRecipe(Input):
    """The request to start a recipe: which one, for whom, with what parameters."""

    #: The recipe's key; the gallery shows which there are.
    recipe: Annotated[str, Field(min_length=1, max_length=200)]
    #: What the recipe asks for, by name; JSON unless its schema says string.
    parameters: dict[str, Any] = {}
    #: The day that offsets count from; else the first working day on which nothing would be due in the past.
    anchor_date: OptionalDay = None
    #: Where nothing is said, what the recipe makes of the parameters, else its name.
    title: Annotated[str | None, Field(max_length=500)] = None
    #: The key of a partner.
    partner: str | None = None
    #: The key of a campaign; implies its partner.
    campaign: str | None = None
    #: Whether to answer at once (CNF-18). The word of the wire is no name in Python.
    is_async: Annotated[
        bool,
        Field(
            alias="async",
            title="Answer at once",
            description="Whether to answer at once; else the answer waits until it is over, at most five "
            "minutes, and says what is known then.",
        ),
    ] = True
    #: The same key and the same request give the first start again.
    idempotency_key: Annotated[str | None, Field(max_length=200)] = None

    def body(self) -> dict[str, Any]:
        """Return what was asked for as JSON data; how long somebody waits for it is no part of it."""
        return self.model_dump(mode="json", exclude={"idempotency_key", "is_async"})
