"""Which tasks a start may make: the sets that the conditions of a template allow, found by trying values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice, product
from typing import Any

from engine.catalog.counted import together
from engine.catalog.json_schemas import validator
from engine.catalog.meta_schemas import kind_of
from engine.catalog.models import TaskTemplate
from engine.catalog.parameters import evaluate_when, with_defaults
from engine.errors import BadRequestError

#: Combinations of values that are tried, and how many tasks they may be tried on.
_MOST_TRIED = 256
_TASKS_TRIED = 20_000
#: Steps that all of them may take together.
_STEPS_TRIED = 2_000_000
#: What a parameter is where nothing is said.
_ABSENT = object()
#: Keywords whose values tell what a condition distinguishes.
_BOUNDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
_LENGTHS = frozenset({"minLength", "maxLength"})
_PLAIN: Mapping[str, tuple[Any, ...]] = {
    "boolean": (True, False),
    "string": ("", "x"),
    "integer": (0, 1),
    "number": (0, 1),
    "array": ([],),
    "object": ({},),
}


def made_sets(template: TaskTemplate) -> list[frozenset[str]]:
    """List the sets of tasks (by ref) that starts may make, the one with most tasks first.

    Values are those that the conditions and the parameters' schema name (enum, const, bounds, yes and no).
    A condition that tells values apart by a pattern may be missed; at most 256 combinations are tried, and
    fewer where the conditions take long.
    """
    return list(_made(template))


def samples(template: TaskTemplate) -> list[Mapping[str, Any]]:
    """List values of what conditions name, just so many that each task that can be made is made."""
    found: list[Mapping[str, Any]] = []
    left = {task.ref for task in template.tasks}
    for made, values in _made(template).items():
        if not found or made & left:
            found.append(values)
            left -= made
    return found


def _made(template: TaskTemplate) -> dict[frozenset[str], Mapping[str, Any]]:
    """Return the sets of tasks that starts may make, each with values that make it."""
    conditions = {task.ref: task.when for task in template.tasks if task.when is not None}
    everything = frozenset(task.ref for task in template.tasks)
    found: dict[frozenset[str], Mapping[str, Any]] = {}
    tried = islice(_combinations(template, list(conditions.values())), _limit(template) if conditions else 0)
    with suppress(BadRequestError), together(_STEPS_TRIED):
        for values in tried:
            left_out = {
                ref
                for ref, when in conditions.items()
                if not evaluate_when(template.parameters, when, values)
            }
            found.setdefault(everything - left_out, values)
    ordered = sorted(found, key=lambda made: (-len(made), sorted(made)))
    return {made: found[made] for made in ordered} or {everything: {}}


def _limit(template: TaskTemplate) -> int:
    return max(4, min(_MOST_TRIED, _TASKS_TRIED // len(template.tasks)))


def _combinations(template: TaskTemplate, conditions: list[Any]) -> Iterator[dict[str, Any]]:
    """Yield values for what the conditions name, as far as the parameters' schema allows them."""
    schema = template.parameters or {}
    declared, required = schema.get("properties", {}), schema.get("required", [])
    named = {name: spec for name, spec in declared.items() if any(_about(name, one) for one in conditions)}
    choices = [
        _candidates(name, spec, conditions, is_required=name in required) for name, spec in named.items()
    ]
    allowed = validator({**schema, "required": []})  # what is required and named is among all choices
    for combination in product(*choices):
        values = {name: value for name, value in zip(named, combination, strict=True) if value is not _ABSENT}
        if allowed.is_valid(with_defaults({"properties": named}, values)):
            yield values


def _candidates(name: str, spec: Any, conditions: list[Any], *, is_required: bool) -> list[Any]:
    schemas = [spec, *(inner for condition in conditions for inner in _about(name, condition))]
    values: dict[str, Any] = {}
    for schema in schemas:
        for value in _named_values(schema):
            values.setdefault(json.dumps(value, sort_keys=True), value)
    for value in _PLAIN.get(kind_of(spec) if isinstance(spec, dict) else "", ()):
        values.setdefault(json.dumps(value), value)
    return [*values.values(), *([] if is_required else [_ABSENT])]


def _about(name: str, condition: Any) -> list[Any]:
    """List what a condition says of a parameter, wherever it combines schemas."""
    if isinstance(condition, list):
        return [found for inner in condition for found in _about(name, inner)]
    if not isinstance(condition, dict):
        return []
    found: list[Any] = [{}] if name in condition.get("required", []) else []
    for keyword, value in condition.items():
        if keyword == "properties":
            found += [value[name]] if name in value else []
        elif keyword in ("allOf", "anyOf", "oneOf", "not", "if", "then", "else"):
            found += _about(name, value)
    return found


def _named_values(schema: Any) -> Iterator[Any]:
    """Yield the values that a schema names, and those beside its bounds."""
    if isinstance(schema, list):
        for inner in schema:
            yield from _named_values(inner)
    if not isinstance(schema, dict):
        return
    for keyword, value in schema.items():
        if keyword in ("const", "default"):
            yield value
        elif keyword in ("enum", "examples") and isinstance(value, list):
            yield from value
        elif keyword in _BOUNDS:
            yield from (value, value - 1, value + 1)
        elif keyword in _LENGTHS:
            yield from ("x" * length for length in (value - 1, value, value + 1) if 0 <= length <= 1000)
        elif keyword in ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "contains"):
            inner = list(_named_values(value))
            yield from inner if keyword != "contains" else ([one] for one in inner)
