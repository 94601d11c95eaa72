"""Fields that people say another way than the file: when a task is due, for whom, under which condition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from engine.catalog.due_words import due_words
from engine.catalog.models import DueRule, TaskDefinition, TaskTemplate
from engine.catalog.parameters import parse_texts
from engine.inputs import whole_number
from engine.proposals.beginning import name_for
from web.pages import parameter_fields
from web.pages.editing.shapes import Control, Shape

Data = Mapping[str, Any]
#: Where a task's due date is counted from, but for parameters and tasks.
ANCHOR, START = "anchor", "bundle_start"
UNITS = (("days", "days"), ("business_days", "working days"), ("hours", "hours"))
SIDES = (("before", "before"), ("after", "after"))
_FARTHEST = 36_500
_YES_NO = {"yes": True, "no": False, "true": True, "false": False}

# -- due ---------------------------------------------------------------------------------------


def due_texts(task: Data) -> dict[str, str]:
    """Return what the inputs of a due date show."""
    rule = _rule_of(task)
    if rule is None:
        return {"number": "", "unit": "days", "side": "before", "from": ANCHOR}
    return {
        "number": str(abs(rule.offset)),
        "unit": rule.unit,
        "side": "before" if rule.offset < 0 else "after",
        "from": rule.counted_from,
    }


def due_from_texts(task: Data, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return ``offset_days`` or ``due`` for what was typed, as the task wrote it before; neither for nothing.

    Raises:
        ValueError: it is no number of a sensible size.
    """
    if not texts["number"].strip():
        return {}
    number = whole_number(texts["number"].strip(), 0, _FARTHEST)
    if number is None:
        raise ValueError(f"Write a whole number from 0 to {_FARTHEST:,}, or nothing for no due date.")
    offset = -number if texts["side"] == "before" else number
    is_plain = texts["unit"] == "days" and texts["from"] == ANCHOR
    if is_plain and not isinstance(task.get("due"), dict):
        return {"offset_days": offset}
    said = {"offset": offset, "unit": texts["unit"], "from": texts["from"]}
    usual = {"offset": 0, "unit": "days", "from": ANCHOR}
    before = task.get("due") or {}
    kept = {key: value for key, value in said.items() if key in before or value != usual[key]}
    return {"due": kept or {"offset": 0}}


def due_in_words(task: Data, template: Data) -> str:
    """Return when a task is due, as people say it; nothing where its rule cannot be read."""
    try:
        rule = _rule_of(task)
        after = None if rule is None else rule.after_task
        tasks = [
            TaskDefinition.model_construct(ref=after, title=str(one.get("title") or after))
            for one in template.get("tasks") or ()
            if after is not None and one.get("ref") == after
        ]
        parameters = template.get("parameters")
        known = TaskTemplate.model_construct(
            tasks=tasks, parameters=parameters if isinstance(parameters, dict) else None
        )
        return due_words(rule, known)
    except (AttributeError, TypeError, ValidationError):
        return ""


def _rule_of(task: Data) -> DueRule | None:
    if task.get("due") is None and task.get("offset_days") is None:
        return None
    said = task.get("due") if task.get("due") is not None else {"offset": task.get("offset_days")}
    return DueRule.model_validate(said)


def is_due_readable(task: Data) -> bool:
    """Whether the form can show when a task is due."""
    try:
        _rule_of(task)
    except ValidationError:
        return False
    return task.get("due") is None or task.get("offset_days") is None


# -- who ---------------------------------------------------------------------------------------


def assignee_text(value: Data | None) -> str:
    """Return who does it as its choice has it: ``role:writer``."""
    return "" if not value else next(f"{kind}:{name}" for kind, name in value.items())


def assignee_from_text(text: str) -> dict[str, str]:
    """Return who was chosen."""
    kind, _, name = text.partition(":")
    return {kind: name}


# -- when --------------------------------------------------------------------------------------


def when_texts(value: Data | None) -> dict[str, str]:
    """Return what the inputs of a condition show."""
    if not value:
        return {"name": "", "is": ""}
    [(name, spec)] = value["properties"].items()
    const = spec["const"]
    shown = ("yes" if const else "no") if isinstance(const, bool) else parameter_fields.text_of(const)
    return {"name": name, "is": shown}


def when_from_texts(value: Data | None, texts: Mapping[str, str], parameters: Data | None) -> dict[str, Any]:
    """Return the condition for what was typed.

    A parameter that may be left out must be given, too: a condition on what is not there would hold.
    """
    name, typed = texts["name"], texts["is"].strip()
    specs = (parameters or {}).get("properties") or {}
    spec = specs.get(name, {})
    const: Any = parse_texts({"properties": {name: spec}}, {name: typed})[name]
    if spec.get("type") == "boolean":
        const = _YES_NO.get(typed.lower(), typed)
    found: dict[str, Any] = {"properties": {name: {"const": const}}}
    keeps = value is not None and list(value["properties"]) == [name]
    if ("required" in (value or {})) if keeps else "default" not in spec:
        found["required"] = [name]
    return found


# -- parameters --------------------------------------------------------------------------------

_KINDS: Mapping[str, Mapping[str, Any]] = {
    "text": {"type": "string"},
    "day": {"type": "string", "format": "date"},
    "address": {"type": "string", "format": "uri"},
    "whole number": {"type": "integer"},
    "number": {"type": "number"},
    "yes or no": {"type": "boolean"},
    "list of texts": {"type": "array", "items": {"type": "string"}},
}
_OTHER = "as the YAML says"
#: What is asked for of one parameter.
PARAMETER = (
    Shape("title", "Question", "What the start form asks.", Control.LINE),
    Shape("kind", "Kind", "", Control.CHOICE, required=True, default="text", choices=(*_KINDS, _OTHER)),
    Shape("required", "Must be answered", "", Control.YES_NO, default=False),
    Shape("default", "Usual answer", "What the form begins with.", Control.LINE),
    Shape("enum", "Answers to choose from", "One per line; none where anything may be typed.", Control.LINES),
    Shape("description", "Help", "A line below the question.", Control.LINE),
)


def parameter_rows(value: Data | None) -> list[dict[str, Any]]:
    """Return the parameters as rows of their form."""
    needed = (value or {}).get("required", [])
    rows = []
    for name, spec in ((value or {}).get("properties") or {}).items():
        row: dict[str, Any] = {"name": name, "kind": _kind_of(spec), "required": name in needed}
        row |= {key: spec[key] for key in ("title", "description", "enum") if key in spec}
        if "default" in spec:
            row["default"] = _answer_text(spec["default"])
        rows.append(row)
    return rows


def parameters_from_rows(
    value: Data | None, seen: list[dict[str, Any]], rows: list[dict[str, Any]]
) -> dict[str, Any] | None:
    """Return the parameters with what was changed in their rows; what the form does not show is kept."""
    found = dict(value or {"type": "object"})
    before, specs = {row["name"]: row for row in seen}, (value or {}).get("properties") or {}
    made: dict[str, Any] = {}
    for row in rows:
        name = row.get("name") or name_for(str(row.get("title") or "answer"), [*made, *before])
        made[name] = _spec(specs.get(name, {}), before.get(name, {"kind": _OTHER}), {"kind": "text", **row})
    if not made:
        return None
    needed = [name for row, name in zip(rows, made, strict=True) if row.get("required")]
    was = found.get("required", [])
    if set(needed) != set(was):
        found["required"] = [
            *(one for one in was if one in needed),
            *(one for one in needed if one not in was),
        ]
        if not needed:
            del found["required"]
    found["properties"] = made
    return found


def _spec(spec: Data, seen: Data, row: Data) -> dict[str, Any]:
    found = dict(spec)
    if row["kind"] != seen.get("kind") and row["kind"] in _KINDS:
        for key in ("type", "format", "items"):
            found.pop(key, None)
        found = {**_KINDS[row["kind"]], **found}
    for key in ("title", "description", "enum"):
        _set(found, key, row.get(key), seen.get(key))
    if row.get("default") != seen.get("default"):
        found.pop("default", None)
        if row.get("default") is not None:
            found["default"] = _answer(found, str(row["default"]))
    return found


def _set(found: dict[str, Any], key: str, value: Any, seen: Any) -> None:
    if value == seen:
        return
    if value is None:
        found.pop(key, None)
    else:
        found[key] = value


def _answer_text(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else parameter_fields.text_of(value)


def _answer(spec: Data, text: str) -> Any:
    if spec.get("type") == "boolean":
        return _YES_NO.get(text.lower(), text)
    if spec.get("type") == "array" and not text.startswith("["):
        return [line.strip() for line in text.splitlines() if line.strip()]
    return parse_texts({"properties": {"answer": spec}}, {"answer": text})["answer"]


def _kind_of(spec: Data) -> str:
    if spec.get("type") == "array":
        return "list of texts" if spec.get("items") == {"type": "string"} else _OTHER
    said = {key: spec[key] for key in ("type", "format") if key in spec}
    return next((word for word, kind in _KINDS.items() if said == kind), _OTHER)
