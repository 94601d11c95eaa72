"""What an input asks for, field by field: forms, the command line and what comes later are made from this."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from pydantic import BaseModel

from engine.documented import comments_of

#: `` (TSK-30)`` at the end of what a comment says.
_REQUIREMENT = re.compile(r" \([A-Z]+-\d+(?:, [A-Z]+-\d+)*\)")


class Shape(StrEnum):
    """What is typed or chosen in a field."""

    LINE = "line"  #: a text in one line
    LINES = "lines"  #: a text in several lines
    CHOICE = "choice"  #: one of a few words
    YES_NO = "yes_no"  #: true or false
    NUMBER = "number"  #: a whole number
    DAY = "day"  #: a day of the calendar
    MOMENT = "moment"  #: a day with its time, or a day alone
    FILE = "file"  #: a file
    LIST = "list"  #: several of the same
    MAPPING = "mapping"  #: values by name


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One field of an input, as somebody is asked for it."""

    name: str
    label: str
    help: str
    shape: Shape
    required: bool
    #: The words of a choice.
    choices: tuple[str, ...] = ()
    #: What it is where nothing is said; None where that is nothing.
    default: Any = None
    shortest: int | None = None
    longest: int | None = None
    least: int | None = None
    most: int | None = None
    pattern: str | None = None
    #: How many lines a text is expected to have.
    rows: int = 1
    #: Whether an empty text says something: nobody, or take it away.
    clearable: bool = False
    #: Whether nothing said differs from false, or from an empty list.
    optional: bool = False


def fields_of(model: type[BaseModel]) -> Mapping[str, Asked]:
    """Derive what a model asks for from its JSON Schema and the comments above its fields, in their order."""
    return _derived(model)


@cache
def _derived(model: type[BaseModel]) -> Mapping[str, Asked]:
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})
    required = schema.get("required", [])
    comments = comments_of(model)
    return {
        name: _asked(name, _flat(spec, definitions), name in required, comments.get(name, ""))
        for name, spec in schema.get("properties", {}).items()
    }


def _flat(spec: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Resolve references and leave ``null`` aside, so that one mapping describes the field."""
    flat = dict(spec)
    options = [item for item in flat.pop("anyOf", ()) if item.get("type") != "null"]
    options.sort(
        key=lambda item: item.get("format") != "date-time"
    )  # a moment is typed where a day will do too
    if "anyOf" in spec:
        flat["nullable"] = any(item.get("type") == "null" for item in spec["anyOf"])
    for part in [*flat.pop("allOf", ()), *options[:1]]:
        flat = {**_flat(part, definitions), **flat}
    if "$ref" in flat:
        target = definitions[flat.pop("$ref").rpartition("/")[2]]
        inner = {
            key: value
            for key, value in _flat(target, definitions).items()
            if key not in ("title", "description")
        }
        flat = {**inner, **flat}
    return flat


def _asked(name: str, spec: Mapping[str, Any], is_required: bool, comment: str) -> Asked:
    return Asked(
        name=name,
        label=str(spec.get("title") or name.replace("_", " ").capitalize()),
        help=_plain(str(spec.get("description") or comment)),
        shape=_shape(spec),
        required=is_required,
        choices=tuple(str(value) for value in spec.get("enum", ())),
        default=spec.get("default"),
        shortest=spec.get("minLength"),
        longest=spec.get("maxLength"),
        least=spec.get("minimum"),
        most=spec.get("maximum"),
        pattern=spec.get("pattern"),
        rows=spec.get("lines", 1),
        clearable=spec.get("clearable", False),
        optional=spec.get("nullable", False),
    )


def _plain(comment: str) -> str:
    """Give a comment as people read it: without the marks of code and the requirements it stands for."""
    return _REQUIREMENT.sub("", comment).replace("``", "")


def _shape(spec: Mapping[str, Any]) -> Shape:
    if "enum" in spec:
        return Shape.CHOICE
    by_format = {"date": Shape.DAY, "date-time": Shape.MOMENT, "binary": Shape.FILE}
    if spec.get("format") in by_format:
        return by_format[spec["format"]]
    by_type = {
        "boolean": Shape.YES_NO,
        "integer": Shape.NUMBER,
        "array": Shape.LIST,
        "object": Shape.MAPPING,
    }
    return by_type.get(str(spec.get("type")), Shape.LINES if spec.get("lines", 1) > 1 else Shape.LINE)
