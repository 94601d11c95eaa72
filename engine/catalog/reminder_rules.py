"""What `reminders:` says: whom to remind of what, and when (RMD-01, OPQ-43)."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from engine.catalog.declared import IDENTITY, SETTINGS
from engine.catalog.parts import ContentModel, Name, Text

Receiver = Literal["assignee", "owner", "managers", "watchers", "nobody"]
Escalation = Literal["assignee", "owner", "managers", "approvers", "flag"]
Overlap = Literal["skip", "send"]
Missed = Literal["last", "each", "none"]
TimeOfDay = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]

#: The units of a length of time, in the order in which a message names them.
UNITS = ("business_days", "business_hours", "days", "hours")


class Span(ContentModel):
    """A length of time: one number of one unit, for example {business_days: 1}."""

    business_days: Annotated[int, Field(ge=0, le=60)] | None = None
    """Working days of the calendar."""
    business_hours: Annotated[int, Field(ge=0, le=600)] | None = None
    """Hours within working days, outside of the quiet hours."""
    days: Annotated[int, Field(ge=0, le=90)] | None = None
    """Days, free ones too."""
    hours: Annotated[int, Field(ge=0, le=2160)] | None = None
    """Hours, day and night."""

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        if sum(getattr(self, unit) is not None for unit in UNITS) != 1:
            raise ValueError("give one number of one unit, for example {business_days: 1} or {hours: 4}")
        return self

    @property
    def unit(self) -> str:
        """The unit that is given."""
        return next(unit for unit in UNITS if getattr(self, unit) is not None)

    @property
    def amount(self) -> int:
        """How many of it."""
        value: int = getattr(self, self.unit)
        return value

    def __str__(self) -> str:
        """Return it in words: ``1 business day``."""
        word = self.unit.replace("_", " ")
        return f"{self.amount} {word[:-1] if self.amount == 1 else word}"


class ChainStep(ContentModel):
    """One step of an escalation."""

    after: Span
    """How long after the moment that starts the clock; the clock stands still while the task waits."""
    to: Escalation = "assignee"
    """Who is reminded; flag tells every manager, before everything else in their inboxes."""


class RecurringReminder(ContentModel):
    """What is reminded of again and again while a task is open (RMD-07)."""

    name: Name
    """Its stable name within the list."""
    schedule: Text
    """A crontab line of five fields, in the calendar's zone, for example "0 9 * * 1" for Mondays at nine."""
    text: Text
    """What to do, as the reminder says it."""
    to: Receiver = "assignee"
    """Who is reminded."""
    overlap: Overlap = "skip"
    """What happens while the one before is neither dismissed nor over: skip leaves the new one out, send
    sends it all the same."""
    missed: Missed = "last"
    """What happens to those that came while nothing ran: last sends the last of them, each sends all, none
    sends none."""


def _in_order(steps: list[ChainStep] | None) -> None:
    for before, step in pairwise(steps or []):
        if before.after.unit == step.after.unit and step.after.amount < before.after.amount:
            raise ValueError(f"the step after {step.after} stands behind the one after {before.after}")


Chain = Annotated[list[ChainStep], Field(max_length=10)]


class ReminderRules(ContentModel):
    """Who is reminded of what, and when; what is not said is as the next wider level says it."""

    due: Annotated[list[Span], Field(max_length=5)] | None = None
    """How long before a task is due its assignee is reminded; [] is never."""
    overdue: Chain | None = None
    """Who is told that a task is late, step by step, counted from its deadline; [] is nobody."""
    follow_up_due: Receiver | None = None
    """Who is told when the follow-up of a task that waits has come."""
    missing_evidence: Receiver | None = None
    """Who is told when a task reaches its deadline and its required proof is absent."""
    recurring: Annotated[list[RecurringReminder], Field(max_length=10)] | None = None
    """What is reminded of by a schedule while a task is open."""
    stage_change: Receiver | None = None
    """Who is told when the bundle moves to another stage; the assignee is that of no task."""
    automation_failure: Receiver | None = None
    """Who is told when an automated task fails."""
    approval: Chain | None = None
    """Who is told that a version waits for a decision, step by step; it is never approved by that."""
    help: Chain | None = None
    """Who is told that a worker waits for an answer, step by step."""

    @model_validator(mode="after")
    def _rules_between_fields(self) -> Self:
        for steps in (self.overdue, self.approval, self.help):
            _in_order(steps)
        if any(step.to == "approvers" for step in [*(self.overdue or []), *(self.help or [])]):
            raise ValueError("approvers are told of approvals alone: name assignee, owner, managers or flag")
        if self.stage_change == "assignee":
            raise ValueError("a bundle has no assignee: name owner, managers, watchers or nobody")
        return self


class QuietHours(ContentModel):
    """The hours in which nobody is reminded."""

    begin: TimeOfDay = Field(default="18:00", alias="from")
    """When they begin, as HH:MM."""
    end: TimeOfDay = Field(default="08:00", alias="to")
    """When they end, the next morning."""

    @model_validator(mode="after")
    def _over_night(self) -> Self:
        if self.end >= self.begin:
            raise ValueError(
                'quiet hours go over night, so from is later than to: {from: "18:00", to: "08:00"}'
            )
        return self


class WorkspaceReminders(ContentModel):
    """The reminders of the whole workspace, where neither task, template nor type says otherwise."""

    key: Annotated[Literal["workspace"], IDENTITY]
    """There is one such file, reminders/workspace.yaml."""
    calendar: Annotated[Name | None, SETTINGS] = None
    """The calendar of tasks whose template names none; Monday to Friday where nothing is said."""
    quiet: Annotated[QuietHours | None, SETTINGS] = QuietHours()
    """The hours in which nobody is reminded; with null there are none. Free days are quiet as a whole."""
    digest: Annotated[TimeOfDay | None, SETTINGS] = None
    """The time of day at which all reminders of a day come together, as HH:MM; at once where nothing is said.
    What is flagged and failures never wait for it."""
    reminders: Annotated[ReminderRules, SETTINGS] = ReminderRules()
    """The rules themselves; what is not said is as Workbench has it."""

    @model_validator(mode="after")
    def _digest_is_not_quiet(self) -> Self:
        if self.digest and self.quiet and not self.quiet.end <= self.digest < self.quiet.begin:
            raise ValueError("the digest comes within the quiet hours: choose a time outside of them")
        return self


#: What holds where no file says otherwise.
SHIPPED = ReminderRules.model_validate(
    {
        "due": [{"business_days": 1}],
        "overdue": [
            {"after": {"business_hours": 0}, "to": "assignee"},
            {"after": {"business_days": 1}, "to": "managers"},
            {"after": {"business_days": 3}, "to": "flag"},
        ],
        "follow_up_due": "assignee",
        "missing_evidence": "assignee",
        "recurring": [],
        "stage_change": "nobody",
        "automation_failure": "managers",
        "approval": [
            {"after": {"business_days": 1}, "to": "approvers"},
            {"after": {"business_days": 3}, "to": "flag"},
        ],
        "help": [
            {"after": {"business_hours": 4}, "to": "managers"},
            {"after": {"business_days": 2}, "to": "flag"},
        ],
    }
)
DEFAULTS = WorkspaceReminders(key="workspace")


def narrowed(*levels: ReminderRules | None) -> ReminderRules:
    """Return what holds by several levels, the widest first: of each kind what the narrowest says."""
    said = {
        name: value
        for level in levels
        if level is not None
        for name in ReminderRules.model_fields
        if (value := getattr(level, name)) is not None
    }
    return ReminderRules.model_construct(**said)
