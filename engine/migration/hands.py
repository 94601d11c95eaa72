"""What a person has changed of a task since it was made, told from what its template would make; pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel

from engine.catalog import due
from engine.catalog.calendars import Calendar
from engine.catalog.models import DueRule, TaskDefinition
from engine.catalog.parameters import render
from engine.errors import BadRequestError
from engine.tasks.models import Priority, Task, TaskStatus, Urgency


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


class SeenTask(BaseModel):
    """As much of a task as is looked at; whoever has the record gives that."""

    task_id: str
    bundle_id: str
    template_task_ref: str | None
    cloned_from: str | None
    status: TaskStatus
    closed_at: datetime | None
    title: str
    description: str | None
    due_date: date | None
    deadline: datetime | None
    due_rule: dict[str, Any] | None
    assignee_role: str | None
    assigned_at: datetime | None
    unassigned_at: datetime | None
    created_at: datetime
    depends_on: list[str]
    priority: Priority
    urgency: Urgency
    planned_minutes: int | None
    tags: list[str]


#: A task, its definition, the scene; whether the task has something else than it was made with.
_Changed = Callable[[SeenTask | Task, TaskDefinition, Scene], bool]


def _title(task: SeenTask | Task, definition: TaskDefinition, scene: Scene) -> bool:
    return task.title != render(definition.title, scene.parameters)


def _description(task: SeenTask | Task, definition: TaskDefinition, scene: Scene) -> bool:
    made = render(definition.description, scene.parameters) if definition.description else None
    return task.description != made


def _due_date(task: SeenTask | Task, _definition: TaskDefinition, scene: Scene) -> bool:
    rule = DueRule.model_validate(task.due_rule) if task.due_rule else None
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
    return (day, deadline) != (task.due_date, task.deadline)


def _assignee(task: SeenTask | Task, definition: TaskDefinition, _scene: Scene) -> bool:
    since = task.assigned_at or task.unassigned_at
    role = definition.assignee.role if definition.assignee else None
    return (since is not None and since != task.created_at) or task.assignee_role != role


def _depends_on(task: SeenTask | Task, definition: TaskDefinition, scene: Scene) -> bool:
    return set(task.depends_on) != {scene.ids[ref] for ref in definition.depends_on if ref in scene.ids}


def _tags(task: SeenTask | Task, definition: TaskDefinition, scene: Scene) -> bool:
    return set(task.tags) != {*scene.tags, *definition.tags}


def _field(name: str) -> _Changed:
    return lambda task, definition, _: bool(getattr(task, name) != getattr(definition, name))


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
    task: SeenTask | Task, definition: TaskDefinition, scene: Scene, names: Collection[str] = NAMES
) -> frozenset[str]:
    """Return which of the named fields of a task are not as it was made.

    ``definition`` has what it inherits written into it (``diff.effective``).
    """
    return frozenset(name for name in _CHANGED.keys() & names if _CHANGED[name](task, definition, scene))
