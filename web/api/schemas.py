"""JSON Schemas of what the API takes and answers: from models, and from the comments of their fields."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from pydantic import BaseModel, TypeAdapter

from engine.documented import describe, title_of

Schema: TypeAlias = dict[str, Any]


def some(items: Mapping[str, Any], words: str = "") -> Schema:
    """Say that there are several of the same."""
    return {"type": "array", "items": dict(items), **({"description": words} if words else {})}


def maybe(schema: Mapping[str, Any]) -> Schema:
    """Say that it may be null."""
    if not isinstance(schema.get("type"), str):
        return {"anyOf": [dict(schema), {"type": "null"}]}
    words = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, **words, "type": [schema["type"], "null"]}


def said(schema: Mapping[str, Any], words: str) -> Schema:
    """Say what it means."""
    return {**schema, "description": words}


TEXT: Schema = {"type": "string"}
OPTIONAL_TEXT = maybe(TEXT)
NUMBER: Schema = {"type": "integer"}
YES_NO: Schema = {"type": "boolean"}
DAY: Schema = {"type": "string", "format": "date"}
OPTIONAL_DAY = maybe(DAY)
MOMENT: Schema = {"type": "string", "format": "date-time"}
OPTIONAL_MOMENT = maybe(MOMENT)
OBJECT: Schema = {"type": "object"}
ANYTHING: Schema = {}


def shape(title: str, properties: Mapping[str, Any], optional: Collection[str] = ()) -> Schema:
    """Say what an object has; whoever reads it leaves alone what it does not know."""
    return {
        "type": "object",
        "description": title,
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
    }


def of(
    documented: type[Any],
    *,
    without: Collection[str] = (),
    only: Collection[str] | None = None,
    optional: Collection[str] = (),
    more: Mapping[str, Schema] | None = None,
) -> Schema:
    """Return the shape of a record or dataclass: its fields, with what their comments say, without secrets.

    ``more`` are fields that are told beside its own; ``optional`` are those that some readers are not told.
    """
    spec = getattr(documented, "spec", None)
    left_out = {*without, *(spec.secret if spec is not None else ())}
    annotations = _annotations(documented)
    fields = {
        name: _field(documented, name, annotations[name], schema)
        for name, schema in of_model(documented, "serialization")["properties"].items()
        if name not in left_out and (only is None or name in only)
    }
    return shape(title_of(documented), {**fields, **(more or {})}, optional)


def of_model(model: type[Any], mode: Any = "validation") -> Schema:
    """Return the schema of a model or dataclass in one piece, without definitions to look up."""
    schema = TypeAdapter(model).json_schema(mode=mode)
    found: Schema = _in_one_piece(schema, schema.get("$defs", {}))
    return found


def _annotations(documented: type[Any]) -> Mapping[str, Any]:
    if issubclass(documented, BaseModel):
        return {name: field.annotation for name, field in documented.model_fields.items()}
    hints = typing.get_type_hints(documented)
    return {field.name: hints[field.name] for field in dataclasses.fields(documented)}


def _field(documented: type[Any], name: str, annotation: Any, schema: Schema) -> Schema:
    """Add what pydantic does not say of a field: its meaning, and that it is a moment."""
    words = describe(documented, name, annotation)
    moment = {"format": "date-time"} if _is_moment(annotation) else {}
    return {**_plain(schema), **moment, **({"description": words} if words else {})}


def _is_moment(annotation: Any) -> bool:
    return annotation is datetime or any(map(_is_moment, typing.get_args(annotation)))


def _in_one_piece(schema: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_in_one_piece(one, definitions) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        target = definitions[schema["$ref"].rpartition("/")[2]]
        inner = {key: value for key, value in target.items() if key not in ("title", "description")}
        return _in_one_piece({**inner, **{k: v for k, v in schema.items() if k != "$ref"}}, definitions)
    return {key: _in_one_piece(value, definitions) for key, value in schema.items() if key != "$defs"}


def _plain(schema: Any) -> Any:
    """Drop titles and defaults, and write ``null`` beside one type as a list of both."""
    if not isinstance(schema, dict):
        return schema
    plain = {key: value for key, value in schema.items() if key not in ("title", "default")}
    if "properties" in plain:
        plain["properties"] = {name: _plain(one) for name, one in plain["properties"].items()}
    for word in ("items", "additionalProperties"):
        if word in plain:
            plain[word] = _plain(plain[word])
    options = [_plain(one) for one in plain.pop("anyOf", ())]
    others = [one for one in options if one != {"type": "null"}]
    if len(others) == 1 < len(options):
        return {**maybe(others[0]), **plain}
    return {**plain, **({"anyOf": options} if options else {})}
