"""What each field of the content format asks for, from its JSON Schema; a new field appears by itself."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from typing import Any

from engine.catalog.schemas import schema_of

Schema = Mapping[str, Any]


class Control(StrEnum):
    """How a field is asked for."""

    LINE = "line"  #: a text in one line
    AREA = "area"  #: a text in several lines
    NUMBER = "number"  #: a number
    CHOICE = "choice"  #: one of a few
    YES_NO = "yes_no"  #: true or false
    LINES = "lines"  #: a list of texts, one per line
    PICKS = "picks"  #: several of those that are there
    RECORD = "record"  #: a few fields together
    ROWS = "rows"  #: a list of such
    YAML = "yaml"  #: anything else, as it stands in the file
    DUE = "due"  #: when a task is due
    WHEN = "when"  #: for which parameters a task is made
    ASSIGNEE = "assignee"  #: who does it
    PARAMETERS = "parameters"  #: what is asked at the start


@dataclass(frozen=True)
class Shape:
    """One field as a form asks for it."""

    name: str
    label: str
    help: str
    control: Control
    required: bool = False
    #: What holds where nothing is said.
    default: Any = None
    #: The values of a choice.
    choices: tuple[Any, ...] = ()
    #: The fields of a record, or of a row.
    parts: tuple[Shape, ...] = ()
    #: Limits, as attributes of the input.
    limits: Mapping[str, Any] = field(default_factory=dict, hash=False)


#: Texts that have several lines.
_LONG = frozenset({"description", "when_to_use", "notes", "note", "reason", "text"})
_SPECIAL: Mapping[str, Control] = {
    "assignee": Control.ASSIGNEE,
    "default_assignee": Control.ASSIGNEE,
    "due": Control.DUE,
    "when": Control.WHEN,
    "parameters": Control.PARAMETERS,
    "depends_on": Control.PICKS,
    "needs_links": Control.PICKS,
}
#: Names that the format gives for programs -> what people call it.
_LABELS = {
    "bundle_title": "Title of a bundle",
    "calendar": "Calendar",
    "config": "Settings of the work",
    "depends_on": "Comes after",
    "doc_id": "Process doc",
    "due": "When it is due",
    "fills_link": "Fills the link",
    "for": "Waits for",
    "instruction_doc_id": "Process doc",
    "instruction_step_id": "Step of that doc",
    "instructions_url": "Address of older instructions",
    "links": "Links to fill",
    "meta_schema": "Fields recorded with each version",
    "needs_links": "Needs the links",
    "on_change": "What a newer template does to running work",
    "parameters": "Parameters",
    "planned_minutes": "Planned minutes",
    "portal_service_item_id": "Service item of the Portal",
    "required": "Required",
    "skip": "Skipping",
    "sources": "Whose decisions, in their order",
    "source_doc_ids": "Process docs behind it",
    "sops": "Standard operating procedures",
    "stage_on_complete": "Moves the bundle to the stage",
    "step_ref": "Of the step",
    "systems": "Systems",
    "task_type": "Task type",
    "validation": "What makes the result right",
    "visible_in_portal": "The partner sees it",
    "when": "Made only when",
}
#: What the format explains to whoever writes YAML -> what a form says.
_HELP = {
    "approval": "Whether the result needs a decision; here before what the template and the type say.",
    "assignee": "Who does it; whoever the template names where nothing is said.",
    "auto_fetch": "The tool is run when the task is made.",
    "config": "Settings, merged over the template's and checked against the task type.",
    "depends_on": "The tasks that must be completed or skipped first.",
    "fills_link": "Completing the task fills this link of the bundle from its proof.",
    "instructions_url": "Shown only where there is no process doc.",
    "meta_schema": "What is asked for with each version, by name and kind.",
    "needs_links": "They must be filled or waived before the task can be completed.",
    "ordered_steps": "The steps are ticked in their order.",
    "parameters": "What the start form asks; titles and descriptions may name the answers.",
    "reminders": "Who is reminded, and when; what is not said here is as the template and the type have it.",
    "step_ref": "The step that produces it; the task as a whole where none is chosen.",
    "task_type": "The shape of this work; the template's where nothing is said.",
    "type": "What kind of thing it is, in a word or two.",
    "validation": "What a good result is; shown beside the task.",
}
#: Of so many values every order is offered.
_ORDERED = 2


@cache
def of_template() -> Mapping[str, Shape]:
    """Return the fields of a template by name, in the order of the format; its tasks are not among them."""
    schema = schema_of("task_template")
    found = _said_otherwise(_of(schema, schema["$defs"]))
    return {name: shape for name, shape in found.items() if name not in ("key", "tasks")}


@cache
def of_task() -> Mapping[str, Shape]:
    """Return the fields of a task by name, in the order of the format; how it is due is one field."""
    definitions = schema_of("task_template")["$defs"]
    found = _said_otherwise(_of(definitions["TaskDefinition"], definitions))
    return {name: shape for name, shape in found.items() if name not in ("ref", "offset_days")}


def reason() -> Shape:
    """Return why an override differs, which only its header has."""
    return Shape("reason", "Why it differs", "Why this partner or campaign differs.", Control.AREA)


def fitted(shape: Shape, value: Any) -> Shape:
    """Return how a value is asked for: as its field, or as YAML where the field's form could not say it."""
    return shape if value is None or _FITS[shape.control](value) else replace(shape, control=Control.YAML)


def label_of(name: str) -> str:
    """Return what people call a field."""
    return _LABELS.get(name) or name.replace("_", " ").capitalize()


def _said_otherwise(found: Mapping[str, Shape]) -> dict[str, Shape]:
    """Return fields of a template or task, those that people say another way than the file as such."""
    return {
        name: replace(shape, control=_SPECIAL[name], parts=(), choices=()) if name in _SPECIAL else shape
        for name, shape in found.items()
    }


def _of(schema: Schema, definitions: Mapping[str, Schema]) -> dict[str, Shape]:
    needed = schema.get("required", ())
    return {
        name: _shape(name, spec, definitions, is_needed=name in needed)
        for name, spec in schema.get("properties", {}).items()
    }


def _shape(name: str, spec: Schema, definitions: Mapping[str, Schema], *, is_needed: bool) -> Shape:
    flat = _flat(spec, definitions)
    control, choices, parts = _control(name, flat, definitions)
    return Shape(
        name=name,
        label=label_of(name),
        help=_HELP.get(name) or _plain(str(spec.get("description") or flat.get("description") or "")),
        control=control,
        required=is_needed,
        default=flat.get("default"),
        choices=choices,
        parts=parts,
        limits={
            html: flat[key]
            for key, html in (("minimum", "min"), ("maximum", "max"), ("maxLength", "maxlength"))
            if key in flat
        },
    )


def _plain(text: str) -> str:
    """Return an explanation as people read it: no requirement, and names of the program as words."""
    spoken = re.sub(r"\b[a-z]+(?:_[a-z0-9]+)+\b", lambda name: name[0].replace("_", " "), text)
    return re.sub(r" \([A-Z]+-\d+\)", "", spoken)


def _control(
    name: str, spec: Schema, definitions: Mapping[str, Schema]
) -> tuple[Control, tuple[Any, ...], tuple[Shape, ...]]:
    kind = spec.get("type")
    if "enum" in spec:
        return Control.CHOICE, tuple(spec["enum"]), ()
    if kind == "array":
        items = _flat(spec.get("items", {}), definitions)
        if items.get("properties"):
            return Control.ROWS, (), tuple(_of(items, definitions).values())
        if 0 < len(items.get("enum", ())) <= _ORDERED:
            return Control.CHOICE, tuple(_orders(items["enum"])), ()
        return (Control.LINES if items.get("type") == "string" else Control.YAML), (), ()
    if kind == "object" and spec.get("properties"):
        return Control.RECORD, (), tuple(_of(spec, definitions).values())
    if kind == "string":
        return (Control.AREA if name in _LONG else Control.LINE), (), ()
    simple = {"boolean": Control.YES_NO, "integer": Control.NUMBER, "number": Control.NUMBER}
    return simple.get(str(kind), Control.YAML), (), ()


def _orders(values: list[Any]) -> Iterator[list[Any]]:
    for count in range(1, len(values) + 1):
        yield from map(list, itertools.permutations(values, count))


def _flat(spec: Schema, definitions: Mapping[str, Schema]) -> dict[str, Any]:
    """Resolve references and leave ``null`` aside; of several forms of a list, the list is the one."""
    flat = dict(spec)
    options = [item for item in flat.pop("anyOf", ()) if item.get("type") != "null"]
    lists = [item for item in options if item.get("type") == "array"]
    if len(options) == 1 or lists:
        flat = {**_flat((lists or options)[0], definitions), **flat}
    if "$ref" in flat:
        target = definitions[str(flat.pop("$ref")).rpartition("/")[2]]
        flat = {**_flat(target, definitions), **flat}
    return flat


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, str) and one == one.strip() != "" and len(one.splitlines()) == 1 for one in value
    )


def _is_due(value: Any) -> bool:
    if isinstance(value, int) and not isinstance(value, bool):
        return True
    return isinstance(value, dict) and all(isinstance(one, (str, int)) for one in value.values())


def _is_assignee(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and list(value) in (["role"], ["employee"])
        and all(isinstance(one, str) for one in value.values())
    )


def _is_condition(value: Any) -> bool:
    """Whether it says that one parameter has one value."""
    if not isinstance(value, dict) or not value.keys() <= {"properties", "required"}:
        return False
    asked = value.get("properties")
    if not isinstance(asked, dict) or len(asked) != 1:
        return False
    [(name, spec)] = asked.items()
    is_plain = (
        isinstance(spec, dict) and list(spec) == ["const"] and not isinstance(spec["const"], (dict, list))
    )
    return is_plain and value.get("required", [name]) == [name]


def _is_parameters(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.get("type") == "object"
        and isinstance(value.get("required", []), list)
        and isinstance(value.get("properties", {}), dict)
        and all(isinstance(one, dict) for one in value.get("properties", {}).values())
    )


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


_FITS = {
    Control.LINE: lambda value: isinstance(value, str),
    Control.AREA: lambda value: isinstance(value, str),
    Control.NUMBER: lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    Control.CHOICE: lambda value: isinstance(value, (str, int, float, list)) and bool(json.dumps(value)),
    Control.YES_NO: lambda value: isinstance(value, bool),
    Control.LINES: _is_texts,
    Control.PICKS: _is_texts,
    Control.RECORD: lambda value: isinstance(value, dict),
    Control.ROWS: _is_rows,
    Control.YAML: lambda _: True,
    Control.DUE: _is_due,
    Control.WHEN: _is_condition,
    Control.ASSIGNEE: _is_assignee,
    Control.PARAMETERS: _is_parameters,
}
