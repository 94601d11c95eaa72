"""The ledger of reminders, and the clocks by which it is written."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import ClassVar

from engine.record import Moment, Record, RecordSpec, Revised


class ReminderType(StrEnum):
    """What somebody is reminded of (RMD-02)."""

    DUE = "due"  #: a task is due soon
    OVERDUE = "overdue"  #: a task is late, or a decision or an answer is
    FOLLOW_UP_DUE = "follow-up-due"  #: the follow-up of a task that waits has come
    MISSING_EVIDENCE = "missing-evidence"  #: a task reached its deadline without its proof
    RECURRING = "recurring"  #: a schedule says so
    STAGE_CHANGE = "stage-change"  #: a bundle moved to another stage
    AUTOMATION_FAILURE = "automation-failure"  #: an automated task has failed


class ReminderState(StrEnum):
    """What became of a reminder."""

    PLANNED = "planned"  #: its cause has happened, and it waits for the end of the quiet hours
    SENT = "sent"  #: it is in the inbox of whom it is for
    LATE = "late"  #: the same, later than it was meant to be
    COALESCED = "coalesced"  #: another one at the same time says it
    SUPPRESSED = "suppressed"  #: it was pointless, unwanted, or for nobody
    SNOOZED = "snoozed"  #: whom it is for put it off
    DISMISSED = "dismissed"  #: whom it is for is done with it

    @property
    def is_told(self) -> bool:
        """Whether it stands in an inbox."""
        return self in (ReminderState.SENT, ReminderState.LATE)


class Reminder(Revised):
    """One intended message to one person, and what became of it; a row per person."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="reminders",
        key=("reminder_id",),
        prefix="rem",
        promoted=(
            "workspace_id",
            "key",
            "type",
            "state",
            "task_id",
            "bundle_id",
            "task_approval_id",
            "user_id",
            "is_flag",
            "send_at",
            "sent_at",
        ),
        indexes=(
            ("task_id", "send_at"),
            ("workspace_id", "state", "send_at"),
            ("workspace_id", "user_id", "state", "sent_at", "task_id", "is_flag"),
        ),
        unique=(("workspace_id", "key"),),
        references={
            "workspace_id": "workspaces",
            "task_id": "tasks",
            "bundle_id": "bundles",
            "task_approval_id": "task_approvals",
            "user_id": "users",
            "told_by": "reminders",
        },
    )

    #: The reminder's id: `rem_`, then 26 digits and capitals that sort by the time of making.
    reminder_id: str
    workspace_id: str
    #: Subject, type, step, the moment that the clock of it started at, and whom it is for: unique (RMD-05).
    key: str
    #: What it reminds of.
    type: ReminderType
    #: The rule's step that it comes of, in words, such as `1 business day before`.
    step: str
    #: The task that it is about. Null where it is about a bundle.
    task_id: str | None = None
    #: The bundle that it is about, or that its task belongs to. Null where there is none.
    bundle_id: str | None = None
    #: The approval that waits. Null for all others.
    task_approval_id: str | None = None
    #: Whom it is for. Null where nobody could be told.
    user_id: str | None = None
    #: Whether it goes before everything else in inboxes: the last step of an escalation.
    is_flag: bool = False
    #: What it says, in a sentence.
    text: str
    #: The moment that the rule gives, before quiet hours and free days move it.
    due_at: Moment
    #: When it was meant to be sent; of one that was put off, when it comes back.
    send_at: Moment
    #: What became of it.
    state: ReminderState
    #: Why, in words.
    reason: str
    #: When it came into the inbox, the last time. Null while it did not.
    sent_at: Moment | None = None
    #: The reminder that says it too. Null where it was not coalesced.
    told_by: str | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1

    def is_counted_from(self, moment: datetime | None) -> bool:
        """Whether this is the moment that the clock of it started at."""
        return moment is not None and _base_in_key(moment) in self.key


class ReminderClock(Record):
    """When the next reminder of a task comes; derived from the task, so no event tells of it."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="reminder_clocks",
        key=("task_id",),
        promoted=("workspace_id", "next_at"),
        indexes=(("workspace_id", "next_at"),),
        references={"task_id": "tasks", "workspace_id": "workspaces"},
        exported=False,
        audited=False,
    )

    #: The task whose next reminder it tells; a task has one clock at most.
    task_id: str
    workspace_id: str
    #: Up to when its moments were looked at.
    seen_until: Moment
    #: When its next moment comes. Null where there is none, as far as is known now.
    next_at: Moment | None = None


class ReminderCursor(Record):
    """How far a workspace is with its reminders; derived, so no event tells of it."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="reminder_cursors",
        key=("workspace_id",),
        references={"workspace_id": "workspaces"},
        exported=False,
        audited=False,
    )

    #: The workspace whose reminders they are; it has one cursor at most.
    workspace_id: str
    #: Since when reminders are switched on: nothing before is sent. Null while they are off.
    on_since: Moment | None = None
    #: Up to when changes of tasks were looked at, as they are recorded; the release before goes by it.
    changes_until: Moment
    #: The number of the last event that was looked at, and with it the change of a task that it tells.
    events_until: int
    #: The SHA-256 over the workspace's own rules by which the clocks were set.
    rules: str = ""


def key_of(subject: str, kind: ReminderType, step: str, base: datetime, user_id: str | None) -> str:
    """Return what no second reminder has."""
    return f"{subject}/{kind}/{step}{_base_in_key(base)}{user_id or 'nobody'}"


@lru_cache(maxsize=1024)
def _base_in_key(base: datetime) -> str:
    return f"/{base:%Y-%m-%dT%H:%M:%SZ}/"
