"""What belongs to a task: its steps, proof and notes. What it hands over is in ``versions``."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from pydantic import Field

from engine.record import Moment, Record, RecordSpec, Revised
from engine.tasks.vocabulary import ItemSource, NoteKind, ProofKind


class Step(Revised):
    """A checklist item of a task."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="task_steps",
        key=("task_step_id",),
        prefix="stp",
        promoted=("workspace_id", "task_id", "position", "is_completed"),
        indexes=(("task_id", "position", "is_completed"),),
        references={"workspace_id": "workspaces", "task_id": "tasks", "completed_by": "users"},
    )

    task_step_id: str
    workspace_id: str
    task_id: str
    #: The definition's ref; unique within the task.
    ref: str
    position: int
    title: str
    description: str | None = None
    required: bool = True
    source: ItemSource = ItemSource.TEMPLATE
    is_completed: bool = False
    completed_at: Moment | None = None
    completed_by: str | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1


class Proof(Revised):
    """Evidence that a task needs before it can be completed; empty until given."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="task_proofs",
        key=("task_proof_id",),
        prefix="prf",
        promoted=("workspace_id", "task_id", "position", "is_missing"),
        indexes=(("task_id", "position", "is_missing"),),
        references={
            "workspace_id": "workspaces",
            "task_id": "tasks",
            "artifact_id": "artifacts",
            "given_by": "users",
        },
    )

    task_proof_id: str
    workspace_id: str
    task_id: str
    position: int
    kind: ProofKind
    #: What is asked for; unique within the task.
    label: str
    required: bool = True
    source: ItemSource = ItemSource.TEMPLATE
    #: The URL, the sentence, or the name of the file.
    value: str | None = None
    #: Facts of a file (`file_name`, `size_bytes`, `content_type`, `sha256`) or of an
    #: external status (`system`, `reference`, `status`, `checked_at`).
    facts: dict[str, Any] | None = None
    artifact_id: str | None = None
    given_at: Moment | None = None
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
    """A dated remark on a task; never edited (TSK-31)."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="task_notes",
        key=("task_note_id",),
        prefix="nte",
        promoted=("workspace_id", "task_id", "created_at", "has_mentions", "mention_list"),
        indexes=(
            ("task_id", "created_at"),
            ("workspace_id", "has_mentions", "created_at", "mention_list", "task_id"),
        ),
        references={
            "workspace_id": "workspaces",
            "task_id": "tasks",
            "mentions": "employees",
            "created_by": "users",
        },
    )

    task_note_id: str
    workspace_id: str
    task_id: str
    kind: NoteKind = NoteKind.NOTE
    body: str = Field(min_length=1, max_length=10_000)
    #: The employees it calls by `@key`, or whom the engine tells of something.
    mentions: list[str] = []
    created_by: str
    created_at: Moment

    @property
    def has_mentions(self) -> bool:
        """Whether it calls anybody, for their inbox."""
        return bool(self.mentions)

    @property
    def mention_list(self) -> str | None:
        """The employees it calls as JSON, for the question whom it calls; None where it calls nobody."""
        return json.dumps(self.mentions) if self.mentions else None
