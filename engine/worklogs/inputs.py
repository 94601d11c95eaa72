"""What the commands of worklogs are told."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from engine.inputs import Input, OptionalDay, Revision, lines
from engine.worklogs.models import LONGEST_BODY


class Make(Input):
    """A week of a campaign."""

    #: The key or id of the campaign.
    campaign: str = Field(min_length=1)
    #: Any day of the week; the last week that is over, if it is left out.
    week: OptionalDay = None
    #: Make it again though somebody edited it: what they wrote is gone.
    discard_edits: bool = False


class OnWorkLog(Input):
    """One worklog."""

    #: The id of the worklog.
    worklog_id: str = Field(title="Worklog", min_length=1)
    #: As you have read it; refused where somebody changed it since.
    revision: Revision = None


class Edit(OnWorkLog):
    """Other words for a worklog."""

    #: What the client reads, in Markdown.
    body: Annotated[str, Field(title="Text", max_length=LONGEST_BODY, json_schema_extra=lines(16))]
