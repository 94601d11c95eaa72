"""Reading what people and programs send: one error with one detail per field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ValidationError

from engine.errors import BadRequestError, UnknownFieldError
from engine.record import json_of

M = TypeVar("M", bound=BaseModel)
_LONGEST_TAG = 100
_SHORTEST_MOMENT = len("2026-12-01T09:00")


def _clean_tags(tags: list[str]) -> list[str]:
    cleaned = [tag.strip() for tag in tags]
    for tag in cleaned:
        if not 0 < len(tag) <= _LONGEST_TAG or "|" in tag:
            raise ValueError(f"{tag!r} is no tag: use 1 to {_LONGEST_TAG} characters without |")
    return list(dict.fromkeys(cleaned))


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text.strip()


def _day(value: Any) -> Any:
    """Refuse what is no day, above all numbers, which pydantic would count from 1970."""
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    if isinstance(value, str) and not value.strip():
        return None
    if not isinstance(value, str) or len(value.strip()) != len("2026-12-01"):
        raise ValueError("is no day; write it as YYYY-MM-DD, for example 2026-12-01")
    return date.fromisoformat(value.strip())


def _moment(value: Any) -> Any:
    """Refuse what is no moment: numbers, and a day without its time."""
    if value is None or isinstance(value, datetime):
        return value
    if isinstance(value, str) and not value.strip():
        return None
    if not isinstance(value, str) or len(value.strip()) < _SHORTEST_MOMENT:
        raise ValueError("is no moment; write it in ISO 8601, for example 2026-12-01T17:00:00+01:00")
    return datetime.fromisoformat(value.strip())


#: A calendar day; an empty text is none.
OptionalDay = Annotated[date | None, BeforeValidator(_day)]
#: A moment in ISO 8601, perhaps without an offset; an empty text is none.
OptionalMoment = Annotated[datetime | None, BeforeValidator(_moment)]
#: Free words to find a task by; repeats are dropped.
Tags = Annotated[list[str], AfterValidator(_clean_tags)]
#: A text that says something.
FilledText = Annotated[str, AfterValidator(_filled)]


def read(model: type[M], data: Mapping[str, Any], what: str) -> M:
    """Return the model of ``data``; ``what`` completes "cannot be ...".

    Raises:
        UnknownFieldError: fields that do not exist or may not be set.
        BadRequestError: values that cannot be right.
    """
    try:
        wish = model.model_validate(dict(data))
    except ValidationError as error:
        raise _refusal(error, model, what) from error
    json_of(wish)  # refuses what no store keeps
    return wish


def _refusal(error: ValidationError, model: type[BaseModel], what: str) -> BadRequestError:
    faults = error.errors(include_url=False, include_context=False)
    unknown = [fault for fault in faults if fault["type"] == "extra_forbidden"]
    kind = UnknownFieldError if unknown else BadRequestError
    details = [_detail(fault, model.model_fields) for fault in (unknown or faults)]
    reasons = " ".join(f"{detail['field']}: {detail['message']}." for detail in details)
    return kind(f"The task cannot be {what}. {reasons}", details=details)


def _detail(fault: Mapping[str, Any], known: Iterable[str]) -> dict[str, Any]:
    field = ".".join(str(part) for part in fault["loc"]) or "task"
    message = str(fault["msg"]).removeprefix("Value error, ")
    if fault["type"] == "missing":
        message = "must be given"
    elif fault["type"] == "extra_forbidden":
        return {
            "code": "UNKNOWN_FIELD",
            "field": field,
            "message": f"there is no such field to set; the fields are {', '.join(known)}",
        }
    return {"code": "BAD_REQUEST", "field": field, "message": message}
