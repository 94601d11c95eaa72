"""The Notification record: something that one person was told, once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from engine.record import Moment, RecordSpec, Revised


class NotificationKind(StrEnum):
    """What a notification is about, by which people choose what they are told."""

    TO_DECIDE = "to_decide"  #: something waits until they decide, answer, permit or send it
    SENT_BACK = "sent_back"  #: a change is asked for on what they handed over
    MENTIONED = "mentioned"  #: somebody calls them by name
    ANSWERED = "answered"  #: their question was answered
    ASSIGNED = "assigned"  #: a task is theirs, or theirs is free to start
    DECIDED = "decided"  #: what they handed over was approved
    BUNDLE_DONE = "bundle_done"  #: a bundle of theirs is completed
    REMINDER = "reminder"  #: something is due, late or to be followed up
    WORKLOG = "worklog"  #: a worklog was sent to them; for a partner's people
    JOB_FAILED = "job_failed"  #: what is done by itself could not be done; for admins
    WEBHOOK_FAILED = "webhook_failed"  #: a webhook is paused, or gave a message up; for admins
    AUTOMATION = "automation"  #: a task of theirs that runs by itself ended, or nobody knows how
    MESSAGE = "message"  #: a task that tells people something has run, and they are among those
    REQUESTS_FAIL = "requests_fail"  #: more than one request of a hundred fails; for admins
    CONTENT_REWRITTEN = "content_rewritten"  #: the history of the content was rewritten; for managers
    CONTENT_BROKEN = "content_broken"  #: a file of the content that they changed has an error
    TEMPLATE_CHANGED = "template_changed"  #: running bundles of theirs have a newer version of their template
    PROPOSAL = "proposal"  #: what became of a change of templates that they proposed
    ACCOUNT = "account"  #: how they sign in was changed, by themselves or by somebody else


#: What the inbox tells by nothing else: their notifications are items of it.
LISTED = frozenset(
    {
        NotificationKind.JOB_FAILED,
        NotificationKind.WEBHOOK_FAILED,
        NotificationKind.AUTOMATION,
        NotificationKind.MESSAGE,
        NotificationKind.REQUESTS_FAIL,
        NotificationKind.CONTENT_REWRITTEN,
        NotificationKind.CONTENT_BROKEN,
        NotificationKind.TEMPLATE_CHANGED,
        NotificationKind.PROPOSAL,
        NotificationKind.ACCOUNT,
    }
)


class Way(StrEnum):
    """How somebody is told, beside the inbox."""

    MAIL = "mail"  #: an e-mail to the address that they sign in with
    CHAT = "chat"  #: a message to the chat address that is kept for them


@dataclass(frozen=True, kw_only=True)
class About:
    """What a notification is about; what its reader may not see is not linked by it."""

    task_ids: tuple[str, ...] = ()
    bundle_id: str | None = None


class MessageSettings(Revised):
    """What one person wants to be told outside of the inbox, by which ways, and when; a row per user."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="message_settings",
        key=("message_settings_id",),
        prefix="mst",
        promoted=("workspace_id", "user_id"),
        unique=(("user_id",),),
        references={"workspace_id": "workspaces", "user_id": "users"},
        secret=frozenset({"stop_token"}),
    )

    #: The id of the row: `mst_`, then 26 digits and capitals that sort by the time of making.
    message_settings_id: str
    workspace_id: str
    #: Whose they are.
    user_id: str
    #: Of what they are told.
    kinds: list[NotificationKind]
    #: By which ways they are told; empty for none.
    ways: list[Way]
    #: Whether they get the messages of a day together, at `daily_hour`.
    is_daily: bool = False
    #: The hour of their day, in their time zone, at which the messages of a day go out, 0 to 23.
    daily_hour: int = 8
    #: The hour of their day at which quiet hours begin, 0 to 23. Null where they have none.
    quiet_from: int | None = None
    #: The hour of their day at which quiet hours end, 0 to 23. Null where they have none.
    quiet_until: int | None = None
    #: Nothing that happened before is told.
    since: Moment
    #: Stands in each e-mail, and stops them without signing in. Never in events. Null in a store that was
    #: restored, until the next e-mail.
    stop_token: str | None = None
    #: The address that their mail server said it does not know; nothing more is sent there. Null where
    #: none was refused.
    refused_address: str | None = None
    #: What their mail server said. Null where it refused nothing.
    refusal: str | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1


class Notification(Revised):
    """Something that one person was told, once; kept for good."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="notifications",
        key=("notification_id",),
        prefix="ntf",
        promoted=("workspace_id", "user_id", "key", "is_listed", "due_at", "created_at"),
        indexes=(("workspace_id", "user_id", "is_listed", "created_at"), ("user_id", "due_at")),
        unique=(("user_id", "key"),),
        references={
            "workspace_id": "workspaces",
            "user_id": "users",
            "about_task_ids": "tasks",
            "about_bundle_id": "bundles",
        },
    )

    #: The id of the row: `ntf_`, then 26 digits and capitals that sort by the time of making.
    notification_id: str
    workspace_id: str
    #: The user who is told.
    user_id: str
    #: What it is about, by which people choose what they are told.
    kind: NotificationKind
    #: What is told once: the same person is never told anything twice under one key.
    key: str
    #: What has happened, in one line.
    title: str
    #: What there is to know about it, a line each.
    lines: list[str] = []
    #: The ids of the tasks that the person is told of, first the one that the message leads to.
    about_task_ids: list[str] = []
    #: The bundle that the person is told of. Null where it is about none.
    about_bundle_id: str | None = None
    #: By which ways it goes out, beside the inbox; empty where the person wants none.
    ways: list[Way] = []
    #: The moment before which it does not go out: when it was made, when quiet hours end, or when the
    #: messages of a day go out.
    due_at: Moment
    #: When it was handed over to the first of its ways. Null while it waits, and where there is none.
    sent_at: Moment | None = None
    #: When what it tells was over, so that the inbox tells it no more. Null while it holds, and for what
    #: stays until it was seen.
    over_at: Moment | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1

    @property
    def is_listed(self) -> bool:
        """Whether it is an item of the inbox itself, which has no other of the same."""
        return self.kind in LISTED and self.over_at is None
