"""What can be judged about one file alone, beyond its schema."""

from __future__ import annotations

from collections.abc import Iterator

from engine.catalog.check_parameters import texts, unreplaced
from engine.catalog.check_reminders import reminder_findings
from engine.catalog.check_template import repeated, template_findings
from engine.catalog.findings import Finding, duplicates
from engine.catalog.json_schemas import schema_fault
from engine.catalog.layout import Place
from engine.catalog.models import Calendar, ProcessDoc, TaskTemplate, TaskType
from engine.catalog.overrides import Override
from engine.catalog.parts import ContentModel
from engine.catalog.problems import ProblemCode
from engine.catalog.reminder_rules import WorkspaceReminders
from engine.catalog.yaml_reader import YamlDocument


def file_findings(place: Place, item: ContentModel, document: YamlDocument) -> Iterator[Finding]:
    """Yield what is wrong with a file that fits its schema, without looking at any other file."""
    yield from _name_findings(place, item)
    yield from _kind_findings(item)
    yield from _cut_texts(document)


def _cut_texts(document: YamlDocument) -> Iterator[Finding]:
    """Yield a warning for each text that a comma inside brackets seems to cut in two."""
    for path in document.rests:
        rest = path[-1]
        if isinstance(rest, int):
            holder = document.data
            for step in path[:-1]:
                holder = holder[step]
            rest = holder[rest]
        message = f"A comma stands before “{rest}”, which seems to be the rest of the text before it."
        hint = "Put the whole text in quotes; if these are two, put the second in quotes."
        yield Finding(ProblemCode.CUT_TEXT, path, message, hint)


def _kind_findings(item: ContentModel) -> Iterator[Finding]:
    if isinstance(item, TaskTemplate):
        yield from template_findings(item)
    elif isinstance(item, Override):
        yield from repeated(item)
    elif isinstance(item, WorkspaceReminders):
        yield from reminder_findings(("reminders",), item.reminders)
    elif isinstance(item, TaskType):
        yield from reminder_findings(("reminders",), item.reminders)
        if fault := schema_fault(item.config_schema):
            message = f"config_schema is not a JSON Schema: {fault[1]}."
            yield Finding(ProblemCode.INVALID_SCHEMA, ("config_schema", *fault[0]), message)
        yield from duplicates(
            ("deliverables",), "ref", [deliverable.ref for deliverable in item.deliverables]
        )
        yield from duplicates(("tools",), "tool", [use.tool for use in item.tools])
        # The words of a worklog have placeholders of their own, which their fields know.
        for path, text in texts((), item.model_dump(mode="json", exclude={"config_schema", "worklog"})):
            yield from unreplaced(path, text)


def _name_findings(place: Place, item: ContentModel) -> Iterator[Finding]:
    code = ProblemCode.NAME_MISMATCH
    if isinstance(item, Override):
        if item.overrides != place.name:
            hint = f"Rename the file to {item.overrides}.yaml, or correct the field."
            yield Finding(
                code, ("overrides",), f"The file {place.name}.yaml overrides {item.overrides}.", hint
            )
        if (item.level, item.scope_key) != (place.level, place.scope_key):
            message = (
                f"The folder says {place.level} {place.scope_key}, "
                f"the file says {item.level} {item.scope_key}."
            )
            yield Finding(code, (item.level,), message, "Move the file, or correct the field.")
    elif isinstance(item, ProcessDoc):
        if item.id != place.name:
            hint = f"Rename the file to {item.id}.md, or correct the id."
            yield Finding(code, ("id",), f"The file {place.name}.md has the id {item.id}.", hint)
    elif isinstance(item, (TaskTemplate, TaskType, Calendar, WorkspaceReminders)) and item.key != place.name:
        hint = f"Rename the file to {item.key}.yaml, or correct the key."
        yield Finding(code, ("key",), f"The file {place.name}.yaml has the key {item.key}.", hint)
