"""Making, changing, pausing and removing webhooks, and sending messages again.

Where what happens is sent is for an admin to say, as people and settings are (definitions.md section 4). An
event of the workspace tells of each change, with the host alone of the address: the rest may be a secret.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from engine.access import Permission, may, require
from engine.accounts import actors, service
from engine.accounts.models import User, Workspace
from engine.audit.models import Action
from engine.errors import ConflictError, NotFoundError, StaleWriteError, bad_field
from engine.jobs import putting
from engine.jobs.models import Lane
from engine.notifications.models import NotificationKind
from engine.notifications.service import notify
from engine.tasks.search import reading
from engine.transaction import Transaction
from engine.webhooks import kinds, letters, queries
from engine.webhooks.inputs import ChangeWebhook, MakeWebhook, Redeliver
from engine.webhooks.models import (
    DeliveryStatus,
    PauseReason,
    Webhook,
    WebhookDelivery,
    WebhookProgress,
)

#: The kind of job that sends the messages of a webhook that wait.
SEND = "send_webhook"
#: A job fails where the store or the key file cannot be read: for about half a day.
_MOST_ATTEMPTS = 20
#: After what people wait for.
_PRIORITY = -1
#: As many there are at a time.
MOST = 50
#: As many messages are sent again at once, and so many of them are marked in one transaction.
MOST_REDELIVERED, AT_ONCE = 1_000, 100
WHY_PAUSED = {
    PauseReason.BY_HAND: "an admin paused it",
    PauseReason.GONE: "the receiver answered 410, which says that it wants nothing any more",
    PauseReason.FAILING: "nothing was taken for three days",
    PauseReason.CLOSED: "the user whose sight it has may not sign in any more",
    PauseReason.QUERY: "its search says something that there is no more",
}


@dataclass(frozen=True, kw_only=True)
class Made:
    """A webhook with its secret, which nobody can be shown again."""

    webhook: Webhook
    secret: str


@dataclass(frozen=True, kw_only=True)
class Redelivered:
    """Messages that are sent again."""

    webhook: Webhook
    count: int


def make(tx: Transaction, new: MakeWebhook, secret: str, sealed: str) -> Made:
    """Make a webhook; it tells what happens from now on.

    Raises:
        ForbiddenError: the actor is no admin.
        BadRequestError: the address, a kind or the search cannot be right.
        NotFoundError: there is no such user.
        ConflictError: the account is closed, there is one of that name, or there are too many.
    """
    require(tx.actor, Permission.ADMINISTER, "make webhooks")
    user = service.user_named(tx, new.user_id or tx.actor.user_id)
    if not user.is_active:
        raise ConflictError(f"{user.name} may not sign in. Make the account active first, then repeat.")
    if len(alive(tx)) >= MOST:
        raise ConflictError(f"There are {MOST} webhooks already. Remove one that nobody needs any more.")
    _check_name(tx, new.name)
    letters.check_url(new.url, private=tx.settings.private_webhooks)
    hook = tx.add(
        Webhook(
            webhook_id=tx.new_id(Webhook),
            workspace_id=tx.workspace_id,
            user_id=user.user_id,
            name=new.name,
            url=new.url,
            kinds=kinds.checked(new.kinds),
            query=_checked_query(tx, user, new.query),
            sealed=sealed,
            made_by=tx.actor.user_id,
            created_at=tx.now,
            updated_at=tx.now,
        )
    )
    begin = tx.database.held_head(tx.workspace_id).position
    tx.add(WebhookProgress(webhook_id=hook.webhook_id, workspace_id=tx.workspace_id, followed_until=begin))
    _tell(tx, Action.WEBHOOK_MADE, hook, "was made", {**_facts(hook), "user_id": user.user_id})
    return Made(webhook=hook, secret=secret)


def change(tx: Transaction, wanted: ChangeWebhook) -> Webhook:
    """Change what of it is given; what waits is sent to the new address.

    Raises:
        NotFoundError: there is no such webhook that the actor may see.
        StaleWriteError: it was changed since it was read.
        BadRequestError: the address, a kind or the search cannot be right.
        ConflictError: there is another one of that name.
    """
    hook = found(tx, wanted.webhook_id, wanted.revision)
    if wanted.name is not None and wanted.name != hook.name:
        _check_name(tx, wanted.name)
        hook.name = wanted.name
    if wanted.url is not None:
        letters.check_url(wanted.url, private=tx.settings.private_webhooks)
        hook.url = wanted.url
    if wanted.kinds is not None:
        hook.kinds = kinds.checked(wanted.kinds)
    if wanted.query is not None:
        hook.query = _checked_query(tx, tx.get(User, hook.user_id), wanted.query)
    tx.save(hook)
    _tell(tx, Action.WEBHOOK_CHANGED, hook, "was changed", _facts(hook))
    return hook


def rotate(tx: Transaction, webhook_id: str, hours: int, secret: str, sealed: str) -> Made:
    """Give a webhook a new secret; for so many hours messages are signed with the present one too.

    Raises:
        NotFoundError: there is no such webhook that the actor may see.
    """
    hook = found(tx, webhook_id)
    hook.previous_sealed, hook.sealed = hook.sealed, sealed
    hook.previous_ends_at = tx.wall_clock + timedelta(hours=hours)
    tx.save(hook)
    put_job(tx, hook.webhook_id)  # what waits may have waited for that
    _tell(tx, Action.WEBHOOK_ROTATED, hook, "has a new secret", {"overlap_hours": hours})
    return Made(webhook=hook, secret=secret)


def pause_by_hand(tx: Transaction, webhook_id: str) -> Webhook:
    """Send nothing for now; what happens meanwhile is made up for.

    Raises:
        NotFoundError: there is no such webhook that the actor may see.
        ConflictError: it is paused already.
    """
    hook = found(tx, webhook_id)
    if not hook.is_active:
        raise ConflictError(f"The webhook “{hook.name}” is paused already.")
    pause(tx, hook, PauseReason.BY_HAND)
    return hook


def resume(tx: Transaction, webhook_id: str) -> Webhook:
    """Go on with what waits, and with what has happened since it was paused.

    Raises:
        NotFoundError: there is no such webhook that the actor may see.
        ConflictError: it is not paused, or its user or its search stand in the way.
        BadRequestError: its search says something that there is no more.
    """
    hook = found(tx, webhook_id)
    if hook.paused_at is None:
        raise ConflictError(f"The webhook “{hook.name}” is not paused.")
    user = tx.get(User, hook.user_id)
    if not user.is_active:
        raise ConflictError(
            f"{user.name}, whose sight it has, may not sign in. Make the account active, or make another "
            "webhook."
        )
    _checked_query(tx, user, hook.query)
    hook.paused_at = hook.pause_reason = None
    tx.save(hook)
    progress = progress_of(tx, hook)
    progress.failing_since = None
    tx.save(progress)
    waiting = first_waiting(tx, hook.webhook_id)
    if waiting is not None:
        waiting.tries, waiting.next_at = 0, tx.wall_clock
        tx.save(waiting)
    put_job(tx, hook.webhook_id)
    _tell(tx, Action.WEBHOOK_RESUMED, hook, "goes on", {})
    return hook


def remove(tx: Transaction, webhook_id: str) -> Webhook:
    """Send nothing any more, and forget its secrets.

    Raises:
        NotFoundError: there is no such webhook that the actor may see.
    """
    hook = found(tx, webhook_id)
    hook.removed_at = tx.now
    hook.sealed = hook.previous_sealed = None
    tx.save(hook)
    _tell(tx, Action.WEBHOOK_REMOVED, hook, "was removed", {})
    return hook


def redeliver(tx: Transaction, asked: Redeliver) -> Redelivered:
    """Send messages again: one, or all since a moment; each keeps its id and its place in the order.

    Raises:
        NotFoundError: there is no such webhook that the actor may see, or no such message of it.
        BadRequestError: neither or both are named.
        ConflictError: the webhook is paused, there is nothing to send again, or too much at once.
    """
    hook = found(tx, asked.webhook_id)
    if (asked.webhook_delivery_id is None) is (asked.since is None):
        raise bad_field("since", "name one message, or the moment since which all are sent again")
    if not hook.is_active:
        raise ConflictError(f"The webhook “{hook.name}” is paused. Let it go on first, then repeat.")
    if asked.webhook_delivery_id is not None:
        one = delivery_of(tx, hook, asked.webhook_delivery_id)
        again = [one.webhook_delivery_id] if one.status is not DeliveryStatus.WAITING else []
    else:
        again = _made_since(tx, hook, asked)
    if not again:
        raise ConflictError("There is nothing to send again: what was made since then waits still.")
    mark_again(tx, hook, again[:AT_ONCE])
    put_job(tx, hook.webhook_id, again=again[AT_ONCE:])
    what = "1 message is sent again" if len(again) == 1 else f"{len(again)} messages are sent again"
    _tell(tx, Action.WEBHOOK_REDELIVERED, hook, f"tells once more: {what}", {"count": len(again)})
    return Redelivered(webhook=hook, count=len(again))


def mark_again(tx: Transaction, hook: Webhook, ids: Sequence[str]) -> None:
    """Let messages wait anew, of which each was sent, given up or withheld; others are left as they are."""
    tx.read_ahead({WebhookDelivery: ids})
    for delivery_id in ids:
        one = tx.find_by_key(WebhookDelivery, delivery_id)
        if one is not None and one.webhook_id == hook.webhook_id and one.status is not DeliveryStatus.WAITING:
            one.status, one.tries, one.next_at = DeliveryStatus.WAITING, 0, tx.wall_clock
            tx.save(one)


def _made_since(tx: Transaction, hook: Webhook, asked: Redeliver) -> list[str]:
    since = asked.since or tx.wall_clock
    if since.tzinfo is None:
        since = since.replace(tzinfo=ZoneInfo(tx.timezone))
    states = [one for one in DeliveryStatus if one is not DeliveryStatus.WAITING]
    if asked.failed_only:
        states = [DeliveryStatus.FAILED]
    found = queries.made_since(tx, hook.webhook_id, since.astimezone(UTC), states, MOST_REDELIVERED + 1)
    if len(found) > MOST_REDELIVERED:
        raise ConflictError(
            f"More than {MOST_REDELIVERED:,} messages were made since then. Name a later moment, and "
            "read the records through the API."
        )
    return found


# -- by itself -----------------------------------------------------------------------------------


def pause(tx: Transaction, hook: Webhook, reason: PauseReason) -> None:
    """Pause a webhook, and tell the admins, unless one of them did it by hand."""
    hook.paused_at, hook.pause_reason = tx.now, reason
    tx.save(hook)
    _tell(tx, Action.WEBHOOK_PAUSED, hook, f"is paused: {WHY_PAUSED[reason]}", {"reason": reason.value})
    if reason is not PauseReason.BY_HAND:
        lines = [
            f"Why: {WHY_PAUSED[reason]}.",
            "Nothing is lost: once it goes on, it tells what has happened meanwhile.",
        ]
        tell_of_failure(tx, hook, f"The webhook “{hook.name}” is paused", lines, f"paused:{hook.revision}")


def pause_all_of(tx: Transaction, user_id: str) -> None:
    """Pause the webhooks that have the sight of a user who may not sign in any more."""
    for hook in alive(tx):
        if hook.user_id == user_id and hook.is_active:
            pause(tx, hook, PauseReason.CLOSED)


def tell_of_failure(tx: Transaction, hook: Webhook, title: str, lines: Sequence[str], what: str) -> None:
    """Tell the admins that something is wrong with a webhook: once per ``what``."""
    admins = [user.user_id for user in tx.find(User) if actors.administers(user)]
    notify(
        tx,
        user_ids=admins,
        kind=NotificationKind.WEBHOOK_FAILED,
        title=title,
        lines=lines,
        key=f"webhook:{hook.webhook_id}:{what}",
    )


def put_job(
    tx: Transaction,
    webhook_id: str,
    not_before: datetime | None = None,
    key: str | None = None,
    again: Sequence[str] = (),
) -> None:
    """Have what waits of a webhook sent, by one worker at a time; once only where there is a ``key``.

    The messages in ``again`` are sent once more with it.
    """
    putting.put(
        tx,
        SEND,
        args={"webhook_id": webhook_id, **({"again": [*again]} if again else {})},
        key=key,
        not_before=not_before or tx.wall_clock,
        lane=Lane(name=f"webhook {webhook_id}"),
        max_attempts=_MOST_ATTEMPTS,
        priority=_PRIORITY,
    )


# -- reading -------------------------------------------------------------------------------------


def listed(tx: Transaction) -> list[Webhook]:
    """Return the webhooks that are not removed, by name.

    Raises:
        ForbiddenError: the actor is no admin.
    """
    require(tx.actor, Permission.ADMINISTER, "see the webhooks")
    return sorted(alive(tx), key=place_of)


def place_of(hook: Webhook) -> tuple[str, str]:
    """Return the place of a webhook in the list: by name, whatever its capitals."""
    return hook.name.casefold(), hook.webhook_id


def alive(tx: Transaction) -> list[Webhook]:
    """Return the webhooks that are not removed, for what is done by itself."""
    return tx.find(Webhook, removed_at=None)


def found(tx: Transaction, webhook_id: str, revision: int | None = None) -> Webhook:
    """Return a webhook.

    Raises:
        NotFoundError: there is none that the actor may see.
        StaleWriteError: it was changed since that revision was read.
    """
    hook = tx.find_by_key(Webhook, webhook_id)
    if hook is None or hook.removed_at is not None or not may(tx.actor, Permission.ADMINISTER):
        raise NotFoundError(f"There is no webhook {webhook_id}. `workbench webhook list` shows them.")
    if revision is not None and revision != hook.revision:
        raise StaleWriteError(
            f"The webhook “{hook.name}” was changed by somebody else since you read it. Load it again, then "
            "repeat your change."
        )
    return hook


def delivery_of(tx: Transaction, hook: Webhook, delivery_id: str) -> WebhookDelivery:
    """Return a message of a webhook.

    Raises:
        NotFoundError: it has none of that id, or that was forgotten.
    """
    one = tx.find_by_key(WebhookDelivery, delivery_id)
    if one is None or one.webhook_id != hook.webhook_id:
        raise NotFoundError(
            f"The webhook “{hook.name}” has no message {delivery_id}. Those of the last days are listed."
        )
    return one


def first_waiting(tx: Transaction, webhook_id: str) -> WebhookDelivery | None:
    """Return the message that is to be sent next; None where none waits."""
    waiting = tx.find(
        WebhookDelivery,
        webhook_id=webhook_id,
        status=DeliveryStatus.WAITING,
        order_by=("event_seq", "webhook_delivery_id"),
        limit=1,
    )
    return waiting[0] if waiting else None


def progress_of(tx: Transaction, hook: Webhook) -> WebhookProgress:
    """Return how far a webhook is."""
    return tx.get(WebhookProgress, hook.webhook_id)


def host_of(hook: Webhook) -> str:
    """Return where its messages go, as far as everybody may read it."""
    return urlsplit(hook.url).hostname or ""


# -- inside --------------------------------------------------------------------------------------


def _check_name(tx: Transaction, name: str) -> None:
    if any(one.name == name for one in alive(tx)):
        raise ConflictError(f"There is a webhook “{name}” already. Take another name, or change that.")


def _checked_query(tx: Transaction, user: User, text: str | None) -> str | None:
    """Return a search that can be read.

    Raises:
        BadRequestError: it cannot, or the user's sight has no tasks to search.
    """
    if not text:
        return None
    if user.partner_id is not None:
        raise bad_field("query", f"{user.name} sees no tasks to search; leave it out")
    reading.search(tx, text).refuse_mistakes("query")
    return text


def _facts(hook: Webhook) -> dict[str, Any]:
    facts = {"name": hook.name, "host": host_of(hook), "kinds": hook.kinds}
    return facts if hook.query is None else {**facts, "query": hook.query}


def _tell(tx: Transaction, action: Action, hook: Webhook, done: str, after: Mapping[str, Any]) -> None:
    """Record what was done as an event of the workspace: exports have no webhooks to point at."""
    workspace = tx.get(Workspace, tx.workspace_id)
    tx.record(
        action,
        workspace,
        f"The webhook “{hook.name}” {done}",
        after={"webhook_id": hook.webhook_id, **after},
    )
