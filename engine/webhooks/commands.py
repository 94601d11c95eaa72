"""The commands of webhooks: making one, whose secret is shown once, changing, trying out, sending again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.access import Actor, Permission
from engine.clock import to_text
from engine.command import AnyCommand, Command, Services, command
from engine.secrets import sealing
from engine.transaction import Transaction
from engine.webhooks import inputs, kinds, sending, service, signing
from engine.webhooks.following import written
from engine.webhooks.letters import Answer, Letter
from engine.webhooks.models import DeliveryStatus, Webhook, WebhookDelivery
from engine.webhooks.service import Made, Redelivered


@dataclass(frozen=True, kw_only=True)
class Tested:
    """A webhook that was tried out, and the message that was sent for it."""

    webhook: Webhook
    delivery: WebhookDelivery


def _new_secret(services: Services, _actor: Actor, _request: Any) -> tuple[str, str]:
    """Make a secret and seal it.

    Raises:
        UnavailableError, BadRequestError: the key file cannot be used (``sealing.seal``).
    """
    secret = signing.new_secret()
    return secret, sealing.seal(services, secret)


def _try(services: Services, actor: Actor, request: inputs.OnWebhook) -> tuple[Letter, Answer]:
    """Send a message that tells of nothing, at once, whether or not the webhook is paused.

    Raises:
        NotFoundError: there is no such webhook that the actor may see.
        ConflictError, UnavailableError: its secrets cannot be opened.
    """
    with services.reading(actor) as tx:
        hook = service.found(tx, request.webhook_id)
        data = {"webhook_id": hook.webhook_id, "name": hook.name, "asked_by": actor.name}
        message = WebhookDelivery(
            webhook_delivery_id=tx.new_id(WebhookDelivery),
            workspace_id=tx.workspace_id,
            webhook_id=hook.webhook_id,
            event_seq=None,
            kind=kinds.TEST,
            body=written(kinds.TEST, to_text(tx.wall_clock), data),
            created_at=tx.now,
            updated_at=tx.now,
        )
        letter = Letter(hook=hook, message=message, keys=sending.keys_of(services, tx, hook))
    return letter, sending.send(services, letter)


def _tested(tx: Transaction, request: inputs.OnWebhook, sent: tuple[Letter, Answer]) -> Tested:
    letter, answer = sent
    hook, message = service.found(tx, request.webhook_id), letter.message
    message.status = DeliveryStatus.DELIVERED if answer.failure is None else DeliveryStatus.FAILED
    message.attempts, message.tries = [sending.attempt_of(tx, answer)], 1
    return Tested(webhook=hook, delivery=tx.add(message))


def _said_of_test(tested: Tested) -> str:
    attempt = tested.delivery.tried[-1]
    where = service.host_of(tested.webhook)
    if attempt.failure is not None:
        return f"{where} did not take the test message. {attempt.failure}"
    return f"{where} took the test message: status {attempt.status}, {attempt.milliseconds} milliseconds."


def _again(redelivered: Redelivered) -> str:
    count = redelivered.count
    return "1 message is sent again." if count == 1 else f"{count} messages are sent again."


def _shown_once(made: Made) -> str:
    return f"The secret of the webhook “{made.webhook.name}” is made. Copy it now: it is not shown again."


COMMANDS: tuple[AnyCommand, ...] = (
    Command(
        name="webhook make",
        help="Send what happens to a program elsewhere, from now on.",
        input=inputs.MakeWebhook,
        permission=Permission.ADMINISTER,
        prepare=_new_secret,
        run=lambda tx, request, made: service.make(tx, request, *made),
        message=_shown_once,
    ),
    command(
        "webhook change",
        "Change where messages are sent, or what of all that happens.",
        input=inputs.ChangeWebhook,
        permission=Permission.ADMINISTER,
        run=service.change,
        message=lambda hook: f"The webhook “{hook.name}” is changed.",
    ),
    command(
        "webhook pause",
        "Send nothing for now; what happens meanwhile is made up for.",
        input=inputs.OnWebhook,
        permission=Permission.ADMINISTER,
        run=lambda tx, request: service.pause_by_hand(tx, request.webhook_id),
        message=lambda hook: f"The webhook “{hook.name}” is paused.",
    ),
    command(
        "webhook resume",
        "Go on with what waits, and with what has happened meanwhile.",
        input=inputs.OnWebhook,
        permission=Permission.ADMINISTER,
        run=lambda tx, request: service.resume(tx, request.webhook_id),
        message=lambda hook: f"The webhook “{hook.name}” goes on.",
    ),
    Command(
        name="webhook rotate",
        help="Give a webhook a new secret, and sign with the present one too for a while.",
        input=inputs.RotateWebhook,
        permission=Permission.ADMINISTER,
        prepare=_new_secret,
        run=lambda tx, request, made: service.rotate(tx, request.webhook_id, request.overlap_hours, *made),
        message=_shown_once,
    ),
    command(
        "webhook remove",
        "Send nothing to that program any more.",
        input=inputs.OnWebhook,
        permission=Permission.ADMINISTER,
        run=lambda tx, request: service.remove(tx, request.webhook_id),
        message=lambda hook: f"The webhook “{hook.name}” is removed.",
    ),
    Command(
        name="webhook test",
        help="Send a test message at once, and see what is answered.",
        input=inputs.OnWebhook,
        permission=Permission.ADMINISTER,
        prepare=_try,
        run=_tested,
        message=_said_of_test,
    ),
    command(
        "webhook redeliver",
        "Send one message again, or all that were made since a moment.",
        input=inputs.Redeliver,
        permission=Permission.ADMINISTER,
        run=service.redeliver,
        message=_again,
    ),
)
