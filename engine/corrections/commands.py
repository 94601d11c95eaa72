"""The commands that take back what was done."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from engine.access import Permission
from engine.command import AnyCommand, Command, command, with_content
from engine.corrections import correct, rework, undo
from engine.inputs import FilledText, Input, OptionalDay, lines
from engine.tasks.inputs import LONGEST_REMARK, LONGEST_WORDS, OnTask


class OnAct(Input):
    """Which act is meant."""

    #: The id of what was done, as it was told after it.
    act_id: str = Field(title="Act", min_length=1)


class Rework(OnTask):
    """Closed work that is done again."""

    #: The first note of the new task.
    reason: Annotated[
        FilledText,
        Field(
            title="Why again, and what is to change?", max_length=LONGEST_WORDS, json_schema_extra=lines(3)
        ),
    ]
    #: As YYYY-MM-DD, empty for none. Left out: the day of the closed task, in a week where that is past.
    due_date: OptionalDay = Field(default=None, json_schema_extra={"clearable": True})


class Correct(OnTask):
    """A task that was closed by mistake."""

    #: What the mistake was; it is kept in the timeline.
    reason: Annotated[
        FilledText,
        Field(title="What was the mistake?", max_length=LONGEST_REMARK, json_schema_extra=lines(2)),
    ]


COMMANDS: tuple[AnyCommand, ...] = (
    command(
        "act undo",
        "Undo what you have just done, within a minute.",
        input=OnAct,
        permission=Permission.WORK_OWN,
        run=lambda tx, request: undo.undo(tx, request.act_id),
        message=lambda undone: undone.message,
    ),
    command(
        "task correct",
        "Open a task again that was closed by mistake, and take back what that had set in motion.",
        input=Correct,
        permission=Permission.WORK_OWN,
        run=lambda tx, request: (
            correct.correct(tx, request.task_id, request.reason, revision=request.revision).task
        ),
        message=lambda task: f"Corrected: {task.name} is {task.status.said} again.",
    ),
    Command(
        name="task rework",
        help="Do the work of a closed task again, in a new task that is linked to it.",
        input=Rework,
        permission=Permission.WORK_OWN,
        prepare=with_content,
        run=lambda tx, request, content: rework.rework(
            tx,
            content,
            request.task_id,
            request.reason,
            request.model_dump(include={"due_date"}, exclude_unset=True),
            revision=request.revision,
        ),
        message=lambda task: f"This is the rework, #{task.task_number}.",
    ),
)
