"""What somebody is told outside of their inbox, as they choose it; for admins also whether messages work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.access import Permission, may
from engine.accounts.models import User, Workspace
from engine.notifications import choices
from engine.notifications.models import MessageSettings, NotificationKind
from engine.transaction import Transaction

#: What somebody ticks, after "Tell me when".
LABELS = {
    NotificationKind.TO_DECIDE: "something waits for you to decide, answer, permit or send",
    NotificationKind.SENT_BACK: "what you handed over comes back with a change to make",
    NotificationKind.MENTIONED: "somebody calls you by name",
    NotificationKind.ANSWERED: "your question is answered",
    NotificationKind.ASSIGNED: "a task becomes yours, or a task of yours is free to start",
    NotificationKind.DECIDED: "what you handed over is approved",
    NotificationKind.BUNDLE_DONE: "a bundle of yours is completed",
    NotificationKind.REMINDER: "something is due, late or to be followed up",
    NotificationKind.WORKLOG: "what was done for you in a week can be read",
    NotificationKind.JOB_FAILED: "something that is done by itself fails",
    NotificationKind.WEBHOOK_FAILED: "a webhook is paused, or gives a message up",
    NotificationKind.AUTOMATION: "a task of yours that runs by itself ended, or nobody knows how",
    NotificationKind.MESSAGE: "a task that runs by itself has a message or a reminder for you",
    NotificationKind.REQUESTS_FAIL: "more than one request of a hundred to the board fails",
    NotificationKind.CONTENT_REWRITTEN: "the history that content comes from is rewritten",
    NotificationKind.CONTENT_BROKEN: "a file of the content that you changed has an error",
    NotificationKind.TEMPLATE_CHANGED: "a bundle of yours has a newer version of its template",
    NotificationKind.PROPOSAL: "a change of templates that you proposed is merged, or cannot be pushed",
    NotificationKind.ACCOUNT: "somebody else changes how you sign in",
}
_TO_PARTNERS = {NotificationKind.TO_DECIDE: "something is ready and waits for your approval"}


@dataclass(frozen=True, kw_only=True)
class MessagePage:
    """What somebody chose, and what they may choose from."""

    user: User
    chosen: MessageSettings
    #: Word, label, and whether it is chosen.
    kinds: Sequence[tuple[str, str, bool]]
    #: Whether e-mails are sent at all.
    is_mail_set: bool
    #: Whether an admin keeps a chat address for them.
    has_chat: bool
    #: Since when all messages are held back; None while they go out.
    paused_at: datetime | None
    may_administer: bool
    #: The zone in which their hours are read.
    zone: str

    @property
    def quiet(self) -> str:
        """Their quiet hours as they are typed: ``20-7``."""
        begins, ends = self.chosen.quiet_from, self.chosen.quiet_until
        return "" if begins is None or ends is None else f"{begins}-{ends}"

    @property
    def is_refused(self) -> bool:
        """Whether a mail server does not know the address that they have now."""
        return self.chosen.refused_address == self.user.email

    def is_on(self, way: str) -> bool:
        """Whether they are told by a way."""
        return way in self.chosen.ways


def load(tx: Transaction) -> MessagePage:
    """Return the actor's page."""
    user = tx.get(User, tx.actor.user_id)
    chosen = choices.of(tx, [user])[user.user_id]
    offered = choices.offered_to(user)
    labels = {**LABELS, **_TO_PARTNERS} if user.partner_id else LABELS
    return MessagePage(
        user=user,
        chosen=chosen,
        kinds=[(kind.value, labels[kind], kind in chosen.kinds) for kind in offered],
        is_mail_set=bool(tx.settings.smtp_host),
        has_chat=choices.has_chat(tx, user),
        paused_at=tx.get(Workspace, tx.workspace_id).messages_paused_at,
        may_administer=may(tx.actor, Permission.ADMINISTER),
        zone=tx.timezone,
    )
