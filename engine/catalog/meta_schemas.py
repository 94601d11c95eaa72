"""The two forms of a deliverable's ``meta_schema``: the short form, and JSON Schema (TPL-11)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, ValidationInfo

from engine.catalog.json_schemas import schema_fault

#: What each type of the short form means as JSON Schema.
SHORT_TYPES: dict[str, dict[str, Any]] = {
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "string": {"type": "string"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "array": {"type": "array"},
    "object": {"type": "object"},
    "url": {"type": "string", "format": "uri", "pattern": "^(https?://|mailto:)"},
}
#: The context in which models of content that a bundle pins are read: it was checked when it was pinned.
PINNED = "pinned"
#: Any of these makes it a JSON Schema (definitions.md section 3).
_SCHEMA_MARKS = ("properties", "$ref", "$schema")


def is_json_schema(meta_schema: dict[str, Any]) -> bool:
    """Whether the author wrote a JSON Schema rather than the short form."""
    return any(mark in meta_schema for mark in _SCHEMA_MARKS)


def as_json_schema(meta_schema: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON Schema of either form; all fields of the short form are optional."""
    if is_json_schema(meta_schema):
        return meta_schema
    return {
        "type": "object",
        "properties": {name: dict(SHORT_TYPES[kind]) for name, kind in meta_schema.items()},
    }


def kind_of(spec: Mapping[str, Any]) -> str:
    """Name the JSON type that a property's schema asks for; text where it names none."""
    kinds = spec.get("type")
    if isinstance(kinds, list):
        return next((str(kind) for kind in kinds if kind != "null"), "string")
    return str(kinds or "string")


def typed(meta_schema: dict[str, Any], given: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Put the facts that are given over those that are ``known``; an empty one takes a fact away.

    Texts are read as the type of their fact; what does not fit stays text, to be refused by its name.
    """
    properties = as_json_schema(meta_schema).get("properties", {})
    facts = dict(known)
    for name, value in given.items():
        if value is None or (isinstance(value, str) and not value.strip()):
            facts.pop(name, None)
        elif isinstance(value, str):
            spec = properties.get(name)
            facts[name] = _read(kind_of(spec if isinstance(spec, dict) else {}), value.strip())
        else:
            facts[name] = value
    return facts


def _read(kind: str, text: str) -> Any:
    if kind == "string":
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return [line.strip() for line in text.splitlines()] if kind == "array" else text


def _checked(value: dict[str, Any], asked: ValidationInfo) -> dict[str, Any]:
    if asked.context == PINNED:  # a rule that came since must not keep running work from being read
        return value
    if is_json_schema(value):
        if fault := schema_fault(value):
            raise ValueError(f"this is not a valid JSON Schema: {fault[1]}")
        return value
    for name, kind in value.items():
        if not isinstance(kind, str) or kind not in SHORT_TYPES:
            raise ValueError(
                f"{name}: {kind!r} is not a type of the short form; use one of {', '.join(SHORT_TYPES)}, "
                "or write a JSON Schema with properties"
            )
    return value


MetaSchema = Annotated[dict[str, Any], AfterValidator(_checked)]
