"""What somebody asks for when they start a bundle, checked as far as it can be without the store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)

from engine.errors import BadRequestError, UnknownFieldError
from engine.record import json_of
from engine.tasks.dates import read_day


def _day(value: Any) -> date:
    try:
        return read_day(value, "anchor_date")
    except BadRequestError as error:
        raise ValueError(error.details[0]["message"]) from error


def _blank_is_none(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip() or None
    return value


Day = Annotated[date, BeforeValidator(_day)]
#: A field that a form may send empty.
OptionalText = Annotated[str | None, BeforeValidator(_blank_is_none)]


class NewBundle(BaseModel):
    """The wish to start a template: which one, on what day, for whom, with what parameters.

    Making one from bad input raises ``BadRequestError`` with one detail per field.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: The template's key.
    template: Annotated[str, Field(min_length=1, max_length=200)]
    #: The day that offsets count from.
    anchor_date: Day
    #: The template's name where nothing is said.
    title: Annotated[Annotated[str, Field(max_length=500)] | None, BeforeValidator(_blank_is_none)] = None
    #: The key of a partner.
    partner: OptionalText = None
    #: The key of a campaign; implies its partner.
    campaign: OptionalText = None
    parameters: dict[str, Any] = {}
    #: The same key and the same request give the first bundle again.
    idempotency_key: Annotated[
        Annotated[str, Field(max_length=200)] | None, BeforeValidator(_blank_is_none)
    ] = None

    @model_validator(mode="wrap")
    @classmethod
    def _refuse_clearly(cls, data: Any, build: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            wish = build(data)
        except ValidationError as error:
            raise _refusal(error) from error
        json_of(wish)  # refuses what no store keeps
        return wish

    def body(self) -> dict[str, Any]:
        """Return the request without its idempotency key, as JSON data."""
        return self.model_dump(mode="json", exclude={"idempotency_key"})


def _refusal(error: ValidationError) -> BadRequestError:
    faults = error.errors(include_url=False)
    details = [_detail(entry) for entry in faults]
    lines = " ".join(f"{entry['field']}: {entry['message']}." for entry in details)
    only_unknown = all(entry["type"] == "extra_forbidden" for entry in faults)
    kind = UnknownFieldError if only_unknown else BadRequestError
    return kind(f"The bundle cannot be started. {lines}", details=details)


def _detail(entry: Mapping[str, Any]) -> dict[str, Any]:
    name = ".".join(str(part) for part in entry["loc"])
    message = str(entry["msg"]).removeprefix("Value error, ")
    if entry["type"] == "missing":
        message = "must be given"
    elif entry["type"] == "extra_forbidden":
        message = f"there is no such field; the fields are {', '.join(NewBundle.model_fields)}"
    return {"code": "BAD_REQUEST", "field": name, "message": message}
