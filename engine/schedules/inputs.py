"""What the commands of schedules are told."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from engine.inputs import Input, OptionalDay, Revision, lines

LONGEST_REASON = 2000


class StartSchedule(Input):
    """Which template is to begin by itself, for whom, and whose its bundles are."""

    #: The template's key.
    template: Annotated[str, Field(min_length=1, max_length=200)]
    #: The key of a partner.
    partner: str | None = None
    #: The key of a campaign; implies its partner.
    campaign: str | None = None
    #: The e-mail of the user whose the bundles are; left out, they are yours.
    owner: str | None = None
    #: What its bundles are started with, over what the template says; texts may hold {{ anchor_date }}.
    parameters: dict[str, Any] = {}
    #: Only say which bundles would begin next, and switch nothing on.
    dry_run: bool = False


class OnSchedule(Input):
    """Which schedule is meant, and as it was when it was read."""

    #: Its id.
    schedule_id: str = Field(title="Schedule", min_length=1)
    #: As you have read it; refused where somebody changed it since.
    revision: Revision = None


class RunSchedule(OnSchedule):
    """The start that is to be made now."""

    #: The anchor date of the bundle, as YYYY-MM-DD; left out, it is the next one.
    anchor_date: OptionalDay = None


class SkipStart(OnSchedule):
    """The start that is to be left out."""

    #: Its anchor date, as YYYY-MM-DD; left out, it is the next one.
    anchor_date: OptionalDay = None
    #: Why; it stands beside the day.
    reason: Annotated[str | None, Field(max_length=LONGEST_REASON, json_schema_extra=lines(2))] = None
