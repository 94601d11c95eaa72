"""A template's parameters: defaults, typed values, validation, ``{{ name }}`` and ``when``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from jsonschema.exceptions import ValidationError as SchemaViolation

from engine.catalog.json_schemas import validator
from engine.errors import BadRequestError

Schema = Mapping[str, Any]

#: What a rendered title may hold at most (definitions.md section 3).
MAX_TITLE = 500
_PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_NAME = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*")


def placeholders(text: str) -> list[str]:
    """List the names between ``{{`` and ``}}``, stripped, in order."""
    return [match[1].strip() for match in _PLACEHOLDER.finditer(text)]


def is_name(placeholder: str) -> bool:
    """Whether a placeholder is a plain parameter name; nothing else is ever evaluated."""
    return _NAME.fullmatch(placeholder) is not None


def is_placeholder(text: str) -> bool:
    """Whether a text is one placeholder, and nothing beside it."""
    found = _PLACEHOLDER.fullmatch(text.strip())
    return found is not None and is_name(found[1])


def render(text: str, values: Mapping[str, Any]) -> str:
    """Return ``text`` with each ``{{ name }}`` replaced once; an absent value is empty.

    Values are inserted as they are: a value that contains ``{{`` is not rendered again.
    """

    def replace(match: re.Match[str]) -> str:
        name = _NAME.fullmatch(match[1])
        return match[0] if name is None else _shown(values.get(name[1]))

    return _PLACEHOLDER.sub(replace, text) if "{{" in text else text


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and not any(isinstance(item, (list, dict)) for item in value):
        return ", ".join(_shown(item) for item in value)
    return json.dumps(value, ensure_ascii=False)


def with_defaults(schema: Schema | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``values`` with the declared default of each absent parameter."""
    declared = _properties(schema)
    defaults = {name: spec["default"] for name, spec in declared.items() if "default" in spec}
    return {**defaults, **values}


def label_of(schema: Schema | None, name: str) -> str:
    """Return what people call a parameter: its title, else its name in words."""
    return str(_properties(schema).get(name, {}).get("title") or name.replace("_", " ").capitalize())


def parse_texts(schema: Schema | None, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return typed values of what was typed: text where the schema says string, else JSON.

    Text that is no JSON is kept as text, so that validation can name the field and the type it needs.
    """
    return {name: _parsed(_properties(schema).get(name, {}), text) for name, text in texts.items()}


def _parsed(spec: Schema, text: str) -> Any:
    kinds = spec.get("type")
    if kinds == "string":
        return text
    try:
        value = json.loads(text, parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()  # no 1e999 and no half characters
    except (ValueError, RecursionError):
        return text
    accepts_text = isinstance(kinds, list) and "string" in kinds
    return text if accepts_text and value is not None and not isinstance(value, str) else value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def validated(schema: Schema | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the complete parameters: defaults filled in, everything checked.

    Raises:
        BadRequestError: ``details`` has one entry per fault, ``field`` being the parameter's name.
    """
    complete = with_defaults(schema, values)
    details = [
        _detail(name, f"{name} is not a parameter of this template.", _known(schema))
        for name in complete
        if name not in _properties(schema)
    ]
    if schema is not None:
        for error in validator(schema).iter_errors(complete):
            # Two that are missing are two errors, and each tells of both.
            details.extend(detail for detail in _faults(error) if detail not in details)
    if details:
        message = "The parameters cannot be used. " + " ".join(detail["message"] for detail in details)
        raise BadRequestError(message, details=details)
    return complete


def evaluate_when(schema: Schema | None, condition: Schema | None, values: Mapping[str, Any]) -> bool:
    """Return whether a task with this ``when`` is made.

    Defaults are filled in first, and a property that ``when`` names is required: an absent one
    makes the condition false (definitions.md section 3).
    """
    if condition is None:
        return True
    return validator(_requiring(condition)).is_valid(with_defaults(schema, values))


def _requiring(condition: object) -> Any:
    """Return the condition with every property that it names required, at each level it combines."""
    if not isinstance(condition, dict):
        return condition
    strict = dict(condition)
    if "properties" in condition:
        strict["required"] = sorted({*condition["properties"], *condition.get("required", [])})
    for keyword in ("allOf", "anyOf", "oneOf"):
        if keyword in condition:
            strict[keyword] = [_requiring(inner) for inner in condition[keyword]]
    for keyword in ("not", "if", "then", "else"):
        if keyword in condition:
            strict[keyword] = _requiring(condition[keyword])
    return strict


def _properties(schema: Schema | None) -> dict[str, Any]:
    properties = (schema or {}).get("properties", {})
    return {name: spec if isinstance(spec, dict) else {} for name, spec in properties.items()}


def _known(schema: Schema | None) -> str:
    names = list(_properties(schema))
    return f"Parameters: {', '.join(names)}." if names else "It has none."


def _detail(field: str, message: str, hint: str = "") -> dict[str, Any]:
    return {"code": "INVALID_PARAMETER", "field": field, "message": f"{message} {hint}".strip()}


def _faults(error: SchemaViolation) -> list[dict[str, Any]]:
    if error.validator == "required" and not error.absolute_path:
        needed: Any = error.validator_value
        given: Any = error.instance
        missing = [name for name in needed if name not in given]
        return [_detail(name, f"{name} is missing.") for name in missing]
    if error.validator == "additionalProperties" and not error.absolute_path:
        return []  # reported already, with the known names
    field = str(error.absolute_path[0]) if error.absolute_path else ""
    return [_detail(field, f"{field or 'parameters'}: {_reason(error)}.")]


def _reason(error: SchemaViolation) -> str:
    value = json.dumps(error.instance, ensure_ascii=False)
    shown = value if len(value) <= 80 else value[:77] + "..."
    limit = error.validator_value
    reasons = {
        "type": f"{shown} is not of type {limit}",
        "enum": f"{shown} is not one of {', '.join(map(str, limit))}" if isinstance(limit, list) else "",
        "minimum": f"{shown} is less than {limit}",
        "maximum": f"{shown} is more than {limit}",
        "minLength": f"{shown} has fewer than {limit} characters",
        "maxLength": f"the text has more than {limit} characters",
        "format": f"{shown} is not a {limit}",
        "pattern": f"{shown} does not look like {limit}",
    }
    return reasons.get(str(error.validator)) or error.message
