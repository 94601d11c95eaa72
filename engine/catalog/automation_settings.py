"""What the executor ``custom`` reads from ``execution_config`` (TYP-07, TSK-10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import ValidationError

#: Of ``custom``; ``automation`` is required.
AUTOMATION: Mapping[str, Any] = {
    "automation": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$", "maxLength": 100},
    "input": {"type": "object", "maxProperties": 100},
    "steps": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "name": {"type": "string", "pattern": "\\S", "maxLength": 200},
                "effect": {"enum": ["none", "keyed", "unkeyed"]},
            },
            "required": ["name", "effect"],
            "additionalProperties": False,
        },
        "maxItems": 50,
    },
    "secrets": {
        "type": "object",
        "propertyNames": {"pattern": "^[a-z][a-z0-9_]*$"},
        "additionalProperties": {"type": "string", "minLength": 1, "maxLength": 253},
        "maxProperties": 20,
    },
    "memory_mb": {"type": "integer", "minimum": 64, "maximum": 16_384},
    "file_mb": {"type": "integer", "minimum": 1, "maximum": 4096},
    "cpu_seconds": {"type": "integer", "minimum": 1, "maximum": 3600},
    "processes": {"type": "integer", "minimum": 1, "maximum": 64},
}


def automation_faults(config: Mapping[str, Any]) -> Iterator[ValidationError]:
    """Yield what no schema says of an automation whose settings fit theirs."""
    names = Counter(one["name"] for one in config.get("steps", ()))
    for name, count in names.items():
        if count > 1:
            yield ValidationError(f"the step “{name}” is named {count} times; name it once", path=("steps",))
