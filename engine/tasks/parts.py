"""What belongs to a task: its steps, proof and notes. What it hands over is in ``versions``."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from pydantic import Field

from engine.record import Moment, Record, RecordSpec, Revised
from engine.tasks import found_by
from engine.tasks.vocabulary import CHANGE_ASKED_FOR, ItemSource, NoteKind, ProofKind


class Step(Revised):
    """A checklist item of a task."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="task_steps",
        key=("task_step_id",),
        prefix="stp",
        promoted=("workspace_id", "task_id", "position", "is_completed", "is_left_out"),
        indexes=(("task_id", "position", "is_completed", "is_left_out"),),
        tells=found_by.of_step,
        references={
            "workspace_id": "workspaces",
            "task_id": "tasks",
            "completed_by": "users",
            "left_out_by": "users",
        },
    )

    #: The step's id: `stp_`, then 26 digits and capitals that sort by the time of making.
    task_step_id: str
    workspace_id: str
    #: The task whose checklist it is on.
    task_id: str
    #: The step's name in the template, unique within the task.
    ref: str
    #: Its place in the checklist, from 1.
    position: int
    #: What is to be done, in a line.
    title: str
    #: More about it. Null where nothing more is said.
    description: str | None = None
    #: Whether the task can be completed only once it is ticked or left out.
    required: bool = True
    #: Whether it was planned.
    source: ItemSource = ItemSource.TEMPLATE
    #: Whether it is ticked.
    is_completed: bool = False
    #: When it was ticked. Null while it is open.
    completed_at: Moment | None = None
    #: The user who ticked it. Null while it is open.
    completed_by: str | None = None
    #: Why it does not apply here. Null where it does, and of a step added here that was taken back.
    left_out_reason: str | None = None
    #: When it was said not to apply here, or was taken back. Null while it is to be done.
    left_out_at: Moment | None = None
    #: The user who said so. Null while it is to be done.
    left_out_by: str | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1

    @property
    def is_left_out(self) -> bool:
        """Whether it is not to be done: it does not apply here, or was added here and taken back (OPQ-13)."""
        return self.left_out_at is not None

    @property
    def is_dropped(self) -> bool:
        """Whether it was added here and taken back; only the story still shows it."""
        return self.is_left_out and self.left_out_reason is None

    @property
    def may_be_dropped(self) -> bool:
        """Whether it was added here by who does the work: not planned, nor asked for by an approver."""
        return self.source is ItemSource.AD_HOC and not self.title.startswith(CHANGE_ASKED_FOR)

    @property
    def is_open(self) -> bool:
        """Whether it keeps the task from completion."""
        return self.required and not self.is_completed and not self.is_left_out


class Proof(Revised):
    """Evidence that a task needs before it can be completed; empty until given."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="task_proofs",
        key=("task_proof_id",),
        prefix="prf",
        promoted=("workspace_id", "task_id", "position", "is_missing"),
        indexes=(("task_id", "position", "is_missing"),),
        tells=found_by.of_proof,
        references={
            "workspace_id": "workspaces",
            "task_id": "tasks",
            "artifact_id": "artifacts",
            "given_by": "users",
        },
    )

    #: The id of the piece of evidence: `prf_`, then 26 digits and capitals that sort by the time of
    #: making.
    task_proof_id: str
    workspace_id: str
    #: The task that needs it.
    task_id: str
    #: Its place among the evidence of the task, from 1.
    position: int
    #: What counts as evidence here.
    kind: ProofKind
    #: What is asked for, in words; unique within the task.
    label: str
    #: Whether the task can be completed only once it is given.
    required: bool = True
    #: Whether it was planned.
    source: ItemSource = ItemSource.TEMPLATE
    #: The address, the sentence, or the name of the file. Null until it is given.
    value: str | None = None
    #: Facts of a file (`file_name`, `size_bytes`, `content_type`, `sha256`) or of an external status
    #: (`system`, `reference`, `status`, `checked_at`). Null for other kinds, and until it is given.
    facts: dict[str, Any] | None = None
    #: The stored file or material that is the evidence. Null for other kinds, and until it is given.
    artifact_id: str | None = None
    #: When the evidence was given last. Null until then.
    given_at: Moment | None = None
    #: The user who gave it. Null until then.
    given_by: str | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1

    @property
    def is_given(self) -> bool:
        """Whether the evidence is there."""
        return self.given_at is not None

    @property
    def is_missing(self) -> bool:
        """Required and not given."""
        return self.required and not self.is_given


class Note(Record):
    """A dated remark on a task; its author may add a better text, and each earlier one stays (TSK-31)."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="task_notes",
        key=("task_note_id",),
        prefix="nte",
        promoted=("workspace_id", "task_id", "created_at", "has_mentions", "mention_list"),
        indexes=(
            ("task_id", "created_at"),
            ("workspace_id", "has_mentions", "created_at", "mention_list", "task_id"),
        ),
        tells=found_by.of_note,
        references={
            "workspace_id": "workspaces",
            "task_id": "tasks",
            "mentions": "employees",
            "user_mentions": "users",
            "created_by": "users",
        },
    )

    #: The note's id: `nte_`, then 26 digits and capitals that sort by the time of making.
    task_note_id: str
    workspace_id: str
    #: The task that it is about.
    task_id: str
    #: What the note is for: questions to a manager are `help_request`, answers `help_answer`.
    kind: NoteKind = NoteKind.NOTE
    #: What it says, in Markdown.
    body: str = Field(min_length=1, max_length=10_000)
    #: The employees whom it calls, by @key, or whom the engine tells of something.
    mentions: list[str] = []
    #: The users who are no employee and whom it calls, by @ and the beginning of their e-mail.
    user_mentions: list[str] = []
    #: The user who wrote it, or whose act made the engine write it.
    created_by: str
    #: When it was written; it never changes.
    created_at: Moment
    #: When its author wrote the present text. Null where that is the first.
    edited_at: Moment | None = None
    #: The texts that it had before, oldest first. Null where the present one is the first.
    earlier_bodies: list[str] | None = None

    @property
    def has_mentions(self) -> bool:
        """Whether it calls anybody, for their inbox."""
        return bool(self.mentions or self.user_mentions)

    @property
    def mention_list(self) -> str | None:
        """Whom it calls as JSON, for the question whom it calls; None where it calls nobody."""
        return json.dumps([*self.mentions, *self.user_mentions]) if self.has_mentions else None
