"""Webhooks and what they have sent, for admins."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from engine.errors import NotFoundError
from engine.transaction import Transaction
from engine.webhooks import queries, service
from engine.webhooks.models import DeliveryStatus, Webhook, WebhookDelivery
from web.api import schemas
from web.api.paging import Asked, Listing, Page, cut
from web.api.resources.base import Resource, plain


class DeliveryList(Listing):
    """Which messages are listed."""

    status: DeliveryStatus | None = Field(None, description="Those of which this became alone.")


def _list(tx: Transaction, asked: Asked) -> Page:
    return cut(service.listed(tx), asked, service.place_of)


def _find(tx: Transaction, text: str) -> Webhook:
    return service.found(tx, text)


def _deliveries(tx: Transaction, asked: Asked) -> Page:
    status = asked.filters.get("status")
    wanted = [DeliveryStatus(status)] if status else list(DeliveryStatus)
    of = asked.parent.webhook_id
    before = str(asked.after[0]) if asked.after else None
    # One more than is shown tells whether anything follows.
    found = queries.latest(tx, of, asked.limit + 1, statuses=wanted, offset=asked.offset, before=before)
    shown = found[: asked.limit]
    last = [shown[-1].webhook_delivery_id] if len(found) > asked.limit else None
    total = tx.count(WebhookDelivery, webhook_id=of, status=wanted)
    return Page(items=shown, total=total, last=last)


def _delivery(tx: Transaction, text: str) -> WebhookDelivery:
    found = tx.find_by_key(WebhookDelivery, text)
    if found is None:
        raise NotFoundError(f"There is no message {text}, or it was forgotten. Look at those that there are.")
    service.found(tx, found.webhook_id)
    return found


def _belongs(_: Transaction, parent: Webhook, record: WebhookDelivery) -> bool:
    return record.webhook_id == parent.webhook_id


WEBHOOKS = Resource(
    name="webhooks",
    record=Webhook,
    help="Where what happens is sent, by name; for admins. A secret was shown as it was made.",
    find=_find,
    list=_list,
    describe=plain,
    schema=schemas.of(Webhook),
)
DELIVERIES = Resource(
    name="deliveries",
    record=WebhookDelivery,
    help="The messages of a webhook with their attempts, the newest first; those of the last weeks are kept.",
    parent="webhooks",
    find=_delivery,
    list=_deliveries,
    describe=plain,
    schema=schemas.of(WebhookDelivery),
    filters=DeliveryList,
    belongs=_belongs,
    item_topics=None,
    list_topics=None,
)
RESOURCES: Mapping[str, Resource] = {one.path: one for one in (WEBHOOKS, DELIVERIES)}
