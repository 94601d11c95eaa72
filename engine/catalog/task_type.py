"""The task type as authors write it: the shape of a kind of work (TYP-03)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator

from engine.catalog.declared import APPROVAL, DUTY, IDENTITY, SETTINGS, START, TYPE, WORDS
from engine.catalog.definitions import DeliverableDefinition
from engine.catalog.parameters import placeholders
from engine.catalog.parts import ApprovalPolicy, ContentModel, ExecutorKind, ItemStatus, Name, Text, ToolList
from engine.catalog.reminder_rules import ReminderRules


class UiHints(ContentModel):
    """How the settings of a type are shown."""

    order: list[str] = []
    """The settings in the order of the form."""
    widgets: dict[str, str] = {}
    """The widget of each setting."""


#: What the die of QA may have (QA-01).
FEWEST_SIDES, MOST_SIDES = 10, 20


class QaPolicy(ContentModel):
    """When a completed task is flagged for a score; never delays work."""

    # Editors are told the bounds; the check reports what is outside of them, and the file stays in use.
    die_sides: Annotated[
        int, Field(ge=1, json_schema_extra={"minimum": FEWEST_SIDES, "maximum": MOST_SIDES})
    ] = 20
    """One in so many completed tasks is flagged, 10 to 20."""
    first_n: Annotated[int, Field(ge=0)] = 3
    """So many of a person's first completed tasks are flagged."""
    over_planned_factor: Annotated[float, Field(gt=0)] = 2
    """Flag a task that took this many times its planned minutes."""


#: What of a task may be told to the client (OPQ-21); nothing else ever is.
ToldEvent = Literal["task_completed", "deliverable_delivered", "partner_approved", "stage_changed"]


def _names(*allowed: str) -> Callable[[str], str]:
    """Give the check that a clause has none but these placeholders."""

    def check(clause: str) -> str:
        for name in placeholders(clause):
            if name not in allowed:
                known = " or ".join(f"{{{{ {one} }}}}" for one in allowed)
                raise ValueError(f"{{{{ {name} }}}} is nothing that can be told here; use {known}")
        return clause

    return check


_OfTask = Annotated[Text, AfterValidator(_names("task", "bundle"))]
_OfStage = Annotated[Text, AfterValidator(_names("stage", "task", "bundle"))]
_OfPiece = Annotated[Text, AfterValidator(_names("what", "address", "task", "bundle"))]


class WorklogWords(ContentModel):
    """How the client's worklog tells of this kind of work: a clause each, as “we published “{{ task }}””.

    A clause begins with a small letter and has no full stop: several become one sentence.
    """

    task_completed: _OfTask | None = None
    """That a task was completed; may contain {{ task }} and {{ bundle }}."""
    deliverable_delivered: _OfPiece | None = None
    """That the client got something; may contain {{ what }}, {{ address }}, {{ task }} and {{ bundle }}."""
    partner_approved: _OfPiece | None = None
    """That the client approved it; may contain {{ what }}, {{ address }}, {{ task }} and {{ bundle }}."""
    stage_changed: _OfStage | None = None
    """That a completed task moved its bundle on; may contain {{ stage }}, {{ task }} and {{ bundle }}."""


class WorklogPolicy(ContentModel):
    """What a client may read about this kind of work; nothing, where nothing is included."""

    include: Annotated[list[ToldEvent], Field(json_schema_extra={"uniqueItems": True})] = []
    """The events that reach the client's worklog."""
    words: WorklogWords = WorklogWords()
    """How they are told; the product has words of its own for each."""


class TaskType(ContentModel):
    """The shape of a kind of work (TYP-03)."""

    key: Annotated[Name, IDENTITY]
    """The type's name, equal to the file's name; never changes."""
    name: Annotated[Text, WORDS]
    """What people call it."""
    description: Annotated[str, START] = ""
    """What kind of work this is."""
    category: Annotated[Text, WORDS] = "general"
    """content, technical, local, research, reporting, operations, general, or another word."""
    status: Annotated[ItemStatus, START] = "active"
    """Only active types can be used by new tasks; retired ones stay readable."""
    owner: Annotated[str, START] = ""
    """Who looks after it."""
    config_schema: Annotated[dict[str, Any], SETTINGS] = {}
    """A JSON Schema for the settings of a task of this type."""
    ui: Annotated[UiHints, WORDS] = UiHints()
    """How the settings are shown."""
    portal_scope_item_ids: Annotated[list[Text], START] = []
    """The Portal's scope items that this type covers."""
    executor: Annotated[ExecutorKind, TYPE] = "human"
    """Who or what does the work where the task does not say."""
    secrets: Annotated[dict[Name, list[Text]], SETTINGS] = {}
    """Which secrets its executor may use, each with the hosts that it may be sent to."""
    tools: Annotated[ToolList, SETTINGS] = []
    """Tools that every task of the type uses."""
    deliverables: Annotated[list[DeliverableDefinition], DUTY] = []
    """What every task of the type hands over."""
    approval: Annotated[ApprovalPolicy | None, APPROVAL] = None
    """Whether results need a decision, where neither task nor template says."""
    reminders: Annotated[ReminderRules | None, SETTINGS] = None
    """Who is reminded of tasks of the type, and when; of each kind it goes before the workspace's."""
    qa: Annotated[QaPolicy, SETTINGS] = QaPolicy()
    """When a completed task is flagged for a score."""
    worklog: Annotated[WorklogPolicy, SETTINGS] = WorklogPolicy()
    """Which events of such tasks reach the client's worklog."""

    @property
    def is_active(self) -> bool:
        """Whether new tasks may have this type (CNT-12)."""
        return self.status == "active"

    @field_validator("deliverables")
    @classmethod
    def _task_level_only(cls, value: list[DeliverableDefinition]) -> list[DeliverableDefinition]:
        for deliverable in value:
            if deliverable.step_ref is not None:
                raise ValueError(f"deliverable {deliverable.ref} of a task type cannot belong to a step")
        return value
