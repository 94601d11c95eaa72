"""The Schedule, and what became of each of its days."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any, ClassVar

from engine.record import Moment, RecordSpec, Revised

#: The subject of what is started for the house itself.
HOUSE = "house"


class ScheduleState(StrEnum):
    """Whether bundles begin by a schedule."""

    ACTIVE = "active"  #: they begin on the days of its template
    PAUSED = "paused"  #: none begins until somebody switches it on again


class StartState(StrEnum):
    """What became of the start for one anchor date."""

    STARTED = "started"  #: the bundle is there
    WAITING = "waiting"  #: it begins once the bundle before it is closed
    SKIPPED = "skipped"  #: left out: somebody said so, or an earlier bundle was still open
    MISSED = "missed"  #: nothing looked at its time, and the template says not to make up for it
    REFUSED = "refused"  #: it could not be started; the reason says why


class Schedule(Revised):
    """A template that is started by itself, for a partner, a campaign or the house; switched on by hand."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="schedules",
        key=("schedule_id",),
        prefix="sch",
        promoted=(
            "workspace_id",
            "template_id",
            "subject",
            "state",
            "next_at",
            "owner_id",
            "trouble_at",
        ),
        indexes=(("workspace_id", "state", "next_at"), ("workspace_id", "owner_id", "trouble_at")),
        unique=(("workspace_id", "template_id", "subject"),),
        references={
            "workspace_id": "workspaces",
            "partner_id": "partners",
            "campaign_id": "campaigns",
            "owner_id": "users",
        },
    )

    #: The schedule's id: `sch_`, then 26 digits and capitals that sort by the time of making.
    schedule_id: str
    workspace_id: str
    #: The key of the template that is started, such as `newsletter`.
    template_id: str
    #: The client that it is started for. Null for work of the house itself.
    partner_id: str | None = None
    #: The campaign that it is started in. Null where it is none.
    campaign_id: str | None = None
    #: The campaign's id, else the partner's, else `house`: there is one schedule for each.
    subject: str
    #: What its bundles are started with, name to value, over what the template says.
    parameters: dict[str, Any] = {}
    #: The user whose the bundles are.
    owner_id: str
    #: Whether bundles begin by it.
    state: ScheduleState
    #: The last anchor date that was dealt with; later ones are still to come.
    handled_until: date
    #: The anchor date of the next start. Null while it is paused, and where there is none to come.
    next_anchor: date | None = None
    #: When that begins. Null as `next_anchor` is.
    next_at: Moment | None = None
    #: Why nothing begins by it although it is active, in words. Null where all is well.
    problem: str | None = None
    #: What its owner should know: the last start that was refused or missed, or why nothing begins, in words.
    #: Null while there was nothing of the kind.
    trouble: str | None = None
    #: Since when they should. Null as `trouble` is.
    trouble_at: Moment | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1

    @property
    def is_active(self) -> bool:
        """Whether bundles begin by it."""
        return self.state is ScheduleState.ACTIVE


class ScheduledStart(Revised):
    """What became of one anchor date of a schedule; there is one row for each."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="scheduled_starts",
        key=("scheduled_start_id",),
        prefix="sst",
        promoted=("workspace_id", "schedule_id", "anchor_date", "state", "bundle_id"),
        indexes=(("workspace_id", "state", "schedule_id"),),
        unique=(("schedule_id", "anchor_date"),),
        references={"workspace_id": "workspaces", "schedule_id": "schedules", "bundle_id": "bundles"},
    )

    #: The id of the row: `sst_`, then 26 digits and capitals that sort by the time of making.
    scheduled_start_id: str
    workspace_id: str
    #: The schedule whose day it is.
    schedule_id: str
    #: The anchor date that the bundle has or was to have.
    anchor_date: date
    #: When it was to begin by the template.
    due_at: Moment
    #: What became of it.
    state: StartState
    #: Why it was not started, or later than it was due, in words. Null where it began as it should.
    reason: str | None = None
    #: The bundle that it made. Null where it made none.
    bundle_id: str | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1
