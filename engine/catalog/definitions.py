"""One task of a template as authors write it, with its steps and deliverables (TPL-09, WFD-04)."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from engine.catalog.meta_schemas import MetaSchema
from engine.catalog.parts import (
    ApprovalPolicy,
    Assignee,
    ChangePolicy,
    ContentModel,
    DocId,
    DueRule,
    ExecutionPolicy,
    ExpectedArtifact,
    GoldStandard,
    Name,
    Priority,
    ProofRequirement,
    SkipRule,
    Text,
    Title,
    ToolList,
    Urgency,
    WaitingDefaults,
)
from engine.catalog.reminder_rules import ReminderRules


class StepDefinition(ContentModel):
    """A checklist item of a task definition."""

    ref: Name
    """The step's stable name within its task."""
    title: Title
    """What to do; may contain {{ parameters }}."""
    description: str = ""
    """What the step involves and how to do it."""
    required: bool = True
    """A required step must be ticked before the task can be completed."""


class DeliverableDefinition(ContentModel):
    """What a task hands over (TPL-09)."""

    ref: Name
    """The deliverable's stable name within its task."""
    step_ref: Name | None = None
    """The step that produces it; null means the task as a whole."""
    type: Text
    """The kind of deliverable, for example blog_post_draft."""
    description: str = ""
    """What is handed over."""
    required: bool = True
    """False makes it dormant: fully defined, and switched on by an override (TPL-12)."""
    visible_in_portal: bool = False
    """Whether the partner sees it."""
    meta_schema: MetaSchema = {}
    """The fields recorded with each version: the short form {word_count: integer} or a JSON Schema."""
    gold_standard: GoldStandard | None = None
    """A finished example, and why it is good."""


class TaskDefinition(ContentModel):
    """One task of a template, with everything that a person needs to do it."""

    ref: Name
    """The task's stable name within the template."""
    title: Title
    """What is to be done; may contain {{ parameters }}."""
    description: str = ""
    """What the task entails and why it matters; may contain {{ parameters }}."""
    task_type: Name | None = None
    """The shape of this work; the template's task_type where nothing is said."""
    icon: str = ""
    """A sign shown beside the title."""
    phase: Name | None = None
    """The phase that the task belongs to."""
    offset_days: Annotated[int, Field(ge=-36500, le=36500)] | None = None
    """Calendar days from the bundle's anchor date; negative is before it. Not together with due."""
    due: DueRule | None = None
    """When the task is due, where calendar days from the anchor are not enough."""
    milestone: bool = False
    """Marks the days that matter to others."""
    stage_on_complete: Name | None = None
    """The stage that the bundle moves to when this task is completed."""
    assignee: Assignee | None = None
    """Who does it; the template's default_assignee where nothing is said."""
    priority: Priority = "medium"
    """How much it matters."""
    urgency: Urgency = "normal"
    """How soon it matters."""
    planned_minutes: Annotated[int, Field(ge=0)] | None = None
    """How long it should take."""
    tags: list[Text] = []
    """Free words to find the task by."""
    systems: list[Text] = []
    """The systems that the work happens in."""
    instruction_doc_id: DocId | None = None
    """The process doc that says how to do it."""
    instruction_step_id: Text | None = None
    """The step of that doc to open it at."""
    instructions_url: str | None = None
    """A legacy address, shown only where there is no instruction_doc_id."""
    validation: str | dict[str, Any] | None = None
    """What makes the result right; shown in place."""
    steps: list[StepDefinition] = []
    """The checklist."""
    ordered_steps: bool = False
    """True means that the steps are ticked in their order."""
    deliverables: list[DeliverableDefinition] = []
    """What is handed over."""
    depends_on: list[Name] = []
    """The refs of tasks that must be completed or skipped first."""
    when: dict[str, Any] | None = None
    """A JSON Schema over the parameters; the task is made only where it holds."""
    proof: list[ProofRequirement] = []
    """The evidence needed for completion."""
    fills_link: Text | None = None
    """The bundle link that completing the task fills from its proof."""
    needs_links: list[Text] = []
    """The bundle links that must be filled or waived before completion."""
    expected_artifacts: list[ExpectedArtifact] = []
    """Outputs that the task is expected to leave behind."""
    waiting: WaitingDefaults | None = None
    """What is offered when the task is moved to waiting."""
    reminders: ReminderRules | None = None
    """Who is reminded of this task, and when; of each kind it goes before the template's and the type's."""
    skip: SkipRule | None = None
    """For which reasons the task may be closed as skipped; none where absent."""
    execution: ExecutionPolicy | None = None
    """How the task runs by itself; people do it where absent."""
    approval: ApprovalPolicy | None = None
    """Whether the result needs a decision; goes before the template's and the type's."""
    config: dict[str, Any] = {}
    """Settings of the work, merged over the template's and checked against the type's config_schema."""
    tools: ToolList = []
    """Tools of this task, merged over the template's by name."""
    rules: dict[str, Any] = {}
    """Guidance shown before starting, merged over the template's."""
    on_change: dict[str, ChangePolicy] = {}
    """For each field, what a newer template does to running tasks."""

    @model_validator(mode="after")
    def _rules_between_fields(self) -> Self:
        if self.offset_days is not None and self.due is not None:
            raise ValueError("offset_days and due cannot both be given: keep one of them")
        if self.execution is not None and self.execution.mode == "automatic" and self.assignee is not None:
            raise ValueError(
                "an automatic task is assigned to the bot: remove assignee or the automatic mode"
            )
        return self

    @property
    def due_rule(self) -> DueRule | None:
        """The rule behind the due date, ``offset_days`` included; None means no due date."""
        if self.due is not None or self.offset_days is None:
            return self.due
        return DueRule.model_validate({"offset": self.offset_days})

    @property
    def assigned_to_bot(self) -> bool:
        """Whether the task runs by itself (definitions.md section 3)."""
        return self.execution is not None and self.execution.mode == "automatic"
