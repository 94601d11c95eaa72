"""The content format as authors write it: the template, and the one import for all other models."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from engine.catalog.calendars import Calendar, Holiday
from engine.catalog.declared import (
    APPROVAL,
    DEFAULT_ASSIGNEE,
    DUE,
    DUTY,
    IDENTITY,
    SETTINGS,
    START,
    TASKS,
    TYPE,
    WORDS,
)
from engine.catalog.definitions import DeliverableDefinition, StepDefinition, TaskDefinition
from engine.catalog.docs import ProcessDoc, ProcessDocStep
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
    ItemStatus,
    LinkDefinition,
    Missed,
    Name,
    Overlap,
    Phase,
    ProofRequirement,
    Reference,
    SkipReason,
    SkipRule,
    Sop,
    Text,
    Title,
    ToolList,
    ToolUse,
    TriggerMode,
    WaitingDefaults,
    Waiver,
)
from engine.catalog.reminder_rules import ReminderRules, WorkspaceReminders
from engine.catalog.task_type import QaPolicy, TaskType, UiHints, WorklogPolicy

__all__ = [
    "ApprovalPolicy",
    "Assignee",
    "Calendar",
    "DeliverableDefinition",
    "DueRule",
    "ExecutionPolicy",
    "ExpectedArtifact",
    "GoldStandard",
    "Holiday",
    "LinkDefinition",
    "Phase",
    "ProcessDoc",
    "ProcessDocStep",
    "ProofRequirement",
    "QaPolicy",
    "Recipe",
    "Reference",
    "ReminderRules",
    "SkipReason",
    "SkipRule",
    "Sop",
    "StepDefinition",
    "TaskDefinition",
    "TaskTemplate",
    "TaskType",
    "ToolUse",
    "Trigger",
    "UiHints",
    "WaitingDefaults",
    "Waiver",
    "WorklogPolicy",
    "WorkspaceReminders",
]


class Trigger(ContentModel):
    """How a bundle of this template comes to be (WFD-06)."""

    mode: TriggerMode = "manual"
    """By hand, by a schedule, by a webhook, or by an item of the campaign's plan."""
    schedule: str | None = None
    """The anchor dates and the time of day, as a crontab line: "0 9 * * 1" for Mondays, at nine."""
    timezone: str | None = None
    """The zone that the schedule is read in; the workspace's where nothing is said."""
    lead_days: Annotated[int, Field(ge=0, le=3650)] = 0
    """How many days before its anchor date the bundle is started, at the schedule's time of day."""
    enabled: bool = True
    """False keeps the schedule without running it."""
    overlap: Overlap = "allow"
    """While an earlier bundle of it is open: allow starts the next, queue has it wait, skip leaves it out."""
    missed: Missed = "last"
    """Of starts that came too late: skip leaves out all, last makes up for the last one, all for each."""
    partners: list[Text] = []
    """The keys of the partners it is meant for as a whole."""
    campaigns: list[Text] = []
    """The keys of the campaigns it is meant for."""
    parameters: dict[str, Any] = {}
    """Values of parameters; texts may name days, as in "Report for {{ month_before }}"."""


class Recipe(ContentModel):
    """Shows the template in the gallery; its parameters become the start form (CNT-03)."""

    agent_type: Text
    """The gallery's group: research, content, reporting, or another word."""
    output_format: str | None = None
    """What comes out, for example docx."""


class TaskTemplate(ContentModel):
    """The reviewed definition of a bundle."""

    key: Annotated[Name, IDENTITY]
    """The template's name, equal to the file's name; never changes."""
    name: Annotated[Text, WORDS]
    """What people call it."""
    bundle_title: Annotated[Title | None, START] = None
    """What a bundle is called that is given no title, for example "Article: {{ topic }}"; else the name."""
    description: Annotated[str, START] = ""
    """What this kind of work entails and why it matters."""
    when_to_use: Annotated[str, START] = ""
    """When this template is the right one."""
    owner: Annotated[str, START] = ""
    """Who looks after it."""
    status: Annotated[ItemStatus, START] = "active"
    """Only active templates can be started; retired ones stay readable for old bundles."""
    icon: Annotated[str, WORDS] = ""
    """A sign shown beside the name."""
    tags: Annotated[list[Text], SETTINGS] = []
    """Free words; every bundle and task of the template carries them."""
    task_type: Annotated[Name | None, TYPE] = None
    """The type of every task that names none."""
    portal_service_item_id: Annotated[Text | None, START] = None
    """The Portal's service item that is planned with this template."""
    trigger: Annotated[Trigger | None, START] = None
    """How bundles come to be; by hand where nothing is said."""
    calendar: Annotated[Name | None, DUE] = None
    """The calendar that business days and deadlines follow."""
    default_assignee: Annotated[Assignee | None, DEFAULT_ASSIGNEE] = None
    """Who does the tasks that name nobody."""
    source_doc_ids: Annotated[list[DocId], WORDS] = []
    """The process docs behind the whole template."""
    references: Annotated[list[Reference], WORDS] = []
    """Further reading, by address."""
    links: Annotated[list[LinkDefinition], DUTY] = []
    """The bundle links: empty placeholders that must be filled."""
    phases: Annotated[list[Phase], WORDS] = []
    """The groups of tasks, in order."""
    parameters: Annotated[dict[str, Any] | None, START] = None
    """A JSON Schema object; becomes the start form."""
    recipe: Annotated[Recipe | None, START] = None
    """Present means that the template is shown in the gallery."""
    config: Annotated[dict[str, Any], SETTINGS] = {}
    """Settings of the work, checked against the task type's config_schema."""
    tools: Annotated[ToolList, SETTINGS] = []
    """The tools that the work uses."""
    rules: Annotated[dict[str, Any], WORDS] = {}
    """Guidance shown before starting."""
    sops: Annotated[list[Sop], WORDS] = []
    """Standard operating procedures."""
    approval: Annotated[ApprovalPolicy | None, APPROVAL] = None
    """Whether results need a decision; a task's own approval goes before it."""
    reminders: Annotated[ReminderRules | None, SETTINGS] = None
    """Who is reminded of its tasks and its bundle, and when; of each kind it goes before the type's."""
    on_change: Annotated[dict[str, ChangePolicy], START] = {}
    """For each field, what a newer template does to running bundles."""
    tasks: Annotated[list[TaskDefinition], Field(min_length=1), TASKS]
    """The tasks, at least one."""

    @property
    def is_active(self) -> bool:
        """Whether bundles can be started from it (CNT-12)."""
        return self.status == "active"

    def task(self, ref: str) -> TaskDefinition:
        """Return the task definition with ``ref``; KeyError where there is none."""
        for task in self.tasks:
            if task.ref == ref:
                return task
        raise KeyError(ref)

    def type_key_of(self, task: TaskDefinition) -> str | None:
        """Return the key of the task's type: its own, else the template's."""
        return task.task_type or self.task_type

    def doc_ids(self) -> set[str]:
        """Return the ids of all process docs that the template names."""
        named = {*self.source_doc_ids, *(sop.doc_id for sop in self.sops)}
        named |= {task.instruction_doc_id for task in self.tasks}
        return {doc_id for doc_id in named if doc_id is not None}
