"""JSON Schemas generated from the models, and validation of files against them (CNT-04)."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path as FilePath
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError as SchemaViolation
from pydantic import ValidationError
from pydantic.json_schema import GenerateJsonSchema

from engine.catalog.findings import Finding, first
from engine.catalog.models import Calendar, TaskTemplate, TaskType, WorkspaceReminders
from engine.catalog.overrides import Override
from engine.catalog.parts import ContentModel
from engine.catalog.problems import ProblemCode
from engine.catalog.yaml_reader import Path

#: Kind of file -> the model it must fit; the kind is also the schema file's name.
MODELS: dict[str, type[ContentModel]] = {
    "task_type": TaskType,
    "task_template": TaskTemplate,
    "override": Override,
    "calendar": Calendar,
    "reminders": WorkspaceReminders,
}
_KIND_NAMES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "fields (name: value)",
    "array": "a list",
    "null": "nothing",
}


class _Generator(GenerateJsonSchema):
    """Pydantic's generator without the titles it invents from field names."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
        return False


@cache
def schema_of(kind: str) -> dict[str, Any]:
    """Return the JSON Schema (Draft 2020-12) of one kind of file."""
    schema = schema_of_model(MODELS[kind])
    if kind == "override":
        schema["oneOf"] = [{"required": ["partner"]}, {"required": ["campaign"]}]
    return schema


def schema_of_model(model: type[ContentModel]) -> dict[str, Any]:
    """Return the JSON Schema (Draft 2020-12) of what fits a model."""
    schema = model.model_json_schema(by_alias=True, schema_generator=_Generator)
    schema.setdefault("description", model.__doc__)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def schema_text(kind: str) -> str:
    """Give the text of the committed schema file."""
    return text_of(schema_of(kind))


def text_of(schema: dict[str, Any]) -> str:
    """Give a schema as its file has it."""
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def write_schemas(folder: FilePath) -> list[FilePath]:
    """Write ``content/schemas/<kind>.schema.json`` below ``folder``; return the files that changed."""
    changed = []
    for kind in MODELS:
        target = folder / "content" / "schemas" / f"{kind}.schema.json"
        text = schema_text(kind)
        if not target.is_file() or target.read_text(encoding="utf-8") != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            changed.append(target)
    return changed


@cache
def _validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(schema_of(kind))


def violations(kind: str, data: Any) -> list[Finding]:
    """List what the schema of ``kind`` finds wrong in ``data``: the first faults, one finding each."""
    return explained(_validator(kind), data)


def explained(validator: Draft202012Validator, data: Any) -> list[Finding]:
    """List what a validator finds wrong in ``data``: the first faults, one finding each."""
    return first(finding for error in validator.iter_errors(data) for finding in _explain(error))


def fitting(kind: str, data: Any) -> ContentModel | None:
    """Return the item in ``data`` where ``violations`` would find nothing; None where it has to look.

    A schema is gone through value by value, which takes longer than all else that reading a file does. Its
    model says the same, if no value is read as one of another kind, but for what ``_schema_alone`` knows.
    """
    try:
        item = MODELS[kind].model_validate(data, strict=True)
    except ValidationError:
        return None
    return None if _schema_alone(data, item) else item


def _schema_alone(data: Any, item: ContentModel) -> bool:
    """Whether there may be something wrong that the schema finds and the model does not."""
    if isinstance(item, Override) and ("partner" in data) == ("campaign" in data):
        return True
    tasks = item.tasks or () if isinstance(item, (TaskTemplate, Override)) else ()
    policies = [getattr(one, "approval", None) for one in (item, *tasks)]
    lists: list[list[str]] = [list(policy.sources) for policy in policies if policy is not None]
    if isinstance(item, TaskType):
        lists.append(list(item.worklog.include))
    return any(len({*values}) != len(values) for values in lists)


def show_path(path: Path) -> str:
    """Return a path the way people write it: ``tasks[0].title``."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.lstrip(".") or "the file"


def named(path: Path, data: Any) -> Path:
    """Return a path with the names of items in the place of their numbers, as far as they have any."""
    found: list[str | int] = []
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            data = None
        found.append(_name_of(data, step) if isinstance(step, int) and isinstance(data, dict) else step)
    return tuple(found)


def _name_of(item: dict[str, Any], number: int) -> str | int:
    names = (item.get(field) for field in ("ref", "key", "name", "tool", "label"))
    return next((name for name in names if isinstance(name, str)), number)


def show_named(path: Path, data: Any) -> str:
    """Return a path with the names of items: ``tasks[draft].title``.

    For what several files make up together: there, no number is one that an author has counted.
    """
    steps = zip(path, named(path, data), strict=True)
    text = "".join(f"[{name}]" if isinstance(step, int) else f".{name}" for step, name in steps)
    return text.lstrip(".") or "the file"


def _explain(error: SchemaViolation) -> Iterator[Finding]:
    path: Path = tuple(error.absolute_path)
    if error.validator == "anyOf" and error.context:
        yield from _explain_choice(error)
    elif error.validator == "oneOf":
        message = "An override names exactly one partner or one campaign."
        yield Finding(ProblemCode.MISSING_FIELD, path, message, "Add partner: <key> or campaign: <key>.")
    elif error.validator == "additionalProperties":
        yield from _explain_unknown(error, path)
    elif error.validator == "required":
        needed: Any = error.validator_value
        given: Any = error.instance
        for name in needed:
            if name not in given:
                message = f"{show_path((*path, name))} is missing."
                yield Finding(ProblemCode.MISSING_FIELD, path, message, f"Add {name}.")
    else:
        yield _explain_value(error, path)


def _explain_unknown(error: SchemaViolation, path: Path) -> Iterator[Finding]:
    schema: Any = error.schema
    known = list(schema.get("properties", {}))
    patterns = list(schema.get("patternProperties", {}))
    instance: Any = error.instance
    for name in instance:
        if name in known or any(re.search(pattern, name) for pattern in patterns):
            continue
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
        hint = f"Did you mean `{close[0]}`?" if close else f"Known fields: {', '.join(known)}."
        if " " in name and instance[name] is None:
            hint = "Put the text before it in quotes: inside {...}, a comma ends a text."
        yield Finding(
            ProblemCode.UNKNOWN_FIELD, (*path, name), f"{show_path((*path, name))} is not a field.", hint
        )


def _explain_choice(error: SchemaViolation) -> Iterator[Finding]:
    """Explain the branch that the author most likely meant: the one whose outer type fits."""
    branches: dict[Any, list[SchemaViolation]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.relative_schema_path[0], []).append(inner)
    fitting = [found for found in branches.values() if not any(_is_outer_type(inner) for inner in found)]
    if fitting:
        for inner in min(fitting, key=len):
            yield from _explain(inner)
        return
    wanted = [inner for inner in error.context or () if _is_outer_type(inner)]
    kinds = [name for inner in wanted for name in _kind_names(inner.validator_value)]
    if error.instance is not None and len(kinds) > 1:
        kinds = [name for name in kinds if name != _KIND_NAMES["null"]]
    path: Path = tuple(error.absolute_path)
    message = f"{show_path(path)} is {show_value(error.instance)}; {' or '.join(kinds)} was expected."
    yield Finding(ProblemCode.WRONG_TYPE, path, message, _type_hint(error.instance, kinds))


def _is_outer_type(error: SchemaViolation) -> bool:
    return error.validator == "type" and not error.relative_path


def _kind_names(types: Any) -> list[str]:
    return [_KIND_NAMES[name] for name in ([types] if isinstance(types, str) else types)]


def _explain_value(error: SchemaViolation, path: Path) -> Finding:
    where, value = show_path(path), show_value(error.instance)
    if error.validator == "type":
        kinds = _kind_names(error.validator_value)
        message = f"{where} is {value}; {' or '.join(kinds)} was expected."
        return Finding(ProblemCode.WRONG_TYPE, path, message, _type_hint(error.instance, kinds))
    if error.validator == "enum":
        choices: Any = error.validator_value
        allowed = [str(choice) for choice in choices]
        close = difflib.get_close_matches(str(error.instance), allowed, n=1)
        hint = f"Did you mean `{close[0]}`?" if close else ""
        message = f"{where} is {value}; allowed are {', '.join(allowed)}."
        return Finding(ProblemCode.INVALID_VALUE, path, message, hint)
    if error.validator in {"minItems", "minLength"}:
        return Finding(
            ProblemCode.INVALID_VALUE, path, f"{where} is empty.", "Write at least one entry or word."
        )
    if error.validator == "uniqueItems":
        return Finding(
            ProblemCode.INVALID_VALUE,
            path,
            f"{where} is {value}: one stands there twice.",
            "Keep one of them.",
        )
    rule = f"{error.validator} {error.validator_value}"
    return Finding(
        ProblemCode.INVALID_VALUE,
        path,
        f"{where} is {value}, which breaks the rule {rule}.",
        _rule_hint(rule),
    )


def _rule_hint(rule: str) -> str:
    if "[a-z][a-z0-9_]*$" in rule:
        return "Use lower-case letters, digits and underscores, beginning with a letter."
    return ""


def _type_hint(value: Any, kinds: list[str]) -> str:
    if _KIND_NAMES["boolean"] in kinds and isinstance(value, str):
        return "Only true and false are booleans."
    if _KIND_NAMES["string"] in kinds and isinstance(value, (bool, int, float)):
        return "Put it in quotes to make it text."
    return ""


def show_value(value: Any) -> str:
    """Return a value as it is quoted in messages, cut to a readable length."""
    if value is None:
        return "empty"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "..."
