"""What belongs to a task: its steps, proof, deliverables and notes."""

from __future__ import annotations

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


class Deliverable(Revised):
    """One version of what is handed over; a new version is a new record (DLV-05)."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="deliverables",
        key=("deliverable_id",),
        prefix="dlv",
        promoted=("workspace_id", "task_id", "type", "is_missing"),
        indexes=(("task_id",),),
        references={
            "workspace_id": "workspaces",
            "task_id": "tasks",
            "task_step_id": "task_steps",
            "previous_deliverable_id": "deliverables",
            "artifact_id": "artifacts",
            "created_by": "users",
        },
    )

    deliverable_id: str
    workspace_id: str
    task_id: str
    task_step_id: str | None = None
    #: The definition's ref; task, step and ref make the lineage of the versions (DLV-16).
    ref: str
    type: str
    description: str | None = None
    required: bool = True
    source: ItemSource = ItemSource.TEMPLATE
    version_number: int = 1
    previous_deliverable_id: str | None = None
    #: Empty until something is handed over (DLV-03).
    deliverable_url: str | None = None
    artifact_id: str | None = None
    #: Facts about the deliverable only (DLV-07), shaped by `meta_schema`.
    meta: dict[str, Any] = {}
    meta_schema: dict[str, Any] = {}
    #: `{example_url, loom_video, notes}`: a finished example and why it is good (TPL-10).
    gold_standard: dict[str, Any] | None = None
    visible_in_portal: bool = False
    #: Set at the click of a decision; the row never changes after that (DLV-12).
    frozen_at: Moment | None = None
    created_by: str
    created_at: Moment
    updated_at: Moment
    revision: int = 1

    @property
    def is_submitted(self) -> bool:
        """Whether there is something to look at."""
        return bool(self.deliverable_url or self.artifact_id)

    @property
    def is_missing(self) -> bool:
        """Required and not there yet."""
        return self.required and not self.is_submitted

    @property
    def is_frozen(self) -> bool:
        """Whether it was judged."""
        return self.frozen_at is not None


class Note(Record):
    """A dated remark on a task; never edited (TSK-31)."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="task_notes",
        key=("task_note_id",),
        prefix="nte",
        promoted=("workspace_id", "task_id", "created_at"),
        indexes=(("task_id", "created_at"),),
        references={"workspace_id": "workspaces", "task_id": "tasks", "created_by": "users"},
    )

    task_note_id: str
    workspace_id: str
    task_id: str
    kind: NoteKind = NoteKind.NOTE
    body: str = Field(min_length=1, max_length=10_000)
    created_by: str
    created_at: Moment
