"""The form fields of a deliverable's facts, made from its ``meta_schema``; the engine reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.catalog.meta_schemas import as_json_schema, kind_of

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


def fields_of(meta_schema: Mapping[str, Any]) -> list[MetaField]:
    """Return one field per property of either form of the schema."""
    properties = as_json_schema(dict(meta_schema)).get("properties", {})
    return [_field(name, schema) for name, schema in properties.items() if isinstance(schema, dict)]


def _field(name: str, schema: Mapping[str, Any]) -> MetaField:
    kind = kind_of(schema)
    shape = _INPUTS.get(kind) or _FORMATS.get(str(schema.get("format", "")), "text")
    choices = tuple(schema.get("enum", ())) or ((True, False) if kind == "boolean" else ())
    return MetaField(name, str(schema.get("title") or name.replace("_", " ")), kind, shape, choices)
