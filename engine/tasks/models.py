"""The Task record: a container of work. Its parts are in ``parts``."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, ClassVar

from pydantic import Field

from engine.access import ApprovalSource
from engine.record import Moment, RecordSpec, Revised
from engine.tasks.known import KnownTask
from engine.tasks.parts import Note, Proof, Step
from engine.tasks.states import TaskStatus
from engine.tasks.vocabulary import (
    ExecutionType,
    ItemSource,
    NoteKind,
    Priority,
    ProofKind,
    QaReason,
    SourceType,
    Urgency,
)

__all__ = [
    "ExecutionType",
    "ItemSource",
    "Note",
    "NoteKind",
    "Priority",
    "Proof",
    "ProofKind",
    "QaReason",
    "SourceType",
    "Step",
    "Task",
    "TaskStatus",
    "Urgency",
]

#: How much of a title takes part in sorting; an index entry of PostgreSQL has its limits.
_SORTED_CHARACTERS = 200


class Task(KnownTask, Revised):
    """A container of work; belongs to a bundle or stands alone."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="tasks",
        key=("task_id",),
        prefix="tsk",
        promoted=(
            "workspace_id",
            "task_number",
            "task_uuid",
            "status",
            "lane",
            "is_open",
            "priority_rank",
            "bundle_id",
            "template_id",
            "campaign_id",
            "partner_id",
            "owner_id",
            "assignee_id",
            "assignee_role",
            "assigned_to_bot",
            "task_type",
            "category",
            "requires_human_review",
            "awaits_review",
            "blocked_by",
            "due_date",
            "deadline",
            "scheduled_for",
            "closed_at",
            "created_at",
            "updated_at",
            "title_key",
            "search_text",
            "tag_text",
            "qa_state",
            "title",
            "urgency",
            "milestone",
            "waiting_for",
            "follow_up_at",
            "is_skippable",
            "required_sources",
            "phase",
            "position",
            "fills_link",
            "dependency_list",
            "revision",
            "hand_list",
            "preparer_list",
        ),
        indexes=(
            # What a bundle's tasks are counted, narrowed and sorted by, without reading their documents.
            (
                "bundle_id",
                "is_open",
                "closed_at",
                "status",
                "lane",
                "priority_rank",
                "due_date",
                "deadline",
                "assignee_id",
                "assigned_to_bot",
                "scheduled_for",
                "awaits_review",
                "created_at",
                "updated_at",
                "title_key",
                "task_id",
            ),
            ("workspace_id", "lane", "due_date", "task_id"),
            ("workspace_id", "status", "closed_at", "task_id", "follow_up_at"),
            ("workspace_id", "is_open", "due_date", "task_id", "status"),
            ("workspace_id", "is_open", "deadline", "task_id", "status"),
            # An order each; the status is there to pass over others without reading them.
            ("workspace_id", "due_date", "task_id", "status"),
            ("workspace_id", "deadline", "task_id", "status"),
            ("workspace_id", "scheduled_for", "task_id", "status"),
            ("workspace_id", "priority_rank", "task_id", "status"),
            ("workspace_id", "title_key", "task_id", "status"),
            ("workspace_id", "created_at", "task_id", "status"),
            ("workspace_id", "updated_at", "task_id", "status"),
            ("workspace_id", "awaits_review"),
            # Whose a task is, or whose it may become: their own work, and the bundles that it makes visible.
            (
                "workspace_id",
                "assignee_id",
                "is_open",
                "closed_at",
                "assigned_to_bot",
                "deadline",
                "assignee_role",
                "task_id",
            ),
            ("workspace_id", "assignee_id", "bundle_id", "assigned_to_bot", "assignee_role"),
            ("workspace_id", "owner_id", "bundle_id"),
            ("workspace_id", "template_id", "is_open"),
            ("workspace_id", "campaign_id", "is_open"),
            ("blocked_by",),
            ("workspace_id", "qa_state", "closed_at"),
        ),
        tallied=("workspace_id", "status", "lane", "priority_rank"),
        searched="search_text",
        unique=(("workspace_id", "task_number"), ("task_uuid",)),
        references={
            "workspace_id": "workspaces",
            "bundle_id": "bundles",
            "partner_id": "partners",
            "campaign_id": "campaigns",
            "owner_id": "users",
            "assignee_id": "employees",
            "completed_by": "users",
            "human_reviewed_by": "users",
            "worked_by": "employees",
            "prepared_by": "users",
            "depends_on": "tasks",
            "blocked_by": "tasks",
            "cloned_from": "tasks",
        },
    )

    task_id: str
    workspace_id: str
    #: A positive number, unique in the workspace; what people say aloud (TSK-20).
    task_number: int
    task_uuid: str
    title: str = Field(min_length=1, max_length=500)
    description: str | None = Field(default=None, max_length=5000)
    category: str = Field(default="general", max_length=100)
    #: The key of a task type.
    task_type: str = Field(max_length=100)
    #: The category of its type when the task was made: which of its campaign's material it shows (ATT-05).
    type_category: str | None = None
    status: TaskStatus = TaskStatus.PENDING
    status_reason: str | None = None
    priority: Priority = Priority.MEDIUM
    urgency: Urgency = Urgency.NORMAL
    tags: list[str] = Field(default_factory=list)
    metadata: dict[str, Any] = Field(default_factory=dict)

    # Where it comes from
    source_type: SourceType = SourceType.MANUAL
    #: The task that this one repeats (UPD-36).
    cloned_from: str | None = None
    bundle_id: str | None = None
    #: The key of the template, and the hash of the pinned revision.
    template_id: str | None = None
    template_hash: str | None = None
    template_task_ref: str | None = None
    #: The key of the bundle's phase.
    phase: str | None = None
    #: The order within the bundle, from 1.
    position: int = 0
    milestone: bool = False
    #: The stage the bundle moves to when this task is completed.
    stage_on_complete: str | None = None
    partner_id: str | None = None
    campaign_id: str | None = None

    # Who
    #: The user who made it.
    owner_id: str
    #: The employee who does it.
    assignee_id: str | None = None
    #: Without an assignee: the assignee role whose members may claim it.
    assignee_role: str | None = None
    assigned_to_bot: bool = False
    #: The employees whose own work it stays (APR-16, S3): its assignees while it was worked on, and those of
    #: the tasks from which it hands over something by an address.
    worked_by: list[str] = Field(default_factory=list)

    # When
    due_date: date | None = None
    #: The UTC moment at which `due_date` is over; one is derived from the other (CNF-09).
    deadline: Moment | None = None
    #: `{offset, unit, from}` as the template has it; re-anchoring computes with it again.
    due_rule: dict[str, Any] | None = None
    scheduled_for: Moment | None = None
    deferred_until: date | None = None
    planned_minutes: int | None = None
    queued_at: Moment | None = None
    #: Set again on each start; the first is kept beside it (OPQ-53).
    started_at: Moment | None = None
    first_started_at: Moment | None = None
    #: How long it was in progress so far, waits and rests left out; the running spell counts when it ends.
    worked_seconds: int = 0
    completed_at: Moment | None = None
    completed_by: str | None = None
    #: When it became terminal in any way.
    closed_at: Moment | None = None

    # How: the context that comes to the work
    instruction_doc_id: str | None = None
    instruction_step_id: str | None = None
    #: Legacy; shown only without `instruction_doc_id` (DOC-04).
    instructions_url: str | None = None
    systems: list[str] = Field(default_factory=list)
    validation: str | dict[str, Any] | None = None
    config: dict[str, Any] = Field(default_factory=dict)
    tools: list[dict[str, Any]] = Field(default_factory=list)
    rules: dict[str, Any] = Field(default_factory=dict)
    expected_artifacts: list[dict[str, Any]] = Field(default_factory=list)
    ordered_steps: bool = False
    #: Bundle links that must be filled or waived before completion.
    needs_links: list[str] = Field(default_factory=list)
    #: The bundle link that completion fills from the proof.
    fills_link: str | None = None
    #: `{required, sources, reason}` as resolved for this task.
    approval: dict[str, Any] = Field(default_factory=dict)
    #: `{reasons: [{text, waives}], note, comment_required}`; None forbids skipping.
    skip: dict[str, Any] | None = None
    skip_reason: str | None = None
    cancel_reason: str | None = None

    # Waiting
    waiting_for: str | None = None
    follow_up_at: Moment | None = None
    waiting_since: Moment | None = None
    #: `{for, follow_up_days, comment_required}`: what the wait form offers.
    waiting_defaults: dict[str, Any] | None = None

    # Dependencies
    depends_on: list[str] = Field(default_factory=list)
    #: The first dependency that is not satisfied yet (TSK-26).
    blocked_by: str | None = None

    # Automated work
    requires_human_review: bool = False
    human_reviewed_by: str | None = None
    human_reviewed_at: Moment | None = None
    #: What was permitted to run: the hash over it; the permission is void as soon as it differs (S28).
    human_review_hash: str | None = None
    #: Besides the owner: the users who asked for its review, or changed what runs (S18).
    prepared_by: list[str] = Field(default_factory=list)
    execution_type: ExecutionType | None = None
    execution_config: dict[str, Any] = Field(default_factory=dict)
    max_retries: int = 3
    error_count: int = 0
    last_error: str | None = None
    result: dict[str, Any] | None = None
    result_summary: str | None = None
    notify_on_complete: bool = True
    notify_on_failure: bool = True

    # QA, after completion; it never delays anything (QA-02)
    #: `{die_sides, first_n, over_planned_factor}` of the task type.
    qa: dict[str, Any] = Field(default_factory=dict)
    qa_flagged: bool = False
    #: The first reason it was flagged for; all of them are in `qa_reasons` (QA-15).
    qa_type: QaReason | None = None
    qa_reasons: list[QaReason] = Field(default_factory=list)
    qa_flagged_at: Moment | None = None
    #: When it was scored last; it stays flagged (QA-12).
    qa_reviewed_at: Moment | None = None

    archived_at: Moment | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1

    @property
    def priority_rank(self) -> int:
        """The priority as a number, for sorting."""
        return self.priority.rank

    @property
    def awaits_review(self) -> bool:
        """A manager must still permit it to run (QUE-10)."""
        return self.requires_human_review and self.human_reviewed_at is None and self.is_active

    @property
    def title_key(self) -> str:
        """The title as lists sort by it."""
        return self.title.lower()[:_SORTED_CHARACTERS]

    @property
    def search_text(self) -> str:
        """Title and description in lower case, for the text filter (LST-10)."""
        return f"{self.title}\n{self.description or ''}".lower()

    @property
    def tag_text(self) -> str:
        """The tags in lower case as ``|a|b|``, for the tag filter."""
        return f"|{'|'.join(self.tags)}|".lower() if self.tags else ""

    @property
    def dependency_list(self) -> str:
        """``depends_on`` as a JSON list."""
        return json.dumps(self.depends_on)

    @property
    def hand_list(self) -> str | None:
        """``worked_by`` as JSON, to tell whose own work it is; None for nobody."""
        return json.dumps(self.worked_by) if self.worked_by else None

    @property
    def preparer_list(self) -> str | None:
        """``prepared_by`` as JSON; None for nobody."""
        return json.dumps(self.prepared_by) if self.prepared_by else None

    @property
    def qa_state(self) -> str | None:
        """``open`` while it waits for a score, ``reviewed`` after it; None for what was never flagged."""
        if not self.qa_flagged:
            return None
        return "reviewed" if self.qa_reviewed_at else "open"

    @property
    def is_skippable(self) -> bool:
        """Its definition allows to skip it."""
        return self.skip is not None

    @property
    def required_sources(self) -> str:
        """Whose approvals its definition asks for, in their order, with commas."""
        if not self.approval.get("required"):
            return ""
        return ",".join(self.approval.get("sources") or (ApprovalSource.INTERNAL,))
