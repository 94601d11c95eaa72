"""The generated part of engine/MODEL.md: `python -m tests.agreement.model_document` writes it again."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from engine.documented import enums_in, meaning_of, title_of
from engine.entities import NOT_IMPLEMENTED, RECORD_TYPES
from engine.record import Record
from exports.records import fields_of

DOCUMENT = Path(__file__).resolve().parents[2] / "engine" / "MODEL.md"
BEGIN, END = "<!-- generated: begin -->", "<!-- generated: end -->"
_OWNERS = {
    "git": "Git (content); the row is the pinned copy",
    "store": "store",
    "blobs": "store (metadata); the bytes in blobs",
}


def render() -> str:
    """Return the section between the markers."""
    parts = [_overview(), *[_record(record_type) for record_type in RECORD_TYPES], _enums(), _absent()]
    return "\n".join(parts)


def current() -> str:
    """Return the section as MODEL.md has it."""
    return DOCUMENT.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0].strip("\n") + "\n"


def _overview() -> str:
    lines = [
        "## Records at a glance",
        "",
        "| Record | Table | Id | Owner | Exported |",
        "| --- | --- | --- | --- | --- |",
    ]
    for record_type in RECORD_TYPES:
        spec = record_type.spec
        key = ", ".join(f"`{name}`" for name in spec.key) + (f" ({spec.prefix})" if spec.prefix else "")
        exported = "yes" if spec.exported else "no"
        lines.append(
            f"| {record_type.__name__} | `{spec.table}` | {key} | {_OWNERS[spec.owner]} | {exported} |"
        )
    return "\n".join(lines) + "\n"


def _record(record_type: type[Record]) -> str:
    spec = record_type.spec
    required = {field.name for field in fields_of(record_type) if not field.nullable}
    lines = [f"### {record_type.__name__}", "", title_of(record_type), ""]
    lines += ["| Field | Type | Required | Points at | Meaning |", "| --- | --- | --- | --- | --- |"]
    for name, info in record_type.model_fields.items():
        target = f"`{spec.references[name]}`" if name in spec.references else ""
        meaning = meaning_of(record_type, name)
        if name in spec.secret:
            meaning = f"{meaning} (never exported)".strip()
        filled = "yes" if name in required else ""
        lines.append(f"| `{name}` | {_type(info.annotation)} | {filled} | {target} | {meaning} |")
    return "\n".join(lines) + "\n"


def _enums() -> str:
    lines = ["## Enums", ""]
    for enum in sorted(set(_enums_of_records()), key=lambda item: item.__name__):
        lines += [f"### {enum.__name__}", "", title_of(enum), "", "| Value | Meaning |", "| --- | --- |"]
        lines += [f"| `{member.value}` | {meaning_of(enum, member.name)} |" for member in enum]
        lines.append("")
    return "\n".join(lines)


def _absent() -> str:
    names = ", ".join(f"`{name}`" for name in NOT_IMPLEMENTED)
    told = "The specification names these tables too; an export's manifest says so"
    return f"## Not built yet\n\n{told}: {names}.\n"


def _enums_of_records() -> Iterator[type[Enum]]:
    for record_type in RECORD_TYPES:
        for info in record_type.model_fields.values():
            yield from enums_in(info.annotation)


def _type(annotation: Any) -> str:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _type(arguments[0])
    if origin in (typing.Union, types.UnionType):
        return " or ".join("null" if item is type(None) else _type(item) for item in arguments)
    if origin is list:
        return f"list of {_type(arguments[0])}"
    if origin is dict:
        return "object"
    names = {
        str: "text",
        int: "integer",
        bool: "boolean",
        float: "number",
        datetime: "moment (UTC)",
        date: "day",
    }
    if annotation in names:
        return names[annotation]
    return annotation.__name__ if isinstance(annotation, type) else "any"


if __name__ == "__main__":
    text = DOCUMENT.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    DOCUMENT.write_text(f"{head}{BEGIN}\n{render()}{END}{rest.split(END)[1]}", encoding="utf-8")
