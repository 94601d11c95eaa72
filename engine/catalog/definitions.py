"""One task of a template as authors write it, with its steps and deliverables (TPL-09, WFD-04)."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from engine.catalog.declared import (
    APPROVAL,
    ASSIGNEE,
    CONDITION,
    DUE_DATE,
    DUTY,
    IDENTITY,
    ORDER,
    PROOF,
    SETTINGS,
    START,
    TYPE,
    WORDS,
)
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

    ref: Annotated[Name, IDENTITY]
    """The step's stable name within its task."""
    title: Annotated[Title, WORDS]
    """What to do; may contain {{ parameters }}."""
    description: Annotated[str, WORDS] = ""
    """What the step involves and how to do it."""
    required: Annotated[bool, DUTY] = True
    """A required step must be ticked before the task can be completed."""


class DeliverableDefinition(ContentModel):
    """What a task hands over (TPL-09)."""

    ref: Annotated[Name, IDENTITY]
    """The deliverable's stable name within its task."""
    step_ref: Annotated[Name | None, DUTY] = None
    """The step that produces it; null means the task as a whole."""
    type: Annotated[Text, DUTY]
    """The kind of deliverable, for example blog_post_draft."""
    description: Annotated[str, WORDS] = ""
    """What is handed over."""
    required: Annotated[bool, DUTY] = True
    """False makes it dormant: fully defined, and switched on by an override (TPL-12)."""
    visible_in_portal: Annotated[bool, DUTY] = False
    """Whether the partner sees it."""
    meta_schema: Annotated[MetaSchema, DUTY] = {}
    """The fields recorded with each version: the short form {word_count: integer} or a JSON Schema."""
    gold_standard: Annotated[GoldStandard | None, WORDS] = None
    """A finished example, and why it is good."""


class TaskDefinition(ContentModel):
    """One task of a template, with everything that a person needs to do it."""

    ref: Annotated[Name, IDENTITY]
    """The task's stable name within the template."""
    title: Annotated[Title, WORDS]
    """What is to be done; may contain {{ parameters }}."""
    description: Annotated[str, WORDS] = ""
    """What the task entails and why it matters; may contain {{ parameters }}."""
    task_type: Annotated[Name | None, TYPE] = None
    """The shape of this work; the template's task_type where nothing is said."""
    icon: Annotated[str, WORDS] = ""
    """A sign shown beside the title."""
    phase: Annotated[Name | None, WORDS] = None
    """The phase that the task belongs to."""
    offset_days: Annotated[Annotated[int, Field(ge=-36500, le=36500)] | None, DUE_DATE] = None
    """Calendar days from the bundle's anchor date; negative is before it. Not together with due."""
    due: Annotated[DueRule | None, DUE_DATE] = None
    """When the task is due, where calendar days from the anchor are not enough."""
    milestone: Annotated[bool, WORDS] = False
    """Marks the days that matter to others."""
    stage_on_complete: Annotated[Name | None, SETTINGS] = None
    """The stage that the bundle moves to when this task is completed."""
    assignee: Annotated[Assignee | None, ASSIGNEE] = None
    """Who does it; the template's default_assignee where nothing is said."""
    priority: Annotated[Priority, SETTINGS] = "medium"
    """How much it matters."""
    urgency: Annotated[Urgency, SETTINGS] = "normal"
    """How soon it matters."""
    planned_minutes: Annotated[Annotated[int, Field(ge=0)] | None, SETTINGS] = None
    """How long it should take."""
    tags: Annotated[list[Text], SETTINGS] = []
    """Free words to find the task by."""
    systems: Annotated[list[Text], WORDS] = []
    """The systems that the work happens in."""
    instruction_doc_id: Annotated[DocId | None, WORDS] = None
    """The process doc that says how to do it."""
    instruction_step_id: Annotated[Text | None, WORDS] = None
    """The step of that doc to open it at."""
    instructions_url: Annotated[str | None, WORDS] = None
    """A legacy address, shown only where there is no instruction_doc_id."""
    validation: Annotated[str | dict[str, Any] | None, WORDS] = None
    """What makes the result right; shown in place."""
    steps: Annotated[list[StepDefinition], DUTY] = []
    """The checklist."""
    ordered_steps: Annotated[bool, DUTY] = False
    """True means that the steps are ticked in their order."""
    deliverables: Annotated[list[DeliverableDefinition], DUTY] = []
    """What is handed over."""
    depends_on: Annotated[list[Name], ORDER] = []
    """The refs of tasks that must be completed or skipped first."""
    when: Annotated[dict[str, Any] | None, CONDITION] = None
    """A JSON Schema over the parameters; the task is made only where it holds."""
    proof: Annotated[list[ProofRequirement], PROOF] = []
    """The evidence needed for completion."""
    fills_link: Annotated[Text | None, DUTY] = None
    """The bundle link that completing the task fills from its proof."""
    needs_links: Annotated[list[Text], DUTY] = []
    """The bundle links that must be filled or waived before completion."""
    expected_artifacts: Annotated[list[ExpectedArtifact], WORDS] = []
    """Outputs that the task is expected to leave behind."""
    waiting: Annotated[WaitingDefaults | None, SETTINGS] = None
    """What is offered when the task is moved to waiting."""
    reminders: Annotated[ReminderRules | None, SETTINGS] = None
    """Who is reminded of this task, and when; of each kind it goes before the template's and the type's."""
    skip: Annotated[SkipRule | None, SETTINGS] = None
    """For which reasons the task may be closed as skipped; none where absent."""
    execution: Annotated[ExecutionPolicy | None, TYPE] = None
    """How the task runs by itself; people do it where absent."""
    approval: Annotated[ApprovalPolicy | None, APPROVAL] = None
    """Whether the result needs a decision; goes before the template's and the type's."""
    config: Annotated[dict[str, Any], SETTINGS] = {}
    """Settings of the work, merged over the template's and checked against the type's config_schema."""
    tools: Annotated[ToolList, SETTINGS] = []
    """Tools of this task, merged over the template's by name."""
    rules: Annotated[dict[str, Any], WORDS] = {}
    """Guidance shown before starting, merged over the template's."""
    on_change: Annotated[dict[str, ChangePolicy], START] = {}
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
