"""A task as JSON: every field, with all that belongs to it (definitions.md section 6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from engine.artifacts.models import Artifact, ArtifactLink
from engine.deliverables.models import Approval, Deliverable
from engine.record import Record
from engine.tasks.models import Note, Proof, Step, Task
from engine.transaction import Transaction

#: The parts of a task, each with what they are ordered by.
_ORDERS: Mapping[type[Record], tuple[str, ...]] = {
    Proof: ("position",),
    Step: ("position",),
    Deliverable: ("deliverable_id",),
    Approval: ("requested_at", "task_approval_id"),
    Note: ("created_at", "task_note_id"),
}


def describe(tx: Transaction, task: Task) -> dict[str, Any]:
    """Return one task with all that belongs to it."""
    return describe_all(tx, [task])[0]


def describe_all(tx: Transaction, tasks: Sequence[Task]) -> list[dict[str, Any]]:
    """Return tasks in the given order, with one read of all their parts, and one of their files if any."""
    ids = [task.task_id for task in tasks]
    kinds: list[type[Record]] = [*_ORDERS, ArtifactLink]
    searches = [(kind, {"task_id": ids}) for kind in kinds]
    *found, ties = tx.find_together(*searches) if ids else [[] for _ in searches]
    ordered = zip(found, _ORDERS.values(), strict=True)
    proof, steps, deliverables, approvals, notes = (_by_task(rows, order) for rows, order in ordered)
    files = _files(tx, ties)
    return [
        {
            **task.model_dump(mode="json"),
            "is_blocked": task.is_blocked,
            "proof": proof[task.task_id],
            "steps": steps[task.task_id],
            "deliverables": deliverables[task.task_id],
            "approvals": approvals[task.task_id],
            "notes": notes[task.task_id],
            "files": files[task.task_id],
        }
        for task in tasks
    ]


def _by_task(rows: Iterable[Any], order: tuple[str, ...]) -> Mapping[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(rows, key=attrgetter(*order)):
        found[row.task_id].append(_plain(row))
    return found


def _files(tx: Transaction, ties: Sequence[ArtifactLink]) -> Mapping[str, list[dict[str, Any]]]:
    """Return the files and links of tasks by task, oldest first."""
    tx.read_ahead({Artifact: [tie.artifact_id for tie in ties]})
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for tie in sorted(ties, key=attrgetter("artifact_id")):
        file = tx.find_by_key(Artifact, tie.artifact_id)
        if tie.task_id is not None and file is not None:
            found[tie.task_id].append(file.model_dump(mode="json"))
    return found


def _plain(row: Proof | Step | Deliverable | Approval | Note) -> dict[str, Any]:
    """Return a part as JSON; a version with the hash that a decision on it must name."""
    document = row.model_dump(mode="json")
    return {**document, "content_hash": row.content_hash} if isinstance(row, Deliverable) else document
