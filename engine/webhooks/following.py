"""Makes the messages of what has happened since each webhook was followed last, in the feed's order."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Protocol

from engine.accounts import actors
from engine.budgets import BYTES_OF_A_WEBHOOK, MESSAGES_WAITING
from engine.changes.feed import Feed
from engine.changes.telling import Change
from engine.clock import to_text
from engine.command import Services
from engine.errors import BadRequestError, StoreUnavailableError, WorkbenchError
from engine.tasks.search import reading
from engine.transaction import Transaction
from engine.webhooks import kinds, queries, service
from engine.webhooks.models import DeliveryStatus, PauseReason, Webhook, WebhookDelivery, WebhookProgress

_log = logging.getLogger(__name__)
#: Events that are told of in one transaction, and how often a webhook gets some before the others do.
_AT_ONCE, _MOST_ROUNDS = 100, 10
#: So long after its time a message should be under way.
_OVERDUE_AFTER = timedelta(minutes=2)
#: A change without what may be long.
_WITHOUT_WORDS: dict[str, Any] = {"what": None, "words": None, "changes": []}


class Followed(Services, Protocol):
    """What messages are made from: the services of a workbench, and its feed."""

    @property
    def changes(self) -> Feed:
        """The change feed."""
        ...


class Follower:
    """Looks what has happened, for each webhook; it may be called by two processes at once."""

    def __init__(self, services: Followed) -> None:
        self._services, self._feed = services, services.changes

    def look(self) -> int:
        """Make the messages that are due; return how many.

        Where that fails for one webhook it is tried again the next time, and the others are looked at.

        Raises:
            StoreUnavailableError: the database does not answer.
        """
        with self._services.reading(actors.system(self._services.workspace.workspace_id)) as tx:
            hooks = [hook for hook in service.alive(tx) if hook.is_active]
            if not hooks:
                return 0
            head = tx.database.head(tx.workspace_id).position
            waiting = {
                hook_id: count
                for (hook_id, status), count in queries.counts(tx).items()
                if status is DeliveryStatus.WAITING
            }
            tx.read_ahead({WebhookProgress: [hook.webhook_id for hook in hooks]})
            overdue = [hook for hook in hooks if waiting.get(hook.webhook_id) and _is_overdue(tx, hook)]
            behind = [hook for hook in hooks if service.progress_of(tx, hook).followed_until < head]
        for hook in overdue:
            self._remind(hook)
        made = 0
        for hook in behind:
            try:
                made += self._follow(hook, MESSAGES_WAITING - waiting.get(hook.webhook_id, 0))
            except StoreUnavailableError:
                raise
            except WorkbenchError as error:
                _log.warning("the webhook %s cannot be followed: %s", hook.webhook_id, error)
        return made

    def _follow(self, hook: Webhook, room: int) -> int:
        """Make messages of a webhook, as far as there is room for them; return how many."""
        made = 0
        for _ in range(_MOST_ROUNDS):
            limit = min(_AT_ONCE, room - made)
            if limit <= 0:
                break
            count, is_all = self._round(hook, limit)
            made += count
            if is_all:
                break
        return made

    def _round(self, hook: Webhook, limit: int) -> tuple[int, bool]:
        """Make the next messages; return how many, and whether nothing is left to look at."""
        services, system = self._services, actors.system(hook.workspace_id)
        with services.reading(system) as tx:
            actor = actors.find_active(tx, hook.user_id)
        if actor is None:
            self._pause(hook, PauseReason.CLOSED)
            return 0, True
        with services.reading(actor) as tx:
            begun = service.progress_of(tx, hook).followed_until
            stretch = self._feed.beyond(tx, begun, limit)
            try:
                wanted = _wanted(tx, hook, stretch.numbered)
            except BadRequestError:
                wanted = None
        if wanted is None:
            self._pause(hook, PauseReason.QUERY)
            return 0, True
        with services.transaction(system) as tx:
            progress = service.progress_of(tx, hook)
            if progress.followed_until != begun or not tx.get(Webhook, hook.webhook_id).is_active:
                return 0, True  # another process has done it, or an admin has paused it
            progress.followed_until = stretch.passed
            tx.save(progress)
            for seq, change in wanted:
                tx.add(_message(tx, hook, seq, change))
            if wanted:
                service.put_job(tx, hook.webhook_id)
        return len(wanted), stretch.is_all

    def _remind(self, hook: Webhook) -> None:
        """Put the job of a message that should have been sent by now, once a day.

        An admin may have called it off, or it has failed for as long as there was no key file.
        """
        with self._services.transaction(actors.system(hook.workspace_id)) as tx:
            message = service.first_waiting(tx, hook.webhook_id)
            if message is not None:
                key = f"{message.webhook_delivery_id}/{message.revision}/{tx.wall_clock.date()}"
                service.put_job(tx, hook.webhook_id, key=key)

    def _pause(self, hook: Webhook, reason: PauseReason) -> None:
        with self._services.transaction(actors.system(hook.workspace_id)) as tx:
            kept = tx.get(Webhook, hook.webhook_id)
            if kept.is_active:
                service.pause(tx, kept, reason)


def _is_overdue(tx: Transaction, hook: Webhook) -> bool:
    message = service.first_waiting(tx, hook.webhook_id)
    due = message.next_at if message is not None else None
    return due is not None and tx.wall_clock - due > _OVERDUE_AFTER


def _wanted(
    tx: Transaction, hook: Webhook, numbered: Sequence[tuple[int, Change]]
) -> list[tuple[int, Change]]:
    """Return which events a webhook sends, of those that its user is told of.

    Raises:
        BadRequestError: its search says something that there is no more.
    """
    found = [(seq, change) for seq, change in numbered if kinds.is_sent(change.kind, hook.kinds)]
    if hook.query is None:
        return found
    search = reading.search(tx, hook.query)
    search.refuse_mistakes("query")
    seen = queries.found_among(tx, {one.task_id for _, one in found if one.task_id}, search.wanted)
    return [(seq, one) for seq, one in found if one.task_id in seen]


def _message(tx: Transaction, hook: Webhook, seq: int, change: Change) -> WebhookDelivery:
    return WebhookDelivery(
        webhook_delivery_id=tx.new_id(WebhookDelivery),
        workspace_id=tx.workspace_id,
        webhook_id=hook.webhook_id,
        event_seq=seq,
        kind=change.kind.value,
        body=body_of(change),
        next_at=tx.wall_clock,
        created_at=tx.now,
        updated_at=tx.now,
    )


def body_of(change: Change) -> str:
    """Write the message of an event: as the feed tells it, and where that is too long without its words."""
    data = change.as_data()
    text = written(change.kind.value, to_text(change.at), {**data, "is_cut": False})
    if len(text.encode()) <= BYTES_OF_A_WEBHOOK:
        return text
    return written(change.kind.value, to_text(change.at), {**data, **_WITHOUT_WORDS, "is_cut": True})


def written(kind: str, moment: str, data: dict[str, Any]) -> str:
    """Write a message as Standard Webhooks has it: its type, when that was, and what there is to know."""
    message = {"type": kind, "timestamp": moment, "data": data}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))
