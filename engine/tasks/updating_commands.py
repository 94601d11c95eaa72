"""The command that changes the fields of a task where it stands (UPD-01 to UPD-24)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from engine.access import Permission
from engine.command import AnyCommand, Command, saying
from engine.errors import BadRequestError
from engine.inputs import Revision, Tags
from engine.tasks import create, lookup, update
from engine.tasks.models import Task
from engine.tasks.update import Changes
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content


class UpdateTask(Changes):
    """A task, and the fields to change; what is not given stays, and null is a value (UPD-03)."""

    #: Its id, its number (12) or its UUID.
    task_id: str = Field(title="Task", min_length=1)
    #: As you have read it; refused where somebody changed it since.
    revision: Revision = None
    #: A word to add to those that it is found by.
    tag: Annotated[Tags, Field(title="Add a tag")] = []
    #: A word to take out of them.
    untag: Annotated[Tags, Field(title="Take out a tag")] = []


def _update(tx: Transaction, request: UpdateTask, content: Content) -> Task:
    """Change what is given.

    Raises:
        BadRequestError: nothing is given.
        WorkbenchError: as ``update.update``.
    """
    given: dict[str, Any] = {
        name: getattr(request, name) for name in request.model_fields_set & Changes.model_fields.keys()
    }
    task = lookup.find(tx, request.task_id)
    if request.tag or request.untag:
        tags = dict.fromkeys([*given.get("tags", task.tags), *request.tag])
        given["tags"] = [tag for tag in tags if tag not in request.untag]
    if not given.keys() - {"reason"}:
        raise BadRequestError(f"Nothing of {task.name} is to be changed. Say which field, and its new value.")
    return update.update(tx, content, task.task_id, given, revision=request.revision)


COMMANDS: tuple[AnyCommand, ...] = (
    Command(
        name="task update",
        help="Change fields of a task; what is not named stays as it is.",
        input=UpdateTask,
        permission=Permission.WORK_OWN,
        prepare=create.with_settings,
        run=_update,
        message=saying("Changed."),
    ),
)
