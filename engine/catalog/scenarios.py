"""The format of a scenario file: what the author of a template means by it, as a play that can be run (D8).

``<key>.scenario.yaml`` stands beside the template that it plays, or beside an override of it. It is no part
of the live content: nothing that runs reads it, it pins nothing, and a mistake in it keeps no template from
being used.

Which verbs a step may have is no matter of this format: they are the commands of the product, each with the
fields of its own input (``engine.scenarios.verbs``).
"""

from __future__ import annotations

import re
from datetime import MAXYEAR, MINYEAR, date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field

from engine.access import Role
from engine.catalog.parts import ContentModel, Name, Text, Title

_DAY = r"(?:\d{4}-\d{2}-\d{2}|anchor(?: [+-] \d{1,5})?)"
_TIME = r" \d{2}:\d{2}"
_LENGTH = r"\d{1,5} (?:minute|hour|day|week)s?"
DAY_PATTERN = rf"^{_DAY}$"
MOMENT_PATTERN = rf"^{_DAY}(?:{_TIME})?$"
LENGTH_PATTERN = rf"^{_LENGTH}(?: {_LENGTH})*$"
#: The hour at which a day begins for whoever names no time.
MORNING = time(9)


class Player(ContentModel):
    """Somebody who acts in a scenario; they exist there alone."""

    role: Role
    """What they may do: manager, strategist, member, partner, admin or agent."""
    does: list[Name] = []
    """The assignee roles that they have, such as writer: what they may claim."""
    training: bool = False
    """Whether they are in training, so that a manager approves all that they hand over."""


class Reminded(ContentModel):
    """One reminder that somebody gets."""

    to: Name
    """Who gets it."""
    of: Text
    """What it reminds of: due, overdue, follow-up-due, missing-evidence, recurring or stage-change."""
    task: Text | None = None
    """The ref of the task that it is about; left out, the bundle."""
    at: Annotated[str, Field(pattern=MOMENT_PATTERN)] | None = None
    """When it comes; left out, at any time since the last look."""


class Rows(ContentModel):
    """Rows of a table as an export has them; ids of people, tasks and deliverables are their names here."""

    table: Name
    """The table of the export, such as tasks or deliverables."""
    where: dict[str, Any] = {}
    """Which rows: field to value; all rows of the table where it is left out."""
    fields: dict[str, Any] = {}
    """What each of them holds: field to value."""
    count: Annotated[int, Field(ge=0)] | None = None
    """How many there are; left out, at least one."""


class Expectation(ContentModel):
    """What must be so at a moment; what is not named may be anything."""

    tasks: dict[str, str | dict[str, Any]] = {}
    """Ref to status, or to fields of the task and their values."""
    made: list[Text] = []
    """Refs of tasks that the bundle has."""
    not_made: list[Text] = []
    """Refs of tasks that the bundle does not have, such as those whose `when` does not hold."""
    bundle: str | dict[str, Any] | None = None
    """The status of the bundle, or fields of it and their values."""
    links: dict[str, str | dict[str, Any]] = {}
    """Name of a link to empty, filled or waived, or to fields of it and their values."""
    board: dict[str, list[Text]] = {}
    """Column of the board to the refs of all tasks of the bundle that stand there."""
    reminders: list[Reminded] | None = None
    """All reminders that came since the last step that named any; [] means none."""
    export: list[Rows] = []
    """Rows of the export."""


class Step(ContentModel):
    """One step: when it is, what somebody does, and what must be so then; each may be left out.

    The first other field is the verb: the command, with what it is done to. Those after it are what the
    command asks for.
    """

    model_config = ConfigDict(extra="allow")

    at: Annotated[str, Field(pattern=MOMENT_PATTERN)] | None = None
    """Moves the clock: `2027-02-01 14:30`, or `anchor - 14 14:30` for so many days before the anchor date."""
    after: Annotated[str, Field(pattern=LENGTH_PATTERN)] | None = None
    """Moves the clock on: `3 days`, `2 hours 30 minutes`."""
    by: Name | None = None
    """Who does it; left out, whoever has the task, and of what is no task's a manager."""
    refused: Text | None = None
    """That it must be refused: a code such as MISSING_PROOF, or words of the refusal."""
    named: Name | None = Field(default=None, alias="as")
    """A name for the task that it makes, to be used like a ref from here on."""
    expect: Expectation | None = None
    """What must be so after it."""

    @property
    def verb(self) -> str | None:
        """What is done; None where only time passes or something is expected."""
        return next(iter(self.model_extra or {}), None)

    @property
    def subject(self) -> Any:
        """What it is done to."""
        return (self.model_extra or {}).get(self.verb or "")

    @property
    def given(self) -> dict[str, Any]:
        """What the command is told besides."""
        return {name: value for name, value in (self.model_extra or {}).items() if name != self.verb}


class Scenario(ContentModel):
    """One run of the template, from its start to where it is of interest."""

    name: Title
    """What it shows, in a sentence."""
    now: Annotated[str, Field(pattern=MOMENT_PATTERN)]
    """When it begins, by the clocks of `timezone`: a moment, or one counted from the anchor date."""
    anchor_date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    """The anchor date of the bundle."""
    timezone: Text | None = None
    """The zone of the workspace; left out, that of the template's calendar, else UTC."""
    parameters: dict[str, Any] = {}
    """What the start form is filled in with; {day: anchor - 3} is a day counted from the anchor date."""
    partner: Name | None = None
    """The key of the partner that it is for; its override is used."""
    campaign: Name | None = None
    """The key of the campaign that it is for; its override is used."""
    people: dict[Name, Name] | None = None
    """Who has which assignee role in the campaign; left out, the first of the actors who does it."""
    actors: Annotated[dict[Name, Player], Field(min_length=1)]
    """Who acts, by names of your own."""
    started_by: Name | None = None
    """Who starts the bundle; left out, the first manager or admin, else the first of all."""
    refused: Text | None = None
    """That the start must be refused: a code, or words of the refusal. There are no steps then."""
    steps: list[Step] = []
    """What happens, in its order."""


class ScenarioFile(ContentModel):
    """The scenarios of one template; the file is called after it."""

    scenarios: Annotated[list[Scenario], Field(min_length=1)]
    """Each begins anew, in a store of its own."""


def read_day(text: str, anchor: date) -> date:
    """Return the day that a text means.

    Raises:
        ValueError: it is none.
    """
    if not re.fullmatch(_DAY, text):
        raise ValueError(f"{text} is no day; write 2027-03-01, anchor, anchor + 3 or anchor - 3")
    if not text.startswith("anchor"):
        day = date.fromisoformat(text)
    else:
        shift = text.removeprefix("anchor").replace(" ", "")
        try:
            day = anchor + timedelta(days=int(shift or 0))
        except OverflowError as error:
            raise ValueError(f"{text} lies outside the calendar") from error
    if day.year in (MINYEAR, MAXYEAR):  # in another zone a moment of it may have no date
        raise ValueError(f"{text} lies at the end of the calendar")
    return day


def read_moment(text: str, anchor: date, zone: str) -> datetime:
    """Return the moment that a text means: a day at nine, or at the time that it names.

    Raises:
        ValueError: it is none.
    """
    day, at = text, MORNING
    if re.fullmatch(rf".*{_TIME}", text):
        day, at = text[:-6], time.fromisoformat(text[-5:])
    return datetime.combine(read_day(day, anchor), at, ZoneInfo(zone))


def read_length(text: str) -> timedelta:
    """Return the length of time that a text means."""
    words = text.split()
    parts = {
        f"{unit.rstrip('s')}s": int(number) for number, unit in zip(words[::2], words[1::2], strict=True)
    }
    return timedelta(**parts)


def say_day(day: date, anchor: date) -> str:
    """Return a day as it is written, counted from the anchor date."""
    days = (day - anchor).days
    return f"anchor {'+' if days > 0 else '-'} {abs(days)}" if days else "anchor"
