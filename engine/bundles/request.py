"""What somebody asks for when they start a bundle, checked as far as it can be without the store."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, ModelWrapValidatorHandler, ValidationError, model_validator

from engine.inputs import Day, Input, refusal
from engine.record import json_of


class NewBundle(Input):
    """The request to start a template: which one, on what day, for whom, with what parameters.

    Making one from bad input raises ``BadRequestError`` with one detail per field.
    """

    #: The template's key.
    template: Annotated[str, Field(min_length=1, max_length=200)]
    #: The day that offsets count from.
    anchor_date: Day
    #: Where nothing is said, what the template's bundle_title makes of the parameters, else its name.
    title: Annotated[str | None, Field(max_length=500)] = None
    #: The key of a partner.
    partner: str | None = None
    #: The key of a campaign; implies its partner.
    campaign: str | None = None
    #: What the template asks for, by name; JSON unless its schema says string.
    parameters: dict[str, Any] = {}
    #: The same key and the same request give the first bundle again.
    idempotency_key: Annotated[str | None, Field(max_length=200)] = None

    @model_validator(mode="wrap")
    @classmethod
    def _refuse_clearly(cls, data: object, build: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            request = build(data)
        except ValidationError as error:
            raise refusal(error, cls, "The bundle cannot be started.") from error
        json_of(request)  # refuses what no store keeps
        return request

    def body(self) -> dict[str, Any]:
        """Return the request without its idempotency key, as JSON data."""
        return self.model_dump(mode="json", exclude={"idempotency_key"})
