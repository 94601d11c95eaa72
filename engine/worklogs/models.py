"""The WorkLog record: what a client may read about a week of a campaign."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import Field

from engine.record import Moment, RecordSpec, Revised

#: How much somebody may write into one.
LONGEST_BODY = 100_000


class WorkLogStatus(StrEnum):
    """Where a worklog stands."""

    DRAFT = "draft"  #: to be looked at and sent
    SENT = "sent"  #: the partner's people read it; it never changes again
    EMPTY = "empty"  #: nothing of the week can be told; nobody gets a message


class WorkLog(Revised):
    """What a client may read about a week of a campaign; one per campaign and week."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="worklogs",
        key=("worklog_id",),
        prefix="wlg",
        promoted=("workspace_id", "campaign_id", "partner_id", "week", "status"),
        indexes=(
            # With the status, to pass over others without reading them.
            ("workspace_id", "week", "worklog_id", "status"),
            ("workspace_id", "partner_id", "status", "week"),
        ),
        unique=(("campaign_id", "week"),),
        references={
            "workspace_id": "workspaces",
            "campaign_id": "campaigns",
            "partner_id": "partners",
            "edited_by": "users",
            "sent_by": "users",
        },
    )

    #: The id of the row: `wlg_`, then 26 digits and capitals that sort by the time of making.
    worklog_id: str
    workspace_id: str
    #: The campaign that it tells of.
    campaign_id: str
    #: The client who may read it once it is sent: the campaign's, as it was made.
    partner_id: str
    #: What the campaign was called then: the worklog's title has it.
    campaign_name: str
    #: The Monday that the week begins with; a calendar day in the zone of the workspace.
    week: date
    #: How it stands.
    status: WorkLogStatus
    #: What it tells, in the order of the events: a list of objects with `event_id`, `event` (a word of
    #: `worklog.include`), `day`, `task_id`, `task`, `what`, `bundle_id`, `bundle`, `stage`, `address` and
    #: `words`, as they were when it was made. Its words can be made from them again.
    entries: list[dict[str, Any]] = Field(default_factory=list)
    #: The words that were made from the entries, in Markdown.
    made_body: str = ""
    #: The words that somebody wrote instead, in Markdown. Null where nobody did.
    edited_body: str | None = Field(default=None, max_length=LONGEST_BODY)
    #: When it was made, the last time.
    made_at: Moment
    #: When somebody wrote other words, the last time. Null where nobody did.
    edited_at: Moment | None = None
    #: The user who did. Null where nobody did.
    edited_by: str | None = None
    #: When it was sent. Null until then.
    sent_at: Moment | None = None
    #: The user who sent it. Null until then.
    sent_by: str | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1

    @property
    def body(self) -> str:
        """The words that are sent: as somebody edited them, else as they were made."""
        return self.made_body if self.edited_body is None else self.edited_body

    @property
    def is_sent(self) -> bool:
        """Whether the partner's people read it."""
        return self.status is WorkLogStatus.SENT

    @property
    def is_edited(self) -> bool:
        """Whether somebody wrote other words than were made."""
        return self.edited_body is not None
