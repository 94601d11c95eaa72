"""Which guidance was attached to a task at a moment: its campaign's material, and its rules (ATT-07)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.audit.models import Event
from engine.bundles import pins
from engine.bundles.models import Bundle
from engine.reference import attachments
from engine.reference.models import CampaignAttachment
from engine.tasks.models import Task
from engine.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class Attached:
    """One piece of a campaign's material."""

    label: str
    url: str
    type: str | None
    category: str | None
    added_at: datetime
    removed_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Guidance:
    """What the worker and the judge had before them at a moment."""

    at: datetime
    attachments: tuple[Attached, ...]
    rules: dict[str, Any]


class GuidanceOverTime:
    """A task's guidance, as it was at any moment of its life."""

    def __init__(self, tx: Transaction, task: Task, events: Sequence[Event]) -> None:
        self._task, self._events = task, events
        self.attachments = material_of(tx, task)

    def at(self, moment: datetime) -> Guidance:
        """List the material that was attached at a moment, the oldest first."""
        held = [
            item
            for item in self.attachments
            if item.added_at <= moment and (item.removed_at is None or item.removed_at > moment)
        ]
        attachments = tuple(
            Attached(
                label=item.label,
                url=item.url,
                type=item.type,
                category=item.category,
                added_at=item.added_at,
                removed_at=item.removed_at,
            )
            for item in held
        )
        return Guidance(at=moment, attachments=attachments, rules=self._rules(moment))

    def _rules(self, moment: datetime) -> dict[str, Any]:
        """Return the rules as they were: the first later change says what they were before it."""
        for event in self._events:
            if event.occurred_at > moment and event.entity_id == self._task.task_id:
                before = event.before or {}
                if "rules" in before:
                    return dict(before["rules"] or {})
        return self._task.rules


def material_of(tx: Transaction, task: Task) -> list[CampaignAttachment]:
    """Return all that its campaign ever attached for this kind of work or for all, oldest first (ATT-05)."""
    if task.campaign_id is None:
        return []
    category = _category(tx, task)
    found = tx.find(CampaignAttachment, campaign_id=task.campaign_id)
    fitting = [item for item in found if attachments.belongs_to(item, category)]
    return sorted(fitting, key=lambda item: (item.added_at, item.attachment_id))


def _category(tx: Transaction, task: Task) -> str:
    """Return the category of the task's type when it was made; older stores know it of bundles alone."""
    if task.type_category is not None:
        return task.type_category
    bundle = tx.find_by_key(Bundle, task.bundle_id) if task.bundle_id else None
    pinned = pins.resolved_of(tx, bundle).task_types.get(task.task_type) if bundle else None
    return pinned.category if pinned else task.category
