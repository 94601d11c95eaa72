"""Which tasks a webhook is for, how many messages there are of each status, and forgetting the old ones."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, func, or_, select

from engine.clock import to_text
from engine.tasks.filters import TaskFilter
from engine.tasks.queries.conditions import matching, one_of
from engine.tasks.queries.reading import task_table, within
from engine.transaction import Transaction
from engine.webhooks.models import DeliveryStatus, Webhook, WebhookDelivery


def found_among(tx: Transaction, task_ids: Collection[str], wanted: TaskFilter) -> set[str]:
    """Return which of these tasks a filter finds; that the actor sees them is known."""
    if not task_ids:
        return set()
    table = task_table(tx)
    conditions = [one_of(tx, table.c.task_id, sorted(task_ids)), *matching(tx, table, wanted)]
    return set(tx.connection.execute(select(table.c.task_id).where(within(tx, table, conditions))).scalars())


def counts(tx: Transaction) -> dict[tuple[str, DeliveryStatus], int]:
    """Return how many messages there are of each webhook and status."""
    tx.flush()
    table = tx.database.sql_table(WebhookDelivery.spec.table)
    columns = table.c.webhook_id, table.c.status
    counted = select(*columns, func.count()).where(table.c.workspace_id == tx.workspace_id).group_by(*columns)
    return {(one, DeliveryStatus(status)): total for one, status, total in tx.connection.execute(counted)}


def latest(
    tx: Transaction,
    webhook_id: str,
    limit: int,
    *,
    statuses: Sequence[DeliveryStatus] = tuple(DeliveryStatus),
    offset: int = 0,
    before: str | None = None,
) -> list[WebhookDelivery]:
    """Return the latest messages of a webhook, the newest first; those ``before`` one, where it is named."""
    tx.flush()
    table = tx.database.sql_table(WebhookDelivery.spec.table)
    key = table.c.webhook_delivery_id
    chosen = select(key).where(
        table.c.webhook_id == webhook_id,
        table.c.workspace_id == tx.workspace_id,
        table.c.status.in_([status.value for status in statuses]),
        *([key < before] if before is not None else []),
    )
    ids = list(tx.connection.execute(chosen.order_by(key.desc()).limit(limit).offset(offset)).scalars())
    tx.read_ahead({WebhookDelivery: ids})
    return [one for found in ids if (one := tx.find_by_key(WebhookDelivery, found)) is not None]


def made_since(
    tx: Transaction, webhook_id: str, since: datetime, statuses: Sequence[DeliveryStatus], limit: int
) -> list[str]:
    """Return the ids of the messages that stand so and tell of what happened, in the order of the feed."""
    tx.flush()
    table = tx.database.sql_table(WebhookDelivery.spec.table)
    chosen = select(table.c.webhook_delivery_id).where(
        table.c.webhook_id == webhook_id,
        table.c.workspace_id == tx.workspace_id,
        table.c.status.in_([status.value for status in statuses]),
        table.c.event_seq.is_not(None),
        table.c.created_at >= to_text(since),
    )
    return list(tx.connection.execute(chosen.order_by(table.c.event_seq).limit(limit)).scalars())


def forget(tx: Transaction, before: datetime, most: int) -> int:
    """Delete messages that were made before a moment and are not sent any more; return how many."""
    table, hooks = (tx.database.sql_table(kind.spec.table) for kind in (WebhookDelivery, Webhook))
    removed = select(hooks.c.webhook_id).where(hooks.c.removed_at.is_not(None))
    old = (
        select(table.c.webhook_delivery_id)
        .where(
            table.c.workspace_id == tx.workspace_id,
            or_(
                table.c.status != DeliveryStatus.WAITING.value,
                table.c.webhook_id.in_(removed.scalar_subquery()),
            ),
            table.c.created_at < to_text(before),
        )
        .limit(most)
    )
    gone = tx.connection.execute(delete(table).where(table.c.webhook_delivery_id.in_(old.scalar_subquery())))
    return gone.rowcount
