"""The start form's fields, made from a template's parameters (a JSON Schema), and read back typed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.catalog.meta_schemas import kind_of
from engine.catalog.parameters import label_of, parse_texts

#: In front of a parameter's name, so that a parameter may be called ``title``.
PREFIX = "param."
#: What a moment looks like, for people who type one.
MOMENT_HINT = "Such as 2026-12-01T17:00+01:00."
_LONG_TEXT = 300
_TEXT_INPUTS = {"date": "date", "email": "email", "uri": "url", "time": "text"}
Schema = Mapping[str, Any]


@dataclass(frozen=True)
class ParameterField:
    """One parameter as the form asks for it."""

    name: str
    label: str
    hint: str
    required: bool
    #: The macro that shows it.
    control: Literal["line", "area", "select", "check"]
    #: The ``type`` of a one-line input.
    input: str = "text"
    #: What the form starts with, as text; ``true`` or nothing for a box.
    start: str = ""
    #: (text, label) of a choice.
    options: tuple[tuple[str, str], ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The name of its input, which is also where the engine's messages belong."""
        return f"{PREFIX}{self.name}"


def fields_of(schema: Schema | None) -> list[ParameterField]:
    """Return one field per parameter, in the order of the template."""
    required = (schema or {}).get("required", [])
    return [_field(name, spec, name in required) for name, spec in _properties(schema).items()]


def read(schema: Schema | None, form: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters that a form carries, typed; an empty input says nothing, an unticked box says no.

    Text that does not fit its type stays text, for the engine to refuse with the field's name.
    """
    values: dict[str, Any] = {}
    for name, spec in _properties(schema).items():
        text = form.get(f"{PREFIX}{name}", "").strip()
        if kind_of(spec) == "boolean":
            values[name] = text == "true"
        elif text:
            values[name] = _typed(schema, name, spec, text)
    return values


def at_input(detail: dict[str, Any], labels: Mapping[str, str]) -> dict[str, Any]:
    """Return what the engine says of a parameter at its input, in the form's words; anything else as it is.

    ``labels`` are those of the parameters, by their names.
    """
    name, message = str(detail.get("field") or ""), str(detail.get("message", ""))
    is_parameter = detail.get("code") == "INVALID_PARAMETER" or name.startswith("parameters.")
    bare = name.removeprefix("parameters.")
    if not is_parameter or bare not in labels:
        return detail
    said = f"{labels[bare]}{message.removeprefix(bare)}" if message.startswith(bare) else message
    return {**detail, "field": f"{PREFIX}{bare}", "message": said}


def text_of(value: object) -> str:
    """Return a value as its input shows it: a list as lines, other data as JSON."""
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "\n".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _properties(schema: Schema | None) -> dict[str, Schema]:
    declared = (schema or {}).get("properties", {})
    return {name: spec if isinstance(spec, dict) else {} for name, spec in declared.items()}


def _typed(schema: Schema | None, name: str, spec: Schema, text: str) -> Any:
    if "enum" in spec:
        return next((value for value in spec["enum"] if text_of(value) == text), text)
    if kind_of(spec) == "array" and not text.startswith("["):
        return [_item(spec, line.strip()) for line in text.splitlines() if line.strip()]
    return parse_texts(schema, {name: text.replace("\r\n", "\n")})[name]


def _item(spec: Schema, line: str) -> Any:
    items = spec.get("items")
    inner = items if isinstance(items, dict) else {"type": "string"}
    return parse_texts({"properties": {"item": {"type": kind_of(inner)}}}, {"item": line})["item"]


def _field(name: str, spec: Schema, is_required: bool) -> ParameterField:
    kind = kind_of(spec)
    control, shape = _shape(kind, spec)
    default = spec.get("default")
    return ParameterField(
        name=name,
        label=label_of({"properties": {name: spec}}, name),
        hint=_hint(kind, spec),
        required=is_required and default is None,
        control=control,
        input=shape,
        start=("true" if default is True else "") if kind == "boolean" else text_of(default),
        options=_options(spec, is_required) if control == "select" else (),
        attributes=_attributes(kind, spec),
    )


def _shape(kind: str, spec: Schema) -> tuple[Literal["line", "area", "select", "check"], str]:
    if "enum" in spec:
        return "select", "text"
    if kind == "boolean":
        return "check", "checkbox"
    if kind in ("integer", "number"):
        return "line", "number"
    if kind in ("array", "object"):
        return "area", "text"
    shape = _TEXT_INPUTS.get(str(spec.get("format", "")), "text")
    is_long = shape == "text" and int(spec.get("maxLength", 0)) > _LONG_TEXT
    return ("area", "text") if is_long else ("line", shape)


def _options(spec: Schema, is_required: bool) -> tuple[tuple[str, str], ...]:
    choices = tuple((text_of(value), text_of(value)) for value in spec["enum"])
    if "default" in spec:
        return choices
    return (("", "Choose one" if is_required else "not said"), *choices)


def _hint(kind: str, spec: Schema) -> str:
    hints = {"array": "One per line.", "object": "As JSON."}
    hint = MOMENT_HINT if spec.get("format") == "date-time" else hints.get(kind, "")
    return " ".join(part for part in (str(spec.get("description", "")), hint) if part)


def _attributes(kind: str, spec: Schema) -> dict[str, Any]:
    wanted = {"maxLength": "maxlength", "minLength": "minlength", "minimum": "min", "maximum": "max"}
    found = {html: spec[name] for name, html in wanted.items() if name in spec}
    if kind in ("integer", "number"):
        found["step"] = spec.get("multipleOf", 1 if kind == "integer" else "any")
    return found
