"""``workbench webhook ...``: where what happens is sent, and what became of each message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from engine.accounts.models import User
from engine.clock import to_text
from engine.webhooks import queries, service
from engine.webhooks.models import DeliveryStatus
from web import results
from web.cli import links
from web.cli.context import Session, table
from web.cli.groups import Makers, Registered

if TYPE_CHECKING:
    from engine.command import Done

_LISTED = 100
_SECRETS = ("webhook make", "webhook rotate")


def _registered() -> Makers:
    from web.cli.commands import makers  # noqa: PLC0415 - webhooks are listed without the registry

    return makers(
        "webhook",
        dict.fromkeys(_SECRETS, _made),
        _said,
        complete=dict.fromkeys(_SECRETS, links.require_place),
        more=dict.fromkeys(_SECRETS, links.OPTION_OF_SECRET),
    )


@click.group("webhook", cls=Registered, registered=_registered)
def webhook() -> None:
    """Where what happens is sent: list, make, try out, pause, messages and sending them again."""


def commands() -> list[click.Command]:
    """Give the commands of this module."""
    return [webhook]


@webhook.command("list")
@click.pass_obj
def list_webhooks(session: Session) -> None:
    """List the webhooks, by name, and what waits."""
    with session.reading() as tx:
        hooks, counts = service.listed(tx), queries.counts(tx)
        tx.read_ahead({User: {one.user_id for one in hooks}})
        emails = {one.user_id: tx.get(User, one.user_id).email for one in hooks}

    def count(webhook_id: str, status: DeliveryStatus) -> int:
        return counts.get((webhook_id, status), 0)

    rows = [
        [
            one.webhook_id,
            one.name,
            service.host_of(one),
            emails[one.user_id],
            f"paused: {service.WHY_PAUSED[one.pause_reason]}" if one.pause_reason else "active",
            str(count(one.webhook_id, DeliveryStatus.WAITING)),
            str(count(one.webhook_id, DeliveryStatus.FAILED)),
        ]
        for one in hooks
    ]
    columns = ["webhook", "name", "where", "sight of", "state", "waiting", "given up"]
    data = [
        {
            **results.plain(one),
            **{status.value: count(one.webhook_id, status) for status in DeliveryStatus},
        }
        for one in hooks
    ]
    session.answer({"webhooks": data}, lambda: table(rows, columns) if rows else "No webhooks.")


@webhook.command("messages")
@click.argument("webhook_id", metavar="WEBHOOK_ID")
@click.option("--status", type=click.Choice([one.value for one in DeliveryStatus]), help="Those alone.")
@click.pass_obj
def list_messages(session: Session, webhook_id: str, status: str | None) -> None:
    """List the latest messages of a webhook, the newest first, and what was answered last."""
    wanted = [DeliveryStatus(status)] if status else list(DeliveryStatus)
    with session.reading() as tx:
        hook = service.found(tx, webhook_id)
        found = queries.latest(tx, hook.webhook_id, _LISTED, statuses=wanted)
    rows = [
        [
            one.webhook_delivery_id,
            one.kind,
            to_text(one.created_at),
            one.status.value,
            str(one.tries),
            (one.tried[-1].failure or str(one.tried[-1].status)) if one.attempts else "",
        ]
        for one in found
    ]
    columns = ["message", "kind", "made", "status", "attempts", "last"]
    data = [results.plain(one) for one in found]
    session.answer({"deliveries": data}, lambda: table(rows, columns) if rows else "No messages.")


def _made(session: Session, _request: Any, done: Done[service.Made], data: dict[str, Any]) -> None:
    """Show a secret, this once."""
    made = done.result
    shown = links.show(made.secret)
    in_file = (
        f"The secret of the webhook “{made.webhook.name}” is in the file. Give it to the receiver alone."
    )
    session.answer({**data, "secret": shown}, f"{shown}\n{done.message}" if shown else in_file)


def _said(session: Session, _request: Any, done: Done[Any], data: dict[str, Any]) -> None:
    session.answer(data, done.message)
