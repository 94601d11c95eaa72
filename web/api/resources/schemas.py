"""JSON Schemas of what the API answers, from the records and the ``#:`` comments above their fields."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, TypeAdapter

from engine.documented import describe, title_of

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
OPTIONAL_TEXT: Schema = {"type": ["string", "null"]}
NUMBER: Schema = {"type": "integer"}
YES_NO: Schema = {"type": "boolean"}
DAY: Schema = {"type": "string", "format": "date"}
OPTIONAL_DAY: Schema = {"type": ["string", "null"], "format": "date"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
OPTIONAL_MOMENT: Schema = {"type": ["string", "null"], "format": "date-time"}
ANYTHING: Schema = {"type": "object", "additionalProperties": True}


def said(schema: Mapping[str, Any], description: str) -> Schema:
    """Return a schema with what it means."""
    return {**schema, "description": description}


def lists(items: Mapping[str, Any], description: str = "") -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": dict(items), **({"description": description} if description else {})}


def of(
    documented: type[Any],
    *,
    without: Collection[str] = (),
    only: Collection[str] | None = None,
    optional: Collection[str] = (),
    more: Mapping[str, Schema] | None = None,
) -> Schema:
    """Return the schema of a record or dataclass; its secrets are no part of it.

    ``more`` are fields that are told beside its own; ``optional`` are those that some readers are not told.
    """
    spec = getattr(documented, "spec", None)
    left_out = {*without, *(spec.secret if spec is not None else ())}
    fields = {
        name: field
        for name, field in _fields(documented).items()
        if name not in left_out and (only is None or name in only)
    }
    return made({**fields, **(more or {})}, title_of(documented), optional=optional)


def made(properties: Mapping[str, Any], description: str, *, optional: Collection[str] = ()) -> Schema:
    """Return the schema of an object that has exactly these fields, ``optional`` ones perhaps."""
    return {
        "type": "object",
        "description": description,
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _fields(documented: type[Any]) -> dict[str, Schema]:
    if issubclass(documented, BaseModel):
        schema = documented.model_json_schema(mode="serialization")
        annotations = {name: field.annotation for name, field in documented.model_fields.items()}
    else:
        schema = TypeAdapter(documented).json_schema(mode="serialization")
        hints = typing.get_type_hints(documented)
        annotations = {field.name: hints[field.name] for field in dataclasses.fields(documented)}
    definitions = schema.get("$defs", {})
    return {
        name: _field(documented, name, annotations[name], _flat(spec, definitions))
        for name, spec in schema["properties"].items()
    }


def _field(documented: type[Any], name: str, annotation: Any, spec: Schema) -> Schema:
    if _is_moment(annotation):
        spec = {**spec, "format": "date-time"}
    words = describe(documented, name, annotation)
    return {**spec, "description": words} if words else spec


def _is_moment(annotation: Any) -> bool:
    return annotation is datetime or any(map(_is_moment, typing.get_args(annotation)))


def _flat(spec: Any, definitions: Mapping[str, Any]) -> Any:
    """Resolve references, drop titles and defaults, and write ``null`` beside one type as a list of both."""
    if isinstance(spec, list):
        return [_flat(one, definitions) for one in spec]
    if not isinstance(spec, dict):
        return spec
    if "$ref" in spec:
        target = definitions[spec["$ref"].rpartition("/")[2]]
        return _flat(
            {**target, **{name: value for name, value in spec.items() if name != "$ref"}}, definitions
        )
    flat = {
        name: _flat(value, definitions) for name, value in spec.items() if name not in ("title", "default")
    }
    if isinstance(spec.get("properties"), dict):  # names of fields, not words of a schema
        flat["properties"] = {name: _flat(one, definitions) for name, one in spec["properties"].items()}
    return _with_null(flat)


def _with_null(flat: Schema) -> Schema:
    options = flat.get("anyOf")
    if not options or len(options) != 2 or {"type": "null"} not in options:
        return flat
    [other] = [one for one in options if one != {"type": "null"}] or [{"type": "null"}]
    if not isinstance(other.get("type"), str):
        return flat
    rest = {name: value for name, value in flat.items() if name != "anyOf"}
    words = {"enum": [*other["enum"], None]} if "enum" in other else {}
    return {**other, **words, **rest, "type": [other["type"], "null"]}
