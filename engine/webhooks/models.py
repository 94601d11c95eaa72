"""The Webhook record, what it has sent, and how far it is."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from engine.record import Moment, Record, RecordSpec, Revised


class PauseReason(StrEnum):
    """Why a webhook sends nothing for now."""

    BY_HAND = "by_hand"  #: an admin paused it
    GONE = "gone"  #: the receiver answered 410: it wants nothing any more
    FAILING = "failing"  #: nothing was taken for days
    CLOSED = "closed"  #: the user whose sight it has may not sign in any more
    QUERY = "query"  #: its query says something that there is no more, such as a partner


class DeliveryStatus(StrEnum):
    """What became of a message."""

    WAITING = "waiting"  #: it is still to be sent, or to be tried again
    DELIVERED = "delivered"  #: the receiver took it
    FAILED = "failed"  #: it was given up after its last attempt
    WITHHELD = "withheld"  #: it is not sent: the webhook's user does not see any more what it tells


class Webhook(Revised):
    """An address to which it is sent what happens, as far as one user sees it; its secrets are sealed.

    ``webhooks`` is what the specification calls the addresses at which others create tasks, so its table has
    another name.
    """

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="outgoing_webhooks",
        key=("webhook_id",),
        prefix="whk",
        promoted=("workspace_id", "removed_at"),
        references={"workspace_id": "workspaces", "user_id": "users", "made_by": "users"},
        exported=False,
        secret=frozenset({"sealed", "previous_sealed"}),
        forgotten=True,  # a restored store has none of them
    )

    #: The webhook's id: `whk_`, then 26 digits and capitals that sort by the time of making.
    webhook_id: str
    workspace_id: str
    #: The user whose sight it has: what they do not see is not sent.
    user_id: str
    #: What people call it: which program it tells.
    name: str
    #: Where messages are sent.
    url: str
    #: The kinds of events that are sent, as a list of words; empty for all.
    kinds: list[str] = []
    #: A search for tasks: only events of tasks that it finds are sent. Null for all events.
    query: str | None = None
    #: The secret that messages are signed with, as the key file seals it. Null once it was removed. Never in
    #: events.
    sealed: str | None = None
    #: The secret before, as the key file seals it. Null where it was never rotated. Never in events.
    previous_sealed: str | None = None
    #: From then on messages are signed with the present secret alone. Null where it was never rotated.
    previous_ends_at: Moment | None = None
    #: When it was paused. Null while it is not.
    paused_at: Moment | None = None
    #: Why it is paused. Null while it is not.
    pause_reason: PauseReason | None = None
    #: When it was removed. Null while it was not.
    removed_at: Moment | None = None
    #: The user who made it.
    made_by: str
    created_at: Moment
    updated_at: Moment
    revision: int = 1

    @property
    def is_active(self) -> bool:
        """Whether messages are made and sent."""
        return self.paused_at is None and self.removed_at is None

    def signing(self, now: datetime) -> list[str]:
        """Return the sealed secrets that messages are signed with at a moment, the present one first."""
        overlaps = self.previous_ends_at is not None and now < self.previous_ends_at
        return [one for one in (self.sealed, self.previous_sealed if overlaps else None) if one]


class Attempt(BaseModel):
    """One try to send a message, and what came of it."""

    # What is kept has no other fields; whoever reads answers is to take those that come later.
    model_config = ConfigDict(
        extra="forbid", json_schema_extra=lambda schema: schema.pop("additionalProperties", None)
    )

    #: When it was sent.
    at: Moment
    #: The status of the answer. Null where there was none.
    status: int | None
    #: The beginning of the answer's text. Null where there was no answer, or it broke off.
    answer: str | None
    #: Why it was not taken, in words. Null where it was.
    failure: str | None
    #: How many milliseconds it took.
    milliseconds: int


class WebhookDelivery(Revised):
    """One message of a webhook, its attempts, and what became of it; forgotten after a while."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="webhook_deliveries",
        key=("webhook_delivery_id",),
        prefix="msg",
        promoted=("workspace_id", "webhook_id", "status", "event_seq", "created_at"),
        indexes=(
            ("webhook_id", "webhook_delivery_id"),
            ("webhook_id", "status", "event_seq"),
        ),
        unique=(("webhook_id", "event_seq"),),
        references={"workspace_id": "workspaces", "webhook_id": "outgoing_webhooks"},
        exported=False,
        audited=False,
    )

    #: The message's id, `msg_`, then 26 digits and capitals: the header `webhook-id` of each of its attempts.
    webhook_delivery_id: str
    workspace_id: str
    #: The webhook that sends it.
    webhook_id: str
    #: The number of the event that it tells, by which messages are in order. Null for a test.
    event_seq: int | None
    #: The kind of the event, or `webhook.test`.
    kind: str
    #: What is sent, as JSON text: the same bytes in each attempt, as long as the webhook's user may read as
    #: much of it. Empty where it is withheld.
    body: str
    #: What became of it.
    status: DeliveryStatus = DeliveryStatus.WAITING
    #: How often it was tried since it was made, or sent again by hand.
    tries: int = 0
    #: The moment before which it is not tried again. Null where it is not tried again.
    next_at: Moment | None = None
    #: The latest attempts, the last one last.
    attempts: list[Attempt] = []
    created_at: Moment
    updated_at: Moment
    revision: int = 1


class WebhookProgress(Record):
    """How far a webhook is; follows from what it has made and sent, so no event tells of it."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="webhook_progress",
        key=("webhook_id",),
        promoted=("workspace_id",),
        references={"webhook_id": "outgoing_webhooks", "workspace_id": "workspaces"},
        exported=False,
        audited=False,
    )

    #: The webhook whose progress it is; it has one at most.
    webhook_id: str
    workspace_id: str
    #: The number of the last event that was looked at for it.
    followed_until: int
    #: When a message was taken last. Null while none was.
    delivered_at: Moment | None = None
    #: Since when nothing was taken. Null while what is sent is taken, or nothing waits.
    failing_since: Moment | None = None
