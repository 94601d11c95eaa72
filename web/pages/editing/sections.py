"""Which fields of a template stand together; one that is new to the format joins the last of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.proposals.overriding import REASON
from web.pages.editing import shapes
from web.pages.editing.shapes import Shape

#: In front of a task's ref.
TASK = "task."
GENERAL = "general"


@dataclass(frozen=True)
class Part:
    """Fields under one heading."""

    key: str
    title: str
    fields: tuple[Shape, ...]


@dataclass(frozen=True)
class Section:
    """What is open at a time: a part of the template, or one of its tasks."""

    key: str
    title: str
    parts: tuple[Part, ...]

    @property
    def fields(self) -> list[Shape]:
        """All its fields, in the order of the page."""
        return [shape for part in self.parts for shape in part.fields]


_TEMPLATE = (
    (
        GENERAL,
        "What it is",
        (
            "name", "icon", "description", "when_to_use", "owner", "status", "tags", "bundle_title",
            "task_type", "default_assignee", "calendar",
        ),
    ),
    ("parameters", "What is asked at the start", ("parameters",)),
    ("phases", "Phases and links", ("phases", "links")),
    ("starting", "How bundles begin", ("trigger", "recipe", "portal_service_item_id")),
    ("reading", "What to read and to follow", ("rules", "references", "sops", "source_doc_ids")),
    ("judging", "Approval and reminders", ("approval", "reminders")),
    ("settings", "Settings and tools", ("config", "tools", "on_change")),
)  # fmt: skip
_OF_TASK = (
    ("what", "What", ("title", "description", "task_type", "phase")),
    ("when", "When", ("due", "depends_on", "when", "milestone")),
    ("who", "Who", ("assignee", "priority", "urgency", "planned_minutes")),
    ("steps", "Steps", ("steps", "ordered_steps")),
    ("deliverables", "What is handed over", ("deliverables",)),
    ("proof", "Proof and approval", ("proof", "approval", "fills_link", "needs_links", "validation")),
    (
        "guidance",
        "Instructions",
        ("instruction_doc_id", "instruction_step_id", "instructions_url", "rules", "systems"),
    ),
    (
        "more",
        "More",
        ("reminders", "icon", "tags", "stage_on_complete", "waiting", "skip", "execution", "tools", "config"),
    ),
)  # fmt: skip

#: The parts of a task that few open.
SELDOM = ("guidance", "more")


def of_template(*, is_override: bool) -> list[Section]:
    """Return the sections of a template but its tasks."""
    known = shapes.of_template()
    parts = list(_parts(_TEMPLATE, known))
    if is_override:
        first = parts[0]
        parts[0] = Part(first.key, first.title, (shapes.reason(), *first.fields))
    return [Section(part.key, part.title, (part,)) for part in parts]


def of_task(task: Mapping[str, Any]) -> Section:
    """Return the section of a task."""
    title = str(task.get("title") or task["ref"])
    return Section(f"{TASK}{task['ref']}", title, tuple(_parts(_OF_TASK, shapes.of_task())))


def _parts(
    wanted: tuple[tuple[str, str, tuple[str, ...]], ...], known: Mapping[str, Shape]
) -> Iterator[Part]:
    placed = {name for _, _, names in wanted for name in names}
    others = tuple(name for name in known if name not in placed)
    for place, (key, title, names) in enumerate(wanted):
        full = (*names, *others) if place == len(wanted) - 1 else names
        yield Part(key, title, tuple(known[name] for name in full))


def holder_of(section: Section, data: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what a section shows of a template's data; None where its task is not there."""
    if section.key.startswith(TASK):
        return task_of(data, section.key.removeprefix(TASK))
    names = {shape.name for shape in section.fields} | {REASON}
    return {name: value for name, value in data.items() if name in names}


def as_part(section: Section, holder: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a section holds as that part of the template."""
    return {"tasks": [holder]} if section.key.startswith(TASK) else dict(holder)


def task_of(data: Mapping[str, Any], ref: str) -> dict[str, Any] | None:
    """Return a task by its ref."""
    return next((task for task in tasks_of(data) if task["ref"] == ref), None)


def tasks_of(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the tasks, as far as they can be told apart: of several of one ref, the first."""
    found: dict[str, dict[str, Any]] = {}
    tasks = data.get("tasks")
    for task in tasks if isinstance(tasks, list) else ():
        if isinstance(task, dict) and isinstance(task.get("ref"), str):
            found.setdefault(task["ref"], task)
    return list(found.values())
