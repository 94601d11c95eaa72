"""The small pieces that task types, templates and tasks are composed of, as authors write them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from engine.catalog.declared import DUTY, IDENTITY, PROOF, SETTINGS, WORDS

#: ``key``, ``ref``, phase, stage, role and tool names (definitions.md section 2).
NAME_PATTERN = r"^[a-z][a-z0-9_]*$"
DOC_ID_PATTERN = r"^[a-z0-9._-]+$"
DAY_PATTERN = r"^\d{4}-\d{2}-\d{2}$"

Name = Annotated[str, Field(pattern=NAME_PATTERN)]
DocId = Annotated[str, Field(pattern=DOC_ID_PATTERN)]
Text = Annotated[str, Field(min_length=1)]
#: A title is rendered with the parameters; the rendered text may have at most 500 characters.
Title = Annotated[str, Field(min_length=1, max_length=500)]

ItemStatus = Literal["draft", "active", "retired"]
Priority = Literal["low", "medium", "high", "critical"]
Urgency = Literal["normal", "soon", "urgent", "immediate"]
ProofKind = Literal["url", "file", "artifact", "comment", "external_status"]
ApprovalSource = Literal["internal", "portal"]
TriggerMode = Literal["manual", "schedule", "webhook", "plan_item"]
#: What a schedule does while an earlier bundle of it is open, and about starts whose time has passed.
Overlap = Literal["skip", "queue", "allow"]
Missed = Literal["skip", "last", "all"]
DueUnit = Literal["days", "business_days", "hours"]
ExecutionMode = Literal["automatic", "manual_trigger", "scheduled"]
ChangePolicy = Literal["keep", "recompute", "ask"]
ExecutorKind = Literal[
    "human",
    "browser_automation",
    "api_call",
    "notification",
    "reminder",
    "ghl_action",
    "data_extraction",
    "report_generation",
    "assistant",
    "custom",
]


class ContentModel(BaseModel):
    """The base of everything written in YAML: unknown fields are errors, loaded content never changes."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, serialize_by_alias=True
    )


class Assignee(ContentModel):
    """Who does a task: either a role, or one named employee."""

    role: Name | None = None
    """The campaign's person for this role; where it names none, the role's members can claim the task."""
    employee: Text | None = None
    """The key of one employee."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.role is None) == (self.employee is None):
            raise ValueError("name either a role or an employee: {role: writer} or {employee: ana}")
        return self


class GoldStandard(ContentModel):
    """A finished example, with the reasons why it is good (TPL-10)."""

    example_url: str | None = None
    """The address of a finished example."""
    loom_video: str | None = None
    """The address of a video that explains the example."""
    notes: str | None = None
    """Why the example is good; what to look at."""


class ProofRequirement(ContentModel):
    """Evidence that a task needs before it can be completed (PRF-01)."""

    kind: Annotated[ProofKind, PROOF]
    """An address, a file, an approved artifact, a comment, or the status of an outside system."""
    label: Annotated[Title, IDENTITY]
    """What the person sees, and what the proof is filed under."""
    required: Annotated[bool, PROOF] = True
    """False makes the proof welcome but not needed."""


class LinkDefinition(ContentModel):
    """A named link that a bundle must eventually fill (WFD-05)."""

    name: Annotated[Title, IDENTITY]
    """What the link is called; tasks name it in fills_link and needs_links."""
    required: Annotated[bool, DUTY] = True
    """A required link must be filled or waived before the bundle can be completed."""


class Phase(ContentModel):
    """A group of tasks, in the order of the list (WFD-03)."""

    key: Annotated[Name, IDENTITY]
    """What tasks name as their phase."""
    name: Annotated[Text, WORDS]
    """The heading on the bundle's page."""
    stage: Annotated[Name | None, SETTINGS] = None
    """The bundle's stage that this phase belongs to."""


class Reference(ContentModel):
    """Something worth reading, by address."""

    name: Annotated[Text, IDENTITY]
    """What it is called."""
    url: Annotated[Text, WORDS]
    """Where it is; may contain {{ parameters }}."""


class Sop(ContentModel):
    """A standard operating procedure: a process doc of the registry, or an outside address."""

    name: Annotated[Text, IDENTITY]
    """What it is called."""
    doc_id: Annotated[DocId | None, WORDS] = None
    """The id of a process doc."""
    url: Annotated[str | None, WORDS] = None
    """The address of a document that is not in the registry."""

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if self.doc_id is None and self.url is None:
            raise ValueError("an SOP needs a doc_id or a url")
        return self


class ToolUse(ContentModel):
    """A tool that the work uses (TPL-16)."""

    tool: Annotated[Name, IDENTITY]
    """The tool's name."""
    auto_fetch: Annotated[bool, SETTINGS] = False
    """True fetches an artifact with this tool when the task is made."""
    params: Annotated[dict[str, Any], SETTINGS] = {}
    """Settings of this tool for this work."""
    disabled: Annotated[bool, SETTINGS] = False
    """True means that the work does not use it, though its task type or template does."""

    def settings(self) -> dict[str, Any]:
        """Return it as a task keeps it."""
        return self.model_dump(mode="json", exclude={"disabled"})


def tools_in_use(*levels: Iterable[ToolUse]) -> list[ToolUse]:
    """Return the tools of all levels but the disabled; of one name the narrowest level, the last, wins."""
    uses = {use.tool: use for level in levels for use in level}
    return [use for use in uses.values() if not use.disabled]


def tool_list(value: object) -> Any:
    """Return tools as a list of entries; the map form ``{surfer: true}`` is accepted, too (RES-02)."""
    if not isinstance(value, dict):
        return value
    return [tool_entry(name, setting) for name, setting in value.items()]


def tool_entry(name: str, setting: Any) -> dict[str, Any]:
    """Return one entry of the map form as an entry of the list form; false and null disable the tool."""
    if setting is None or setting is False:
        return {"tool": name, "disabled": True}
    return {"tool": name, **(setting if isinstance(setting, dict) else {})}


class ToolSettings(ContentModel):
    """The settings of one tool in the map form of ``tools``."""

    auto_fetch: bool = False
    """True fetches an artifact with this tool when the task is made."""
    params: dict[str, Any] = {}
    """Settings of this tool for this work."""


ToolList = Annotated[
    list[ToolUse],
    BeforeValidator(tool_list, json_schema_input_type=list[ToolUse] | dict[Name, bool | ToolSettings]),
]


class Waiver(ContentModel):
    """What skipping for one reason makes unnecessary."""

    links: list[Text] | Literal["all"] = []
    """The bundle links that need no longer be filled; all means every link of the bundle."""


class SkipReason(ContentModel):
    """One reason for which a task may be closed as skipped (product.md 4.6)."""

    text: Text
    """The exact reason that is chosen."""
    waives: Waiver | None = None
    """What this reason makes unnecessary."""


def _skip_reason(value: object) -> Any:
    return {"text": value} if isinstance(value, str) else value


class SkipRule(ContentModel):
    """When a task may be skipped. Skipping never needs proof."""

    reasons: Annotated[
        list[Annotated[SkipReason, BeforeValidator(_skip_reason, json_schema_input_type=Text | SkipReason)]],
        Field(min_length=1),
    ]
    """The allowed reasons; a plain text is short for {text: ...}."""
    note: str | None = None
    """What to say in the comment; shown when the task is skipped."""
    comment_required: bool = True
    """Whether skipping needs a comment."""


class WaitingDefaults(ContentModel):
    """What is offered when a task is moved to waiting."""

    waiting_for: str | None = Field(default=None, alias="for")
    """Whom or what the task usually waits for."""
    follow_up_days: Annotated[int, Field(ge=0, le=3650)] | None = None
    """After how many days to ask again; two where nothing is said."""
    comment_required: bool = False
    """Whether moving to waiting needs a comment."""


def _source_as_list(schema: dict[str, Any]) -> None:
    schema["properties"]["source"] = {
        "enum": ["internal", "portal"],
        "description": "Short for sources with one entry.",
        "title": "Source",
    }


class ApprovalPolicy(ContentModel):
    """Whether a deliverable needs a decision before its task can be completed."""

    model_config = ConfigDict(json_schema_extra=_source_as_list)

    required: bool = False
    """True makes completion wait for an approval."""
    sources: Annotated[list[ApprovalSource], Field(json_schema_extra={"uniqueItems": True})] = []
    """Whose decisions are needed, one round after another; internal where nothing is said."""
    reason: str | None = None
    """Why approval is needed, for example process or training."""

    @model_validator(mode="before")
    @classmethod
    def _expand_source(cls, value: object) -> Any:
        if isinstance(value, dict) and "source" in value:
            if "sources" in value:
                raise ValueError("give either source or sources, not both")
            value = dict(value)
            value["sources"] = [value.pop("source")]
        return value

    @property
    def rounds(self) -> tuple[ApprovalSource, ...]:
        """The rounds to pass, in order; empty where no approval is required."""
        if not self.required:
            return ()
        return tuple(self.sources) or ("internal",)


class ExecutionPolicy(ContentModel):
    """How an automated task runs."""

    mode: ExecutionMode = "automatic"
    """automatic runs by itself, as the bot's; manual_trigger waits for a click; scheduled for a time."""
    executor: ExecutorKind | None = None
    """What runs the task; the task type's executor where nothing is said."""
    requires_human_review: bool = False
    """True means that a manager must permit the run first."""
    max_retries: Annotated[int, Field(ge=0, le=100)] = 3
    """How often a failed run is tried again."""
    config: dict[str, Any] = {}
    """Settings of the executor."""


class DueRule(ContentModel):
    """When a task is due."""

    offset: int = Field(default=0, ge=-36500, le=36500)
    """How many units after (or, negative, before) the day counted from."""
    unit: DueUnit = "days"
    """days are calendar days; business_days follow the template's calendar; hours count from a moment."""
    counted_from: str = Field(
        default="anchor",
        alias="from",
        pattern=r"^(anchor|bundle_start|task_completed:[a-z][a-z0-9_]*|parameter:.+)$",
    )
    """anchor, bundle_start, task_completed:<ref> or parameter:<name>."""

    @property
    def after_task(self) -> str | None:
        """The ref of the task whose completion starts the count, if any."""
        return self._subject("task_completed:")

    @property
    def parameter(self) -> str | None:
        """The name of the parameter that holds the day counted from, if any."""
        return self._subject("parameter:")

    def _subject(self, prefix: str) -> str | None:
        return self.counted_from.removeprefix(prefix) if self.counted_from.startswith(prefix) else None


class ExpectedArtifact(ContentModel):
    """An output that a task is expected to leave behind."""

    type: Text
    """What kind of output."""
    label: Text
    """What it is called on the task's page."""
