"""The Task record: a container of work. Its parts are in ``parts``."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any, ClassVar

from pydantic import Field

from engine.access import ApprovalSource
from engine.record import Moment, RecordSpec, Revised
from engine.tasks import found_by
from engine.tasks.known import KnownTask
from engine.tasks.parts import Note, Proof, Step
from engine.tasks.states import StateClass, TaskStatus, class_of
from engine.tasks.turn import turn_of
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
    """A piece of work; belongs to a bundle or stands alone."""

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
            "tag_list",
            "qa_state",
            "title",
            "urgency",
            "milestone",
            "waiting_for",
            "follow_up_at",
            "deferred_until",
            "is_skippable",
            "required_sources",
            "phase",
            "position",
            "fills_link",
            "dependency_list",
            "revision",
            "hand_list",
            "preparer_list",
            "rework_of",
            "turn_at",
            "turn_reason",
            "turn_by",
            "ticket_state",
        ),
        indexes=(
            ("rework_of",),
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
            ("workspace_id", "deadline", "task_id", "status", "due_date"),
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
                "turn_at",  # what an inbox passes over without reading it
            ),
            ("workspace_id", "assignee_id", "bundle_id", "assigned_to_bot", "assignee_role"),
            ("workspace_id", "owner_id", "bundle_id"),
            ("workspace_id", "template_id", "is_open"),
            ("workspace_id", "campaign_id", "is_open"),
            ("workspace_id", "partner_id", "is_open"),
            ("workspace_id", "category", "is_open"),
            ("workspace_id", "task_type", "is_open"),
            ("blocked_by",),
            ("workspace_id", "qa_state", "closed_at"),
            # What runs by itself, the newest first; the template is there to pass over others.
            ("workspace_id", "ticket_state", "created_at", "task_id", "template_id"),
        ),
        tallied=("workspace_id", "status", "lane", "priority_rank"),
        listed=("tag_list",),
        tells=found_by.of_task,
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
            "assigned_by": "users",
            "unassigned_by": "users",
            "freed_by": "users",
            "depends_on": "tasks",
            "blocked_by": "tasks",
            "cloned_from": "tasks",
            "rework_of": "tasks",
        },
    )

    #: The task's id: `tsk_`, then 26 digits and capitals that sort by the time of making.
    task_id: str
    workspace_id: str
    #: A positive number, unique in the workspace: what people say aloud and pages show as #12 (TSK-20).
    task_number: int
    #: A UUID that never changes, for other systems.
    task_uuid: str
    #: What is to be done, in a line.
    title: str = Field(min_length=1, max_length=500)
    #: More about it, in Markdown. Null where nothing more is said.
    description: str | None = Field(default=None, max_length=5000)
    #: A free word to sort tasks by; `general` where nobody said.
    category: str = Field(default="general", max_length=100)
    #: The key of a task type, such as `blog_article`.
    task_type: str = Field(max_length=100)
    #: The category of its task type when it was made: which of its campaign's material it shows (ATT-05).
    #: Null in tasks that were made before 0.4.0.
    type_category: str | None = None
    #: Where the task stands.
    status: TaskStatus = TaskStatus.PENDING
    #: Why it has this status, in words. Null where nobody said.
    status_reason: str | None = None
    #: How much it matters.
    priority: Priority = Priority.MEDIUM
    #: How soon it must happen.
    urgency: Urgency = Urgency.NORMAL
    #: Free words to find it by.
    tags: list[str] = Field(default_factory=list)
    #: Facts of other systems about it, name to value.
    metadata: dict[str, Any] = Field(default_factory=dict)

    # Where it comes from
    #: Where it came from.
    source_type: SourceType = SourceType.MANUAL
    #: The task that this one repeats (UPD-36). Null for all others.
    cloned_from: str | None = None
    #: The closed task whose work this one does again. Null where it is no rework.
    rework_of: str | None = None
    #: The bundle that it is part of. Null where it stands alone.
    bundle_id: str | None = None
    #: The key of the template that it was made from. Null where it was made by hand.
    template_id: str | None = None
    #: Which revision of the template it was: the `closure_hash` of a row of `task_templates`. Null where
    #: it was made by hand.
    template_hash: str | None = None
    #: The task's name in the template, the same in every run: group by it to compare runs. A run has several
    #: of one name where others were added; they have `cloned_from`. Null where it is in no template.
    template_task_ref: str | None = None
    #: The key of the bundle's phase that it belongs to. Null where there are no phases.
    phase: str | None = None
    #: Its place within the bundle, from 1; of several at one place the one with the lower number is first. 0
    #: where it stands alone.
    position: int = 0
    #: Whether it marks a point that people plan by.
    milestone: bool = False
    #: The stage that the bundle moves to when this task is completed. Null where it moves to none.
    stage_on_complete: str | None = None
    #: The client that the work is for. Null for work of the house itself.
    partner_id: str | None = None
    #: The campaign that it belongs to. Null where it belongs to none.
    campaign_id: str | None = None

    # Who
    #: The user who made it, or started its bundle.
    owner_id: str
    #: The employee who does it, or did it last. Null while nobody has it, and for the bot's tasks.
    assignee_id: str | None = None
    #: The assignee role, such as `writer`, whose members may claim it while nobody has it. Null where it
    #: is for no role.
    assignee_role: str | None = None
    #: When whoever has it got it. Null while nobody has it, and where that was before 0.4.0.
    assigned_at: Moment | None = None
    #: The user who gave it to them; they themselves where they claimed it. Null where `assigned_at` is, and
    #: where the system did.
    assigned_by: str | None = None
    #: Since when nobody has it: when it was made so, or taken from whoever had it. Null while somebody has
    #: it, and where that was before 0.4.0.
    unassigned_at: Moment | None = None
    #: The user who made it so. Null where `unassigned_at` is, and where the system did.
    unassigned_by: str | None = None
    #: Whether a program does it, and no employee.
    assigned_to_bot: bool = False
    #: The employees whose own work it stays, which they may not approve (APR-16, S3): those who had it
    #: while it was worked on, and those of tasks from which it hands something over.
    worked_by: list[str] = Field(default_factory=list)

    # When
    #: The day it is due; a calendar day in the zone of its template's calendar, else of the workspace.
    #: It can be moved. Null where it is due on no day, or not known yet.
    due_date: date | None = None
    #: The moment at which work on `due_date` ends, by the `cut_off` of its calendar, else with the day: the
    #: task is late after it. It can be moved, so measure promises by `first_deadline` (CNF-09). Null where it
    #: has no due date.
    deadline: Moment | None = None
    #: The first deadline that the task was ever given; it stays when the deadline is moved or taken away
    #: (T4). Null where it never had one.
    first_deadline: Moment | None = None
    #: How the due date is counted: an object with `offset`, `unit` and `from`. Null where it was set by
    #: hand.
    due_rule: dict[str, Any] | None = None
    #: When it is planned to begin; it cannot be begun before. Null where that is not planned.
    scheduled_for: Moment | None = None
    #: The day to which it was put off; a calendar day in the zone of the workspace. Null where it was
    #: not.
    deferred_until: date | None = None
    #: How long it is expected to take, in minutes. Null where nobody said.
    planned_minutes: int | None = None
    #: When it was lined up to start next. Null where it never was.
    queued_at: Moment | None = None
    #: When work on it began last; set again on each start, the first is in `first_started_at` (OPQ-53).
    #: Null until then.
    started_at: Moment | None = None
    #: When work on it began for the first time. Null until then.
    first_started_at: Moment | None = None
    #: How long it was in progress so far, in seconds, waits and rests left out; the spell that runs
    #: counts when it ends.
    worked_seconds: int = 0
    #: When it was completed. Null until then, also for skipped and cancelled tasks.
    completed_at: Moment | None = None
    #: The user who completed it. Null until then, and where the system did.
    completed_by: str | None = None
    #: How many seconds after its deadline it was completed; 0 or less is on time, negative is before it.
    #: Null until it is completed, and without a deadline (T4).
    late_seconds: int | None = None
    #: The same against `first_deadline`: how many seconds later than first promised. Null until it is
    #: completed, and where it never had a deadline (T4).
    first_late_seconds: int | None = None
    #: When it was completed, skipped or cancelled. Null while it is open.
    closed_at: Moment | None = None

    # How: the context that comes to the work
    #: The id of the process document that tells how it is done. Null where none does.
    instruction_doc_id: str | None = None
    #: The step of that document which is meant. Null: the whole document.
    instruction_step_id: str | None = None
    #: An address with instructions, shown only where there is no process document (DOC-04). Null where
    #: there is none.
    instructions_url: str | None = None
    #: The names of the other systems that the work is done in.
    systems: list[str] = Field(default_factory=list)
    #: What makes it right, as a text or an object of texts. Null where nothing is said.
    validation: str | dict[str, Any] | None = None
    #: Settings of the work, name to value, as its type defines them.
    config: dict[str, Any] = Field(default_factory=dict)
    #: The tools that the work uses, with their settings.
    tools: list[dict[str, Any]] = Field(default_factory=list)
    #: Guidance to read before starting, topic to text.
    rules: dict[str, Any] = Field(default_factory=dict)
    #: The material that should come out: a list of objects with `type` and `label`.
    expected_artifacts: list[dict[str, Any]] = Field(default_factory=list)
    #: Whether its steps must be ticked in their order.
    ordered_steps: bool = False
    #: The names of the bundle links that must be filled or waived before it is completed.
    needs_links: list[str] = Field(default_factory=list)
    #: The name of the bundle link that its completion fills from the proof. Null where it fills none.
    fills_link: str | None = None
    #: Whether results need a decision, and whose: an object with `required`, `sources` and `reason`.
    approval: dict[str, Any] = Field(default_factory=dict)
    #: How it may be skipped: an object with `reasons`, `note` and `comment_required`. Null: it may not
    #: be skipped.
    skip: dict[str, Any] | None = None
    #: Why it was skipped, in words. Null where it was not.
    skip_reason: str | None = None
    #: Why it was called off, in words. Null where it was not, or nobody said.
    cancel_reason: str | None = None

    # Waiting
    #: Whom or what it waits for, in words. Null while it is not waiting.
    waiting_for: str | None = None
    #: When to ask again. Null while it is not waiting.
    follow_up_at: Moment | None = None
    #: Since when it waits. Null while it is not waiting.
    waiting_since: Moment | None = None
    #: What the form for waiting offers: an object with `for`, `follow_up_days` and `comment_required`.
    #: Null where the template says nothing.
    waiting_defaults: dict[str, Any] | None = None

    # Dependencies
    #: The ids of the tasks that must be completed or skipped before this one begins.
    depends_on: list[str] = Field(default_factory=list)
    #: The first of those that is not done yet (TSK-26). Null where nothing holds it back.
    blocked_by: str | None = None
    #: When the last of those was done, so that it could begin. Null where it comes after nothing or could
    #: not begin yet, and where that was before 0.4.0.
    freed_at: Moment | None = None
    #: The user whose act that was. Null where `freed_at` is, and where it was the system's.
    freed_by: str | None = None

    # Automated work
    #: Whether a manager must permit it before a program runs it.
    requires_human_review: bool = False
    #: The manager who permitted or refused it. Null until then.
    human_reviewed_by: str | None = None
    #: When it was permitted to run. Null until then, and again once that is void.
    human_reviewed_at: Moment | None = None
    #: A hash over what was permitted to run; the permission is void as soon as it differs (S28). Null
    #: until then.
    human_review_hash: str | None = None
    #: The users who prepared what runs, besides the owner: they may not permit it (S18).
    prepared_by: list[str] = Field(default_factory=list)
    #: How a program's task starts. Null for people's tasks.
    execution_type: ExecutionType | None = None
    #: How a program runs it, name to value.
    execution_config: dict[str, Any] = Field(default_factory=dict)
    #: How many times a failed run may be tried again.
    max_retries: int = 3
    #: How many runs failed so far.
    error_count: int = 0
    #: What the last failed run said. Null where none failed.
    last_error: str | None = None
    #: What a run gave back, as JSON. Null until then.
    result: dict[str, Any] | None = None
    #: The result in a sentence. Null until there is one.
    result_summary: str | None = None
    #: Whether its owner wants to hear of its completion.
    notify_on_complete: bool = True
    #: Whether its owner wants to hear of a failed run.
    notify_on_failure: bool = True

    # QA, after completion; it never delays anything (QA-02)
    #: How tasks are chosen for a second look, from the task type: an object with `die_sides`, `first_n`
    #: and `over_planned_factor`.
    qa: dict[str, Any] = Field(default_factory=dict)
    #: Whether it was chosen for a second look after completion; it stays true once it was scored.
    qa_flagged: bool = False
    #: The first reason that it was chosen for; all of them are in `qa_reasons` (QA-15). Null where it
    #: was not chosen.
    qa_type: QaReason | None = None
    #: Why it was chosen for a second look, as a list of words; empty where it was not. What chose it before
    #: its completion was corrected stays here, and chooses it again when it is completed.
    qa_reasons: list[QaReason] = Field(default_factory=list)
    #: When it was chosen. Null where it was not.
    qa_flagged_at: Moment | None = None
    #: When it was scored last (QA-12). Null until then.
    qa_reviewed_at: Moment | None = None

    #: When it was put away from the lists. Null while it was not.
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
    def tag_list(self) -> str | None:
        """The tags in lower case as JSON, for the tag filter; None for no tags."""
        return json.dumps([tag.lower() for tag in self.tags]) if self.tags else None

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
    def turn_at(self) -> datetime | None:
        """Since when it is somebody's turn to begin (``turn.turn_of``)."""
        turn = turn_of(self)
        return turn.since if turn else None

    @property
    def turn_reason(self) -> str | None:
        """Why it is somebody's turn."""
        turn = turn_of(self)
        return turn.reason if turn else None

    @property
    def turn_by(self) -> str | None:
        """Through whom it is somebody's turn."""
        turn = turn_of(self)
        return turn.by if turn else None

    @property
    def ticket_state(self) -> StateClass | None:
        """How it stands where a program does it; None for what people do."""
        return class_of(self.status) if self.execution_type is not None else None

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
