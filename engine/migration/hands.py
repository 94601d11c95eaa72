"""What a person has changed of a task since it was made, told from what its template would make; pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engine.catalog import due
from engine.catalog.calendars import Calendar
from engine.catalog.models import DueRule, TaskDefinition
from engine.catalog.parameters import render
from engine.errors import BadRequestError


@dataclass(frozen=True)
class Scene:
    """What a start of the bundle looked at, as far as its tasks can be held against it."""

    parameters: Mapping[str, Any]
    tags: Iterable[str]
    anchor_date: date
    started_at: datetime
    #: When tasks were completed or skipped, by ref.
    done: Mapping[str, datetime]
    #: The ids of its tasks by ref, repeats left out.
    ids: Mapping[str, str]
    calendar: Calendar | None
    zone: str


#: A task's document, its definition, the scene; whether the task has something else than it was made with.
_Changed = Callable[[Mapping[str, Any], TaskDefinition, Scene], bool]


def _title(task: Mapping[str, Any], definition: TaskDefinition, scene: Scene) -> bool:
    return bool(task["title"] != render(definition.title, scene.parameters))


def _description(task: Mapping[str, Any], definition: TaskDefinition, scene: Scene) -> bool:
    made = render(definition.description, scene.parameters) if definition.description else None
    return bool(task["description"] != made)


def _due_date(task: Mapping[str, Any], _definition: TaskDefinition, scene: Scene) -> bool:
    rule = DueRule.model_validate(task["due_rule"]) if task["due_rule"] else None
    try:
        day, deadline = due.due_date(
            rule,
            anchor=scene.anchor_date,
            bundle_start=scene.started_at,
            parameters=scene.parameters,
            completed=scene.done,
            calendar=scene.calendar,
            zone=scene.zone,
        )
    except BadRequestError:
        return True  # no start could have made it so
    has = task["deadline"] and datetime.fromisoformat(task["deadline"])
    return bool((day.isoformat() if day else None, deadline) != (task["due_date"], has))


def _assignee(task: Mapping[str, Any], definition: TaskDefinition, _scene: Scene) -> bool:
    since = task["assigned_at"] or task["unassigned_at"]
    role = definition.assignee.role if definition.assignee else None
    return bool((since is not None and since != task["created_at"]) or task["assignee_role"] != role)


def _depends_on(task: Mapping[str, Any], definition: TaskDefinition, scene: Scene) -> bool:
    return set(task["depends_on"]) != {scene.ids[ref] for ref in definition.depends_on if ref in scene.ids}


def _tags(task: Mapping[str, Any], definition: TaskDefinition, scene: Scene) -> bool:
    return set(task["tags"]) != {*scene.tags, *definition.tags}


def _field(name: str) -> _Changed:
    return lambda task, definition, _: bool(task[name] != getattr(definition, name))


#: By the names that ``on_change`` has for them.
_CHANGED: Mapping[str, _Changed] = {
    "title": _title,
    "description": _description,
    "due_date": _due_date,
    "assignee": _assignee,
    "depends_on": _depends_on,
    "priority": _field("priority"),
    "urgency": _field("urgency"),
    "planned_minutes": _field("planned_minutes"),
    "tags": _tags,
}
#: All that can be seen to be changed by hand.
NAMES = frozenset(_CHANGED)


def by_hand(
    task: Mapping[str, Any], definition: TaskDefinition, scene: Scene, names: Collection[str] = NAMES
) -> frozenset[str]:
    """Return which of the named fields of a task, given as its stored document, are not as it was made.

    ``definition`` has what it inherits written into it (``diff.effective``).
    """
    return frozenset(name for name in _CHANGED.keys() & names if _CHANGED[name](task, definition, scene))
