"""What the partner got, when, and in which version (DLV-20)."""

from __future__ import annotations

from collections.abc import Iterable

from engine.audit.models import Action
from engine.deliverables import rounds
from engine.deliverables.models import Deliverable
from engine.tasks.models import Task, TaskStatus
from engine.tasks.moved import Moved
from engine.transaction import Transaction


def deliver(tx: Transaction, task: Task, rows: Iterable[Deliverable]) -> None:
    """Mark versions that are visible to the partner as delivered now; what was delivered stays as it is."""
    for row in rows:
        if row.visible_in_portal and row.is_submitted and row.delivered_at is None:
            row.delivered_at = tx.now
            tx.save(row)
            summary = f"{row.name} of {task.name} was delivered"
            tx.record(Action.DELIVERABLE_DELIVERED, row, summary, bundle_id=task.bundle_id)


def take_back(tx: Transaction, task: Task, row: Deliverable) -> None:
    """Take a version out of the partner's sight again, whose request was withdrawn before they judged it.

    They see it, or the one that it becomes, when it is handed over again.
    """
    if row.delivered_at is None:
        return
    row.delivered_at = None
    tx.save(row)
    summary = f"{row.name} of {task.name} was taken back from the partner"
    tx.record(Action.DELIVERABLE_TAKEN_BACK, row, summary, bundle_id=task.bundle_id)


def deliver_completed(tx: Transaction, fact: Moved) -> None:
    """Deliver the newest versions of a completed task (a reaction); those of a portal round went before."""
    if fact.after is TaskStatus.COMPLETED:
        deliver(tx, fact.task, rounds.newest(tx.find(Deliverable, task_id=fact.task.task_id)))
