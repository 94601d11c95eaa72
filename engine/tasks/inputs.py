"""What the commands of a task are told: its moves, who does it, what is said about it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from engine.inputs import Clearable, Day, FilledText, Input, OptionalFile, OptionalWhen, Revision, lines

#: As long as a question, a reason to wait, or a reason to take something back may be.
LONGEST_WORDS = 2000
#: With room for the title of a bundle that was cancelled, in front of the reason for that.
LONGEST_REMARK = 2600
LONGEST_BODY = 10_000
#: What something is called in a list, and what kind of thing it is.
LONGEST_WORD = 100
#: What is said about a permission to run.
LONGEST_VERDICT = 1000


class OnTask(Input):
    """Which task is meant, and as it was when it was read."""

    #: Its id, its number (12) or its UUID.
    task_id: str = Field(title="Task", min_length=1)
    #: As you have read it; refused where somebody changed it since.
    revision: Revision = None


class WithReason(OnTask):
    """A move that may say why."""

    #: Why; it is kept in the timeline.
    reason: Annotated[str | None, Field(max_length=LONGEST_REMARK)] = None


class Wait(OnTask):
    """Waiting for somebody outside."""

    #: The person or thing outside that has to come first.
    waiting_for: Annotated[FilledText, Field(title="Waiting for whom or what?", max_length=LONGEST_WORDS)]
    #: A day or a moment; the default is the task's own.
    follow_up_at: OptionalWhen = Field(default=None, title="Follow up on")
    #: What others should know; it becomes a note.
    comment: Annotated[str | None, Field(max_length=LONGEST_REMARK, json_schema_extra=lines(2))] = None


class Block(OnTask):
    """An obstacle of the team's own."""

    #: Say what the team must clear.
    reason: Annotated[
        FilledText, Field(title="What is in the way?", max_length=LONGEST_REMARK, json_schema_extra=lines(2))
    ]


class Defer(WithReason):
    """Putting a task off."""

    #: Today or a later day, as YYYY-MM-DD.
    until: Day = Field(title="Put off until")


class Skip(OnTask):
    """Closing a task as not needed this time."""

    #: One of the reasons that the definition allows.
    reason: Annotated[FilledText, Field(title="Why is it not needed this time?", max_length=LONGEST_REMARK)]
    #: What others should know; it becomes a note.
    comment: Annotated[str | None, Field(max_length=LONGEST_REMARK, json_schema_extra=lines(2))] = None


class Help(OnTask):
    """A question to a manager."""

    #: A manager reads it and answers here.
    question: Annotated[
        FilledText,
        Field(title="What do you need help with?", max_length=LONGEST_WORDS, json_schema_extra=lines(3)),
    ]


class Answer(OnTask):
    """The answer to whoever asks for help."""

    #: Markdown works. Whoever asked is told, and goes on.
    body: Annotated[
        FilledText, Field(title="Your answer", max_length=LONGEST_BODY, json_schema_extra=lines(4))
    ]


class Verdict(StrEnum):
    """What a human review says about running a task."""

    APPROVE = "approve"  #: it may run: it is queued
    REJECT = "reject"  #: it must not run: it is cancelled


class Review(OnTask):
    """A permission to run, or the refusal of it."""

    #: It may run and is queued, or it must not and is cancelled for good.
    verdict: Verdict
    #: A remark along with the permission.
    notes: Annotated[str | None, Field(title="Remark", max_length=LONGEST_VERDICT)] = None
    #: Why it is refused; the task is cancelled for good.
    reason: Annotated[
        str | None,
        Field(title="Why must it not run?", max_length=LONGEST_VERDICT, json_schema_extra=lines(2)),
    ] = None


class Assign(OnTask):
    """Who does it."""

    #: The key or id of an employee; empty gives it to nobody.
    assignee: Clearable = Field(default=None, title="Who does it?")


class Remark(OnTask):
    """A note on a task."""

    #: Markdown works, and @name calls somebody.
    body: Annotated[
        FilledText, Field(title="Write a note", max_length=LONGEST_BODY, json_schema_extra=lines(3))
    ]


class EditedRemark(OnTask):
    """A better text for a note of one's own."""

    #: The note.
    task_note_id: str = Field(title="Note", min_length=1)
    #: The earlier text stays readable. Whom the new one calls first is told.
    body: Annotated[FilledText, Field(title="Text", max_length=LONGEST_BODY, json_schema_extra=lines(3))]


class Tick(OnTask):
    """A step that is done, open again, or does not apply here."""

    #: The step's ref or id.
    ref: str = Field(title="Step", min_length=1)
    #: Open the step again.
    undo: bool = False
    #: The step stays, struck out, and keeps nothing from completion.
    not_applicable: Annotated[
        FilledText | None, Field(title="Why does it not apply here?", max_length=LONGEST_REMARK)
    ] = None


class NewStep(OnTask):
    """A step that the template does not have."""

    #: What is to be done.
    title: Annotated[FilledText, Field(title="Step", max_length=500)]
    #: More about it, where the title is not enough.
    description: Annotated[str | None, Field(title="How", max_length=5000, json_schema_extra=lines(2))] = None
    #: The task can be completed only once it is done.
    required: bool = False


class DropStep(OnTask):
    """A step that was added here and is not wanted any more."""

    #: The step's ref or id.
    ref: str = Field(title="Step", min_length=1)


class DropDependency(OnTask):
    """A task that this one shall wait for no longer."""

    #: The task that is taken out of what comes before.
    other_id: str = Field(title="Other task", min_length=1)
    #: Why; needed where the other task of a bundle can still be done, which only a manager may take out.
    reason: Annotated[str | None, Field(max_length=LONGEST_REMARK)] = None


class GiveProof(OnTask):
    """Evidence: a value, a file, or the state of a record elsewhere."""

    #: Which proof, by its label or its id.
    label: str = Field(title="Proof", min_length=1)
    #: A URL, a sentence, an artifact id, or JSON for a file or an external status.
    value: str | dict[str, Any] | None = None
    #: A file to upload.
    file: OptionalFile = Field(default=None, title="File")
    #: Of an external status: the system that holds the record.
    system: str | None = None
    #: Of an external status: the record's name there.
    reference: str | None = None
    #: Of an external status: what the record says of itself.
    status: str | None = None
    #: Of an external status: when that was looked at, in ISO 8601; by default now.
    checked_at: str | None = None


class AddFile(OnTask):
    """Supporting material."""

    #: The same words again make the next version of it.
    label: Annotated[FilledText, Field(title="What it is", max_length=LONGEST_WORD)]
    #: For example screenshot, report.
    type: Annotated[FilledText, Field(title="What kind", max_length=LONGEST_WORD)]
    #: The file to upload; without one nothing is added.
    file: OptionalFile = Field(default=None, title="File")


class AddLink(OnTask):
    """Supporting material that lives elsewhere."""

    #: The same words again make the next version of it.
    label: Annotated[FilledText, Field(title="What it is", max_length=LONGEST_WORD)]
    #: Only the address is kept, not what it serves.
    url: str = Field(title="Address", min_length=1, json_schema_extra={"format": "uri"})


class ApproveFile(OnTask):
    """A file that may serve as proof."""

    #: The file's id.
    artifact_id: str = Field(title="File", min_length=1)
