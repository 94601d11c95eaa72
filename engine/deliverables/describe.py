"""A task as JSON: every field, with all that belongs to it (definitions.md section 6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, TypeVar

from engine.deliverables.models import Approval, Deliverable
from engine.tasks.models import Note, Proof, Step, Task
from engine.transaction import Transaction

P = TypeVar("P", Proof, Step, Deliverable, Approval, Note)


def describe(tx: Transaction, task: Task) -> dict[str, Any]:
    """Return one task with all that belongs to it."""
    return describe_all(tx, [task])[0]


def describe_all(tx: Transaction, tasks: Sequence[Task]) -> list[dict[str, Any]]:
    """Return tasks in the given order, with one read per kind of part."""
    ids = [task.task_id for task in tasks]
    proof = _by_task(tx, Proof, ids, "position")
    steps = _by_task(tx, Step, ids, "position")
    deliverables = _by_task(tx, Deliverable, ids, "deliverable_id")
    approvals = _by_task(tx, Approval, ids, "requested_at", "task_approval_id")
    notes = _by_task(tx, Note, ids, "created_at", "task_note_id")
    return [
        {
            **task.model_dump(mode="json"),
            "is_blocked": task.is_blocked,
            "proof": proof[task.task_id],
            "steps": steps[task.task_id],
            "deliverables": deliverables[task.task_id],
            "approvals": approvals[task.task_id],
            "notes": notes[task.task_id],
        }
        for task in tasks
    ]


def _by_task(
    tx: Transaction, record_type: type[P], task_ids: list[str], *order: str
) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    if task_ids:
        for row in tx.find(record_type, task_id=task_ids, order_by=order):
            found[row.task_id].append(_plain(row))
    return found


def _plain(row: Proof | Step | Deliverable | Approval | Note) -> dict[str, Any]:
    """Return a part as JSON; a version with the hash that a decision on it must name."""
    document = row.model_dump(mode="json")
    return {**document, "content_hash": row.content_hash} if isinstance(row, Deliverable) else document
