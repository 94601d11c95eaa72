"""The job that sends the messages of a webhook, one after the other, and what becomes of each."""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from engine.accounts import actors
from engine.command import Services
from engine.errors import ConflictError
from engine.jobs.context import Context
from engine.jobs.port import Kind
from engine.secrets import sealing
from engine.transaction import Transaction
from engine.webhooks import service, signing
from engine.webhooks.following import Followed, body_of
from engine.webhooks.letters import GONE, Answer, Letter, Post
from engine.webhooks.models import Attempt, DeliveryStatus, PauseReason, Webhook, WebhookDelivery

#: How long is waited after each attempt that failed: the schedule of Standard Webhooks, for a good day.
DELAYS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
#: By so much longer at most, so that what failed together is not tried again together.
_JITTER = 0.2
#: After so long without anything taken a webhook is paused.
PAUSED_AFTER = timedelta(days=3)
#: As many attempts of a message are kept, and so long does one job go on before others have their turn.
_MOST_KEPT, _SECONDS_OF_A_JOB = 20, 20.0


def sending(services: Followed, post: Post | None = None) -> Kind:
    """Give the job that sends what waits of a webhook.

    Whoever is lost between sending and noting it sends the message once more, with the same id: the receiver
    knows it again. What the webhook's user does not see any more by then is not sent.
    """

    def handle(context: Context) -> str:
        until, sent = time.monotonic() + _SECONDS_OF_A_JOB, 0
        webhook_id = str(context.args["webhook_id"])
        _mark_again(services, context, webhook_id)
        while (letter := _next(services, webhook_id)) is not None:
            answer = None  # what may not be told any more is not sent
            if letter.message.body:
                context.effect(f"message {letter.message.webhook_delivery_id}", is_repeatable=True)
                answer = send(services, letter, post)
            is_time_over = time.monotonic() > until
            with services.transaction(actors.system(services.workspace.workspace_id)) as tx:
                context.renew()  # else another worker has it by now, and notes what came of it
                if answer is None:
                    _withhold(tx, letter)
                else:
                    _note(tx, letter, answer)
                if is_time_over and (answer is None or answer.failure is None):
                    service.put_job(tx, webhook_id)
            if answer is not None:
                if answer.failure is not None:
                    return f"Not taken: {answer.failure}"
                sent += 1
            if is_time_over:
                break
        return f"{sent} sent."

    return Kind(name=service.SEND, handle=handle, is_slow=True)


def _mark_again(services: Services, context: Context, webhook_id: str) -> None:
    """Let those messages wait anew that somebody wants sent again, some at a time: others write, too."""
    ids = list(context.args.get("again", ()))
    while ids:
        with services.transaction(actors.system(services.workspace.workspace_id)) as tx:
            context.renew()
            hook = tx.get(Webhook, webhook_id)
            if hook.removed_at is not None:
                return
            service.mark_again(tx, hook, ids[: service.AT_ONCE])
        del ids[: service.AT_ONCE]


def send(services: Services, letter: Letter, post: Post | None = None) -> Answer:
    """Send a message once, signed."""
    from engine.webhooks import posting  # noqa: PLC0415 - few commands send anything

    message = letter.message
    headers = signing.headers(message.webhook_delivery_id, services.clock.now(), message.body, letter.keys)
    private = services.settings.private_webhooks
    return (post or posting.post)(letter.hook.url, headers, message.body.encode(), private=private)


def keys_of(services: Services, tx: Transaction, hook: Webhook) -> list[str]:
    """Open the secrets that a webhook signs with now: the present alone, where the other cannot be opened.

    Raises:
        ConflictError, UnavailableError: the present one cannot be opened (``sealing.unseal``).
    """
    present, *previous = hook.signing(tx.wall_clock)
    try:
        found = [sealing.unseal(services.settings, hook.name, present)]
    except ConflictError as error:
        raise ConflictError(
            f"The secret of the webhook “{hook.name}” was sealed with another key than the present one. "
            "Put the key file back from its backup, or make a new secret: workbench webhook rotate "
            f"{hook.webhook_id}"
        ) from error
    with suppress(ConflictError):  # the key that sealed it is lost, which may be why there is a new one
        found += [sealing.unseal(services.settings, hook.name, one) for one in previous]
    return found


def attempt_of(tx: Transaction, answer: Answer) -> dict[str, Any]:
    """Give an attempt as it is kept."""
    attempt = Attempt(
        at=tx.wall_clock,
        status=answer.status,
        answer=answer.text,
        failure=answer.failure,
        milliseconds=answer.milliseconds,
    )
    return attempt.model_dump(mode="json")


def _next(services: Followed, webhook_id: str) -> Letter | None:
    """Return what is to be sent now; None where nothing is, or its time has not come.

    It says what the webhook's user may read now, and nothing where they may not be told of it any more.

    Raises:
        ConflictError, UnavailableError: the secrets cannot be opened.
    """
    with services.reading(actors.system(services.workspace.workspace_id)) as tx:
        hook = tx.find_by_key(Webhook, webhook_id)
        if hook is None or not hook.is_active:
            return None
        message = service.first_waiting(tx, webhook_id)
        if message is None or (message.next_at is not None and message.next_at > tx.wall_clock):
            return None
        keys, user = keys_of(services, tx, hook), actors.find_active(tx, hook.user_id)
    if user is None:
        return None  # whoever follows what happens pauses it
    if message.event_seq is not None:
        with services.reading(user) as tx:
            change = services.changes.one(tx, message.event_seq)
        message.body = body_of(change) if change is not None else ""
    return Letter(hook=hook, message=message, keys=keys)


def _withhold(tx: Transaction, letter: Letter) -> None:
    """End a message that may not be sent any more, and forget what it said."""
    message = tx.get(WebhookDelivery, letter.message.webhook_delivery_id)
    message.status, message.next_at, message.body = DeliveryStatus.WITHHELD, None, ""
    tx.save(message)
    _rest(tx, letter.hook)


def _rest(tx: Transaction, hook: Webhook) -> None:
    """Where nothing waits any more, forget since when nothing was taken: nothing is tried meanwhile."""
    progress = service.progress_of(tx, hook)
    if progress.failing_since is not None and service.first_waiting(tx, hook.webhook_id) is None:
        progress.failing_since = None
        tx.save(progress)


def _note(tx: Transaction, letter: Letter, answer: Answer) -> None:
    """Keep what came of an attempt, and say when the next is made."""
    message = tx.get(WebhookDelivery, letter.message.webhook_delivery_id)
    hook = tx.get(Webhook, letter.hook.webhook_id)
    progress = service.progress_of(tx, hook)
    message.body = letter.message.body
    message.attempts = [*message.attempts, attempt_of(tx, answer)][-_MOST_KEPT:]
    message.tries += 1
    if answer.failure is None:
        message.status, message.next_at = DeliveryStatus.DELIVERED, None
        progress.delivered_at, progress.failing_since = tx.wall_clock, None
    else:
        progress.failing_since = progress.failing_since or tx.wall_clock
        _put_off(tx, hook, message, answer)
    tx.save(message)
    tx.save(progress)
    reason = _why_pause(tx, answer, progress.failing_since)
    _rest(tx, hook)
    if hook.is_active and reason is not None:
        service.pause(tx, hook, reason)


def _why_pause(tx: Transaction, answer: Answer, failing_since: datetime | None) -> PauseReason | None:
    """Say why nothing more is to be sent for now; None where it goes on."""
    if failing_since is None:
        return None
    if answer.status == GONE:
        return PauseReason.GONE
    return PauseReason.FAILING if tx.wall_clock - failing_since >= PAUSED_AFTER else None


def _put_off(tx: Transaction, hook: Webhook, message: WebhookDelivery, answer: Answer) -> None:
    """Say when a message is tried again, or give it up."""
    if message.tries <= len(DELAYS):
        message.next_at = tx.wall_clock + _longer(DELAYS[message.tries - 1])
        service.put_job(tx, hook.webhook_id, message.next_at)
        return
    message.status, message.next_at = DeliveryStatus.FAILED, None
    service.put_job(tx, hook.webhook_id)
    where = service.host_of(hook)
    lines = [
        f"{message.tries} attempts to send it to {where} failed, the last one so: {answer.failure}",
        "The next are sent. Once the receiver takes them, send this one again on the page of the webhook.",
    ]
    title = f"The webhook “{hook.name}” gave a message up"
    service.tell_of_failure(tx, hook, title, lines, f"gave-up:{tx.workspace_today}")


def _longer(delay: timedelta) -> timedelta:
    return delay * (1 + _JITTER * secrets.randbelow(1000) / 1000)
