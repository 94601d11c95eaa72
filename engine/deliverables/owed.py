"""Makes the empty first versions that a new task owes: by its type, or by the task that it repeats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.catalog.models import DeliverableDefinition
from engine.deliverables.models import Deliverable
from engine.deliverables.rounds import newest
from engine.tasks.models import Task
from engine.transaction import Transaction

#: What a clone's deliverable takes over.
_KEPT = {
    "ref",
    "type",
    "description",
    "required",
    "source",
    "meta_schema",
    "gold_standard",
    "visible_in_portal",
}


def by_type(
    tx: Transaction, task: Task, definitions: Sequence[DeliverableDefinition]
) -> Sequence[Deliverable]:
    """Return a row for each deliverable that the type requires, not stored yet."""
    return [_owed(tx, task, definition) for definition in definitions if definition.required]


def by_clone(tx: Transaction, original: Task, new: Task, of_step: Mapping[str, str]) -> Sequence[Deliverable]:
    """Return a row for each thing that the original hands over, not stored yet.

    ``of_step`` holds the new task's steps by the ids of the original's.
    """
    rows = tx.find(Deliverable, task_id=original.task_id, order_by=("deliverable_id",))
    return [_first_version(tx, new, row, of_step) for row in newest(rows)]


def _owed(tx: Transaction, task: Task, definition: DeliverableDefinition) -> Deliverable:
    """Return the empty row that shows what is owed (DLV-09)."""
    return Deliverable(
        deliverable_id=tx.new_id(Deliverable),
        workspace_id=tx.workspace_id,
        task_id=task.task_id,
        ref=definition.ref,
        type=definition.type,
        description=definition.description or None,
        meta_schema=definition.meta_schema,
        gold_standard=definition.gold_standard.model_dump(mode="json") if definition.gold_standard else None,
        visible_in_portal=definition.visible_in_portal,
        created_by=tx.actor.user_id,
        created_at=tx.now,
        updated_at=tx.now,
    )


def _first_version(tx: Transaction, task: Task, row: Deliverable, of_step: Mapping[str, str]) -> Deliverable:
    return Deliverable(
        **{
            **row.model_dump(include=_KEPT),
            "deliverable_id": tx.new_id(Deliverable),
            "workspace_id": tx.workspace_id,
            "task_id": task.task_id,
            "task_step_id": of_step.get(row.task_step_id or ""),
            "created_by": tx.actor.user_id,
            "created_at": tx.now,
            "updated_at": tx.now,
        }
    )
