"""The form fields of a deliverable's facts, made from its ``meta_schema`` and read back typed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.catalog.meta_schemas import as_json_schema

PREFIX = "meta."
_INPUTS = {"integer": "number", "number": "number"}
_FORMATS = {"date": "date", "uri": "url"}


@dataclass(frozen=True)
class MetaField:
    """One fact that is recorded with a version."""

    name: str
    label: str
    #: The JSON type.
    kind: str
    #: The ``type`` of its input.
    input: str
    choices: tuple[Any, ...] = ()

    @property
    def key(self) -> str:
        """The name of its input, which is also where the engine's messages belong."""
        return f"{PREFIX}{self.name}"

    def shown(self, meta: Mapping[str, Any]) -> str:
        """Return the recorded value as its input shows it."""
        value = meta.get(self.name)
        if value is None:
            return ""
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    def read(self, text: str) -> Any:
        """Return what was typed in the fact's type; what does not fit stays text, to be refused."""
        if self.kind == "string":
            return text
        try:
            return json.loads(text)
        except ValueError:
            return [line.strip() for line in text.splitlines()] if self.kind == "array" else text


def fields_of(meta_schema: Mapping[str, Any]) -> list[MetaField]:
    """Return one field per property of either form of the schema."""
    properties = as_json_schema(dict(meta_schema)).get("properties", {})
    return [_field(name, schema) for name, schema in properties.items() if isinstance(schema, dict)]


def read(meta_schema: Mapping[str, Any], form: Mapping[str, str], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts that a form carries over those that are ``known``; an empty one takes a fact away."""
    facts = dict(known)
    for field in fields_of(meta_schema):
        if field.key not in form:
            continue
        text = form[field.key].strip()
        if text:
            facts[field.name] = field.read(text)
        else:
            facts.pop(field.name, None)
    return facts


def _field(name: str, schema: Mapping[str, Any]) -> MetaField:
    kind = schema.get("type", "string")
    kind = next((item for item in kind if item != "null"), "string") if isinstance(kind, list) else str(kind)
    shape = _INPUTS.get(kind) or _FORMATS.get(str(schema.get("format", "")), "text")
    choices = tuple(schema.get("enum", ())) or ((True, False) if kind == "boolean" else ())
    return MetaField(name, str(schema.get("title") or name.replace("_", " ")), kind, shape, choices)
