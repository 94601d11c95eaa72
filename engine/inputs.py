"""What people and programs send: the types of its fields, and one refusal with one detail per field.

An input is a pydantic model whose fields carry their label (``title``), their limits and, in the ``#:``
comment above them, their help; forms, the command line and JSON are made from that (``engine.asked``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, BinaryIO, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    ValidationError,
    model_validator,
)
from pydantic.json_schema import WithJsonSchema

from engine.budgets import DIGITS_OF_A_NUMBER
from engine.errors import BadRequestError, UnknownFieldError, bad_field, bad_fields, lines_of
from engine.record import json_of

M = TypeVar("M", bound=BaseModel)
_LONGEST_TAG = 100
#: The years of the days from which something is counted.
_YEARS = range(1970, 3000)
_DAY_LENGTH = len("2026-12-01")
_MOMENT_LENGTH = len("2026-12-01T09:00")
_NO_MOMENT = "is not a moment; write it in ISO 8601, for example 2026-12-01T17:00:00+01:00"

#: What shows text in another order than stored: no language needs it, and a program looks like a picture.
TURNING = re.compile("[\u202d\u202e]")
#: What nobody sees in a line, and what turns the direction of its text: two names would look alike.
HIDDEN = re.compile("[\u200b\u2028-\u202e\u2060-\u2069\ufeff]")

#: Pydantic's kinds of faults -> what is wrong and what to do, in our words.
_WORDS = {
    "missing": "must be given",
    "date_type": "must be given; write a day as YYYY-MM-DD",
    "extra_forbidden": "there is no such field",
    "string_type": "must be a text",
    "string_too_long": "has more than {max_length} characters; shorten it",
    "string_pattern_mismatch": "must be written with small letters, digits and _, beginning with a letter",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number of a sensible size",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "enum": "must be one of {expected}",
    "literal_error": "must be one of {expected}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "too_short": "must not be empty",
    "too_long": "has more than {max_length} entries; send fewer at a time",
    "list_type": "must be a list",
    "dict_type": "must be a mapping of names to values",
    "mapping_type": "must be a mapping of names to values",
    "is_instance_of": "must be a file; send it as a part of a form",
    "model_type": "must be a mapping of names to values",
}


class Input(BaseModel):
    """The input of one command. Unknown fields are refused, and it never changes afterwards."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        arbitrary_types_allowed=True,
        field_title_generator=lambda name, _: name.replace("_", " ").capitalize(),
    )

    @model_validator(mode="before")
    @classmethod
    def _tidy(cls, data: object) -> Any:
        """Strip texts, and take an empty one as nothing where the field allows that."""
        if not isinstance(data, Mapping):
            return data
        return {name: cls._tidied(name, value) for name, value in data.items()}

    @classmethod
    def _tidied(cls, name: str, value: object) -> Any:
        field = cls.model_fields.get(name)
        extra = field.json_schema_extra if field is not None else None
        marks = extra if isinstance(extra, dict) else {}
        if field is None or not isinstance(value, str) or marks.get("verbatim"):
            return value
        text = value.strip()
        return None if not text and field.default is None and not marks.get("clearable") else text


@dataclass(frozen=True)
class Upload:
    """A file as it arrives, not kept yet."""

    stream: BinaryIO
    file_name: str


def _clean_tags(tags: list[str]) -> list[str]:
    cleaned = [tag.strip() for tag in tags]
    for tag in cleaned:
        if not 0 < len(tag) <= _LONGEST_TAG or "|" in tag:
            raise ValueError(f"{tag!r} is not a tag: use 1 to {_LONGEST_TAG} characters without |")
    return list(dict.fromkeys(cleaned))


def _day(value: object) -> object:
    """Refuse anything but a day, above all numbers, which pydantic would count from 1970."""
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    if isinstance(value, str) and not value.strip():
        return None
    if not isinstance(value, str) or len(value.strip()) != _DAY_LENGTH:
        raise ValueError(f"{str(value)!r} is not a day; write it as YYYY-MM-DD, for example 2026-12-01")
    try:
        return date.fromisoformat(value.strip())
    except ValueError as error:
        raise ValueError(f"{value!r} is not in the calendar; write a day as YYYY-MM-DD") from error


def _moment(value: object) -> object:
    """Refuse anything but a moment: numbers, and a day without a time."""
    if value is None or isinstance(value, datetime):
        return value
    if isinstance(value, str) and not value.strip():
        return None
    if not isinstance(value, str) or len(value.strip()) < _MOMENT_LENGTH:
        raise ValueError(f"{str(value)!r} {_NO_MOMENT}")
    try:
        return datetime.fromisoformat(value.strip())
    except ValueError as error:
        raise ValueError(f"{value!r} {_NO_MOMENT}") from error


def _when(value: object) -> object:
    if isinstance(value, date):
        return value
    is_day = isinstance(value, str) and len(value.strip()) == _DAY_LENGTH
    try:
        return _day(value) if is_day else _moment(value)
    except ValueError as error:
        choices = "write 2026-12-01, or 2026-12-01T09:00"
        raise ValueError(f"{str(value)!r} is neither a day nor a moment; {choices}") from error


#: A text that says something.
FilledText = Annotated[str, Field(min_length=1)]
#: A text whose emptiness says something: nobody, or take it away; None says nothing. With limits of its own,
#: a field repeats the mark: ``lines(5, clearable=True)``.
Clearable = Annotated[str | None, Field(json_schema_extra={"clearable": True})]
#: A name of the program's as people type it: ``Cover image`` is ``cover_image``.
SpokenName = Annotated[
    str,
    AfterValidator(lambda text: "_".join(text.lower().split())),
    Field(pattern=r"^[A-Za-z][A-Za-z0-9_ ]*$"),
]
#: A calendar day.
Day = Annotated[date, BeforeValidator(_day)]
#: A calendar day; an empty text is none.
OptionalDay = Annotated[date | None, BeforeValidator(_day)]
#: A moment in ISO 8601, perhaps without an offset; an empty text is none.
OptionalMoment = Annotated[datetime | None, BeforeValidator(_moment)]
#: A day or a moment; ``tasks.dates`` reads it in the actor's zone.
OptionalWhen = Annotated[date | datetime | None, BeforeValidator(_when)]
#: Free words to find a task by; repeats are dropped.
Tags = Annotated[list[str], AfterValidator(_clean_tags)]
#: A file; kept by the command's ``prepare``, before the transaction.
OptionalFile = Annotated[
    InstanceOf[Upload] | None, Field(exclude=True), WithJsonSchema({"type": "string", "format": "binary"})
]
#: The revision that the caller has read; a record that has moved on since is not changed.
Revision = Annotated[int, Field(ge=1)] | None


def lines(count: int, *, clearable: bool = False) -> dict[str, Any]:
    """Say how many lines a text is expected to have, as ``json_schema_extra`` of its field."""
    return {"lines": count, "clearable": True} if clearable else {"lines": count}


def read(model: type[M], data: object, summary: str = "") -> M:
    """Make an input of what was sent.

    Raises:
        UnknownFieldError: fields that do not exist or may not be set.
        BadRequestError: values that cannot be right; one detail per field, after the ``summary``.
    """
    try:
        request = model.model_validate(dict(data) if isinstance(data, Mapping) else data)
    except ValidationError as error:
        raise refusal(error, model, summary) from error
    json_of(request)  # refuses what no store keeps
    if found := list(hidden_in(request)):
        raise bad_fields(found, f"{summary} {lines_of(found)}".strip())
    return request


def hidden_in(request: BaseModel) -> Iterator[tuple[str, str]]:
    """Yield the fields in which a character that nobody sees changes what is read (S26)."""
    for name, field in type(request).model_fields.items():
        extra = field.json_schema_extra
        marks = extra if isinstance(extra, dict) else {}
        if not marks.get("verbatim"):
            for text in _texts(getattr(request, name)):
                if found := (TURNING if "lines" in marks or "\n" in text else HIDDEN).search(text):
                    yield name, f"holds the invisible character U+{ord(found[0]):04X}; take it out"
                    break


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts(name)
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, BaseModel):
        yield from _texts(value.__dict__)


def refusal(error: ValidationError, model: type[BaseModel], summary: str = "") -> BadRequestError:
    """Turn pydantic's error into ours: what is wrong with each field, and what to do."""
    faults = error.errors(include_url=False)
    unknown = [(_place(fault), "there is no such field") for fault in faults if _is_unknown(fault)]
    if unknown:
        known = ", ".join(model.model_fields)
        message = " ".join([summary, lines_of(unknown), f"The fields are {known}."]).strip()
        details = [
            {"code": "UNKNOWN_FIELD", "field": field, "message": f"{why}; the fields are {known}"}
            for field, why in unknown
        ]
        return UnknownFieldError(message, details=details)
    found = [(_place(fault), words_of(fault)) for fault in faults]
    return bad_fields(found, f"{summary} {lines_of(found)}".strip())


def whole_number(text: str | None, least: int, most: int) -> int | None:
    """Return the number from ``least`` to ``most`` that a text says in digits of ASCII, else None.

    Python itself reads digits of other scripts, and refuses what has thousands of digits (S13).
    """
    digits = (text or "").removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > DIGITS_OF_A_NUMBER:
        return None
    number = int(text or "")
    return number if least <= number <= most else None


#: Control and format characters and spaces, as Unicode calls them: a text of these alone says nothing.
_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})


def check_year(field: str, day: date) -> None:
    """Refuse a day so far away that nothing is counted there.

    Raises:
        BadRequestError: it lies outside the years 1970 to 2999.
    """
    if day.year not in _YEARS:
        raise bad_field(field, f"{day} lies outside the years 1970 to 2999; choose another")


def strip_or_none(text: str | None) -> str | None:
    """Return a text without its margins, None where nothing is left that could be seen (R17)."""
    found = (text or "").strip()
    return None if all(unicodedata.category(sign) in _UNSEEN for sign in found) else found


def words_of(fault: Mapping[str, Any]) -> str:
    """Say one of pydantic's faults in our words."""
    kind, context = str(fault["type"]), fault.get("ctx") or {}
    if kind in ("value_error", "assertion_error"):
        return str(context.get("error") or fault["msg"]).removeprefix("Value error, ")
    if kind == "string_too_short":
        least = context.get("min_length", 1)
        return "must not be empty" if least == 1 else f"has fewer than {least} characters"
    if kind not in _WORDS:
        return "cannot be read; look at what is asked for"
    return _WORDS[kind].format_map({**context, "expected": str(context.get("expected", "")).replace("'", "")})


def _is_unknown(fault: Mapping[str, Any]) -> bool:
    return fault["type"] == "extra_forbidden" and len(fault["loc"]) == 1


def _place(fault: Mapping[str, Any]) -> str:
    return ".".join(str(part) for part in fault["loc"]) or "input"
