"""Reads scenario files: as they are at the ref, or on disk, beside the content that they play."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from pydantic import ValidationError

from engine.asked import Asked, Shape
from engine.budgets import BYTES_OF_CONTENT_FILE
from engine.catalog.content import Content
from engine.catalog.findings import first
from engine.catalog.layout import Place, editor_line, scenario_at
from engine.catalog.loader import model_findings
from engine.catalog.problems import Problem, ProblemCode, problem
from engine.catalog.scenarios import ScenarioFile
from engine.catalog.schemas import explained, schema_of_model, text_of
from engine.catalog.yaml_reader import YamlDocument, decode, read_yaml
from engine.scenarios import checking
from engine.scenarios.verbs import FINISH, verbs

SCHEMA = "content/schemas/scenario.schema.json"
_TYPES = {Shape.YES_NO: "boolean", Shape.NUMBER: "integer", Shape.LIST: "array", Shape.MAPPING: "object"}


@dataclass(frozen=True)
class Script:
    """One scenario file, as far as it could be understood."""

    path: str
    place: Place
    document: YamlDocument
    #: None where it cannot be read; nothing of it is played then.
    item: ScenarioFile | None
    problems: tuple[Problem, ...]

    @property
    def key(self) -> str:
        """The key of the template that it plays."""
        return self.place.name

    @property
    def is_playable(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.item is not None and not any(found.is_error for found in self.problems)


def read_all(content: Content) -> list[Script]:
    """Return the scenario files beside the content of a revision, in the order of their paths, checked.

    A file that cannot be used has its problems, and keeps no template from being used.

    Raises:
        UnavailableError: the repository or the folder cannot be read.
    """
    if content.source is None or content.revision is None:
        return []
    blobs = content.source.scenarios(content.revision)
    readable = [blob for blob in blobs.values() if blob.is_regular and blob.size <= BYTES_OF_CONTENT_FILE]
    raw = content.source.read(readable)
    return [
        read_one(path, raw[blob.blob_id], content) if blob in readable else _unreadable(path)
        for path, blob in sorted(blobs.items())
    ]


def problems_of(content: Content) -> list[Problem]:
    """Return what is wrong with the scenario files beside the content, as the content check prints it."""
    return [found for script in read_all(content) for found in script.problems]


def read_one(path: str, raw: bytes, content: Content) -> Script:
    """Return one scenario file, held against the content; never raises for a bad one."""
    place = scenario_at(path) or Place("misplaced", path)
    if place.kind == "misplaced":
        hint = "It stands in task_templates, beside the template or the override that it plays."
        found = problem(ProblemCode.MISPLACED_FILE, path, message="No scenario is read from here.", hint=hint)
        return Script(path, place, YamlDocument(path), None, (found,))
    document = read_yaml(raw, path)
    findings = [] if document.problems else explained(_validator(), document.data)
    item = None
    if not document.problems and not findings:
        try:
            item = ScenarioFile.model_validate(document.data)
        except ValidationError as error:
            findings = first(model_findings(error))
    if item is not None:
        findings = first(checking.findings(place, item, content))
    problems = [*document.problems, *(finding.placed_in(document) for finding in findings)]
    return Script(path, place, document, item, (*problems, *_without_editor_line(path, raw)))


def _unreadable(path: str) -> Script:
    message = f"This is no plain file of at most {BYTES_OF_CONTENT_FILE} bytes."
    found = problem(ProblemCode.UNREADABLE_FILE, path, message=message, hint="Put the file itself here.")
    return Script(path, Place("misplaced", path), YamlDocument(path), None, (found,))


def _without_editor_line(path: str, raw: bytes) -> Iterable[Problem]:
    text, expected = decode(raw, path), editor_line(path, "scenario")
    if not isinstance(text, Problem) and text.split("\n", 1)[0].rstrip() != expected:
        hint = f"Begin the file with `{expected}`, or run `workbench content check --fix`."
        message = "Editors cannot complete and check this file."
        yield problem(ProblemCode.MISSING_EDITOR_LINE, path, message=message, hint=hint)


# -- the schema --------------------------------------------------------------------------------


@cache
def _validator() -> Draft202012Validator:
    """Return what checks the shape; of a step's own words ``checking`` knows more than a schema."""
    return Draft202012Validator(schema_of_model(ScenarioFile))


def schema_text() -> str:
    """Give the text of the committed schema file: the format, with all verbs and what they ask for."""
    schema = json.loads(text_of(schema_of_model(ScenarioFile)))
    step = schema["$defs"]["Step"]
    step["additionalProperties"] = False
    for verb in verbs().values():
        for asked in verb.fields.values():
            step["properties"].setdefault(asked.name, _described(asked))
    for verb in verbs().values():  # a few verbs are called like a field
        step["properties"][verb.name] = {"description": verb.command.help}
    step["properties"][FINISH] = {
        "description": "Do all that tasks owe, and complete them or ask for their approval.",
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
    }
    return text_of(schema)


def write_schema(folder: Path) -> None:
    """Write the schema below the folder that holds ``content/``."""
    (folder / SCHEMA).write_text(schema_text(), encoding="utf-8")


def _described(asked: Asked) -> Mapping[str, Any]:
    described: dict[str, Any] = {"description": asked.help}
    if asked.choices:
        return described | {"enum": list(asked.choices)}
    return described | ({"type": _TYPES[asked.shape]} if asked.shape in _TYPES else {})
