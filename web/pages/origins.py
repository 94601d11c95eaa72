"""Where a bundle comes from: each step, due rule and field with its file, line, commit and people (D2)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.bundles import adoption, blame
from engine.bundles.blame import Part
from engine.bundles.models import Bundle
from engine.catalog.blame import SetBy
from engine.catalog.catalog import Content
from engine.catalog.due_words import due_words
from engine.catalog.models import DueRule, TaskDefinition, TaskTemplate
from engine.catalog.parameters import render
from engine.catalog.parts import NAME_PATTERN
from engine.catalog.resolved import ResolvedTemplate
from engine.tasks import visibility
from engine.tasks.models import Task
from engine.transaction import Transaction
from web.format import words

#: What an entry of a list is called.
_ENTRIES = {
    "steps": "Step",
    "proof": "Proof",
    "deliverables": "Deliverable",
    "links": "Link",
    "phases": "Phase",
    "tools": "Tool",
}
#: The text of an entry, by the list it is in.
_TEXTS = {"steps": "title", "proof": "label", "links": "name", "phases": "name", "tools": "tool"}
_FIRST = ("title", "due", "steps", "proof", "deliverables")
_LONGEST = 160
#: What only the files call by this name.
_KEY = re.compile(NAME_PATTERN)
_TYPE = "type/"


@dataclass(frozen=True)
class OriginRow:
    """One part, in words."""

    part: Part
    label: str
    said: str

    @property
    def set_by(self) -> SetBy | None:
        """The commit that set it."""
        return self.part.set_by


@dataclass(frozen=True)
class OriginGroup:
    """Parts that stand together under a heading."""

    key: str
    title: str
    rows: Sequence[OriginRow]


@dataclass(frozen=True)
class TaskLine:
    """A task of the template, which has a page of its own for its parts."""

    ref: str
    title: str
    #: The newest commit of all that is said of it.
    newest: SetBy | None


@dataclass(frozen=True, kw_only=True)
class OriginsPage:
    """The parts of a bundle, or of one of its tasks."""

    bundle: Bundle
    resolved: ResolvedTemplate
    #: The template as it is now, where that is another.
    newer: ResolvedTemplate | None
    groups: Sequence[OriginGroup]
    #: The tasks of the template; none where one task is shown.
    tasks: Sequence[TaskLine]
    #: The one that is shown; None for the whole bundle.
    task: TaskLine | None
    #: The tasks of the bundle that were made from it, as far as the reader sees them.
    made: Sequence[Task]


def load(tx: Transaction, content: Content, bundle_id: str, task: str | None) -> OriginsPage:
    """Return the page of a bundle, or of the task that a ref in the template names.

    Raises:
        ForbiddenError: the actor may not read templates.
        NotFoundError: no such bundle or task that the actor may see.
    """
    resolved, parts = blame.blame(tx, bundle_id, task)
    bundle = tx.get(Bundle, bundle_id)
    lines = [] if task else [_line(resolved, bundle, one, parts) for one in resolved.template.tasks]
    shown = next((one for one in resolved.template.tasks if parts and one.ref == parts[0].task), None)
    made = (
        [one for one in tx.find(Task, bundle_id=bundle_id) if one.template_task_ref == shown.ref]
        if shown
        else []
    )
    return OriginsPage(
        bundle=bundle,
        resolved=resolved,
        newer=adoption.newest(tx, content, bundle),
        groups=_groups(resolved, shown, [part for part in parts if task or part.task is None]),
        tasks=lines,
        task=_line(resolved, bundle, shown, parts) if shown else None,
        made=[one for one in made if one.task_id in visibility.seen_among(tx, made)],
    )


def _line(
    resolved: ResolvedTemplate, bundle: Bundle, task: TaskDefinition, parts: Sequence[Part]
) -> TaskLine:
    found = (part.set_by for part in parts if part.task == task.ref and part.set_by is not None)
    return TaskLine(task.ref, render(task.title, bundle.parameters), resolved.blame.newest(found))


def _groups(
    resolved: ResolvedTemplate, task: TaskDefinition | None, parts: Sequence[Part]
) -> list[OriginGroup]:
    own = sorted((part for part in parts if not part.field.startswith(_TYPE)), key=_asked_place)
    of_type = [part for part in parts if part.field.startswith(_TYPE)]
    title = "What the template says of it" if task else "What the template says of the whole bundle"
    groups = [OriginGroup("own", title, [_row(resolved.template, task, part) for part in own])]
    if task and of_type:
        kind = resolved.task_type_of(task).name
        rows = [_row(resolved.template, task, part) for part in of_type]
        groups.append(OriginGroup("type", f"What its task type, {kind}, says", rows))
    return groups


def _asked_place(part: Part) -> int:
    """Return where a part stands: first what is asked about most, then the rest as the file has it."""
    name = part.field.partition("/")[0]
    return _FIRST.index(name) if name in _FIRST else len(_FIRST)


def _row(template: TaskTemplate, task: TaskDefinition | None, part: Part) -> OriginRow:
    name, _, entry = part.field.removeprefix(_TYPE).partition("/")
    if part.line == 0:
        return OriginRow(part, "Calendar" if name == "calendars" else "Process doc", words(entry))
    if entry and name in _ENTRIES:
        return OriginRow(part, _ENTRIES[name], _entry(name, part.value))
    if name == "due" and task is not None:
        return OriginRow(part, "Due", due_words(DueRule.model_validate(part.value), template))
    return OriginRow(part, words(name).capitalize(), _short(part.value))


def _entry(name: str, value: dict[str, Any]) -> str:
    if name == "deliverables":
        return _short(value.get("description") or words(value["type"]))
    return _short(value[_TEXTS[name]])


def _short(value: object) -> str:
    """Return a value of any shape in one line."""
    if isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, list):
        text = ("; " if any(isinstance(one, dict) for one in value) else ", ").join(map(_short, value))
    elif isinstance(value, dict):
        text = ", ".join(f"{words(name)}: {_short(one)}" for name, one in value.items() if one not in _EMPTY)
    elif isinstance(value, str):
        text = words(value) if _KEY.fullmatch(value) else value
    else:
        text = json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"


_EMPTY: tuple[object, ...] = (None, "", [], {})
