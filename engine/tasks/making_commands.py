"""The commands that make a task: one that stands alone, one from a line, and one that repeats another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from engine.access import Permission
from engine.command import AnyCommand, Command, with_content
from engine.inputs import Clearable, lines
from engine.tasks import clone, create, lookup, quick
from engine.tasks.create import NewTask
from engine.tasks.inputs import OnTask
from engine.tasks.models import Priority, Task
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content


class CreateTask(NewTask):
    """A task that stands alone, made once per key."""

    #: The same key and the same request give the first task again.
    idempotency_key: Annotated[str | None, Field(max_length=200)] = None


class Clone(OnTask):
    """Repeating a task with some fields changed; what is left as it is stays the original's."""

    #: Another title for the clone.
    title: str | None = Field(default=None, max_length=500, json_schema_extra={"clearable": True})
    #: Another description; empty for none.
    description: Annotated[Clearable, Field(max_length=5000, json_schema_extra=lines(5, clearable=True))] = (
        None
    )
    #: The key or id of an employee; empty gives it to nobody.
    assignee_id: Clearable = Field(default=None, title="Who does it?")
    #: A day, as YYYY-MM-DD; empty for none.
    due_date: Clearable = None
    #: How much it matters.
    priority: Priority | None = None
    #: Another value of a field that an update may set; JSON where it is a list, an object or a constant.
    changes: dict[str, Any] = {}


_FIELDS = ("title", "description", "assignee_id", "due_date", "priority")


def _create(tx: Transaction, request: CreateTask, content: Content) -> Task:
    new = NewTask.model_validate(request.model_dump(exclude={"idempotency_key"}, exclude_unset=True))
    return create.create(tx, content, new, idempotency_key=request.idempotency_key)


def _clone(tx: Transaction, request: Clone, content: Content) -> Task:
    original = lookup.find(tx, request.task_id, revision=request.revision)
    given = {name: value for name in _FIELDS if (value := getattr(request, name)) is not None}
    changed = {name: value for name, value in given.items() if value != _shown(original, name)}
    return clone.clone(tx, content, original.task_id, {**request.changes, **changed})


def _shown(task: Task, name: str) -> str:
    """Give a field as a form shows it, so that what a form sends back unchanged is no change."""
    value = getattr(task, name)
    return "" if value is None else str(value)


COMMANDS: tuple[AnyCommand, ...] = (
    Command(
        name="task create",
        help="Make a task that stands alone.",
        input=CreateTask,
        permission=Permission.WORK_OWN,
        prepare=create.with_settings,
        run=_create,
        message=lambda task: f"Made {task.name}.",
    ),
    Command(
        name="task quick",
        help="Make a task from one line, such as: call Ana tomorrow 15:00 !high #tax @ben.",
        input=quick.QuickTask,
        permission=Permission.WORK_OWN,
        prepare=with_content,
        run=lambda tx, request, content: quick.make(tx, content, request),
        message=lambda made: made.message,
    ),
    Command(
        name="task clone",
        help="Make a pending task of the same configuration, and print it.",
        input=Clone,
        permission=Permission.WORK_OWN,
        prepare=with_content,
        run=_clone,
        message=lambda task: f"Cloned: this is #{task.task_number}, {task.status.said.strip('“”').lower()}.",
    ),
)
