"""The parameters' schema, the conditions over it, and every ``{{ name }}`` that refers to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator

from engine.catalog.findings import Finding
from engine.catalog.json_schemas import schema_fault, subschemas
from engine.catalog.models import GoldStandard, TaskTemplate
from engine.catalog.parameters import is_name, placeholders
from engine.catalog.problems import ProblemCode
from engine.catalog.yaml_reader import Path

#: The keywords of Draft 2020-12; a misspelt one would be ignored silently by every validator.
KEYWORDS = frozenset(Draft202012Validator.VALIDATORS) | {
    "$schema", "$id", "$anchor", "$dynamicAnchor", "$vocabulary", "$comment", "$defs", "then", "else",
    "minContains", "maxContains", "title", "description", "default", "deprecated", "readOnly", "writeOnly",
    "examples", "contentEncoding", "contentMediaType", "contentSchema",
}  # fmt: skip

_WHERE_REPLACED = (
    "The bundle's title, and titles, descriptions, instructions, notes and addresses of tasks "
    "may have placeholders."
)
#: What is no text for people: schemas, and what executors and schedules read in their own way.
_NOT_READ: Any = {
    "parameters": True,
    "config": True,
    "trigger": {"parameters"},
    "tasks": {"__all__": {"when", "config", "execution"}},
}


def parameter_findings(template: TaskTemplate) -> Iterator[Finding]:
    """Yield what is wrong with the parameters and with everything that names one."""
    faults = [] if template.parameters is None else list(_schema_faults(("parameters",), template.parameters))
    yield from faults
    if faults:
        return
    declared = declared_parameters(template)
    yield from _form(template)
    yield from _conditions(template, declared)
    yield from _date_parameters(template, declared)
    rendered = dict(rendered_texts(template))
    for path, text in (*rendered.items(), *_sent_texts(template)):
        yield from _placeholders(path, text, declared)
    for path, text in texts((), template.model_dump(mode="json", by_alias=True, exclude=_NOT_READ)):
        if path not in rendered:
            yield from unreplaced(path, text)


def declared_parameters(template: TaskTemplate) -> dict[str, Any]:
    """Return the schema of each declared parameter by name."""
    properties = (template.parameters or {}).get("properties", {})
    return properties if isinstance(properties, dict) else {}


def rendered_texts(template: TaskTemplate) -> Iterator[tuple[Path, str]]:
    """Yield every text in which ``{{ name }}`` is replaced: what people read, and addresses (R7).

    What names something, such as a link, a proof or a reason, must be the same in every bundle.
    """
    yield ("bundle_title",), template.bundle_title or ""
    for number, reference in enumerate(template.references):
        yield ("references", number, "url"), reference.url
    for number, task in enumerate(template.tasks):
        path: Path = ("tasks", number)
        yield (*path, "title"), task.title
        yield (*path, "description"), task.description
        yield (*path, "instructions_url"), task.instructions_url or ""
        if isinstance(task.validation, str):
            yield (*path, "validation"), task.validation
        if task.waiting is not None:
            yield (*path, "waiting", "for"), task.waiting.waiting_for or ""
        if task.skip is not None:
            yield (*path, "skip", "note"), task.skip.note or ""
        for index, step in enumerate(task.steps):
            yield (*path, "steps", index, "title"), step.title
            yield (*path, "steps", index, "description"), step.description
        for index, deliverable in enumerate(task.deliverables):
            yield (*path, "deliverables", index, "description"), deliverable.description
            standard = deliverable.gold_standard or GoldStandard()
            for name, text in standard.model_dump().items():
                yield (*path, "deliverables", index, "gold_standard", name), text or ""


def _sent_texts(template: TaskTemplate) -> Iterator[tuple[Path, str]]:
    """Yield every text of the settings that executors read, in which ``{{ name }}`` is replaced, too."""
    for number, task in enumerate(template.tasks):
        if task.execution is not None:
            yield from texts(("tasks", number, "execution", "config"), task.execution.config)


def _schema_faults(path: Path, schema: Any) -> Iterator[Finding]:
    """Yield what keeps ``schema`` from being a Draft 2020-12 schema without unknown keywords."""
    yield from _unknown_keywords(path, schema)
    if fault := schema_fault(schema):
        message = f"{path[-1]} is not a JSON Schema: {fault[1]}."
        yield Finding(ProblemCode.INVALID_SCHEMA, (*path, *fault[0]), message)
    if path == ("parameters",) and schema.get("type") != "object":
        hint = "Begin with type: object."
        yield Finding(
            ProblemCode.INVALID_SCHEMA, path, "parameters must be a JSON Schema of an object.", hint
        )


def _unknown_keywords(path: Path, schema: Any) -> Iterator[Finding]:
    for where, part in subschemas(schema, path):
        for name in part if isinstance(part, dict) else ():
            if name not in KEYWORDS:
                message = f"{name} is not a keyword of JSON Schema (Draft 2020-12)."
                yield Finding(ProblemCode.INVALID_SCHEMA, (*where, name), message, "Correct or remove it.")


def _form(template: TaskTemplate) -> Iterator[Finding]:
    if template.recipe is None:
        return
    for name, spec in declared_parameters(template).items():
        if not (isinstance(spec, dict) and spec.get("title")):
            path = ("parameters", "properties", name)
            message = f"The start form has no title for {name}."
            yield Finding(ProblemCode.MISSING_PARAMETER_TITLE, path, message, "Add title: ...")


def _conditions(template: TaskTemplate, declared: dict[str, Any]) -> Iterator[Finding]:
    for number, task in enumerate(template.tasks):
        if task.when is None:
            continue
        path: Path = ("tasks", number, "when")
        faults = list(_schema_faults(path, task.when))
        yield from faults
        if not faults:
            yield from (
                _undeclared(where, name, declared)
                for where, name in _named(path, task.when)
                if name not in declared
            )


def _named(path: Path, schema: Any) -> Iterator[tuple[Path, str]]:
    """Yield the parameters that a condition names, wherever it combines schemas."""
    if not isinstance(schema, dict):
        return
    yield from (((*path, "properties", name), name) for name in schema.get("properties", {}))
    yield from (((*path, "required", index), name) for index, name in enumerate(schema.get("required", [])))
    for keyword in ("allOf", "anyOf", "oneOf"):
        for index, inner in enumerate(schema.get(keyword, [])):
            yield from _named((*path, keyword, index), inner)
    for keyword in ("not", "if", "then", "else"):
        yield from _named((*path, keyword), schema.get(keyword))


def _date_parameters(template: TaskTemplate, declared: dict[str, Any]) -> Iterator[Finding]:
    for number, task in enumerate(template.tasks):
        name = task.due.parameter if task.due else None
        path: Path = ("tasks", number, "due", "from")
        if name is None:
            continue
        if name not in declared:
            yield _undeclared(path, name, declared)
        elif not (isinstance(declared[name], dict) and declared[name].get("format") in {"date", "date-time"}):
            message = f"A due date is counted from the parameter {name}, which is not a date."
            hint = f"Declare {name} as {{type: string, format: date}}."
            yield Finding(ProblemCode.INVALID_VALUE, path, message, hint)


def _placeholders(path: Path, text: str, declared: dict[str, Any]) -> Iterator[Finding]:
    for name in placeholders(text):
        if not is_name(name):
            message = f"{{{{ {name} }}}} is not a plain parameter name."
            yield Finding(ProblemCode.INVALID_PLACEHOLDER, path, message, "Only {{ name }} is replaced.")
        elif name not in declared:
            yield _undeclared(path, name, declared)


def unreplaced(path: Path, text: str) -> Iterator[Finding]:
    """Yield the placeholders of a text in which nothing is replaced."""
    for name in placeholders(text):
        message = f"{{{{ {name} }}}} is not replaced here; this is the same in every bundle."
        yield Finding(ProblemCode.INVALID_PLACEHOLDER, path, message, _WHERE_REPLACED)


def texts(path: Path, value: Any) -> Iterator[tuple[Path, str]]:
    """Yield every text in JSON data, with its place."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from texts((*path, key), inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from texts((*path, number), inner)


def _undeclared(path: Path, name: str, declared: dict[str, Any]) -> Finding:
    known = f"Declared: {', '.join(declared)}." if declared else "The template declares no parameters."
    return Finding(ProblemCode.UNDECLARED_PARAMETER, path, f"{name} is not a declared parameter.", known)
