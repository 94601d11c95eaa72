"""A task as JSON, with all that belongs to it; versions, approvals and remarks as their readers see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, TypeVar

from engine.artifacts.models import Artifact, ArtifactLink
from engine.deliverables.entitlement import judged
from engine.deliverables.models import Approval, Deliverable, DeliverableComment
from engine.record import Record
from engine.tasks import visibility
from engine.tasks.models import Note, Proof, Step, Task
from engine.transaction import Transaction

J = TypeVar("J", Deliverable, Approval, DeliverableComment)
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


#: What a partner's user reads of a version, an approval and a remark; the rest tells of how the work is done.
OF_VERSION = frozenset(
    {"deliverable_id", "ref", "type", "description", "version_number", "deliverable_url", "sha256", "meta"}
) | {"delivered_at", "visible_in_portal", "revision", "content_hash"}
OF_APPROVAL = frozenset(
    {"task_approval_id", "deliverable_id", "source", "round_number", "status", "requested_at", "decided_at"}
) | {"approved_at", "feedback", "content_hash", "withdrawn_at", "revision"}
OF_APPROVAL |= {"deliverable", "version_number", "deliverable_url"}
OF_COMMENT = frozenset({"deliverable_comment_id", "deliverable_id", "anchor", "body", "created_at"})


def versions(tx: Transaction, rows: Sequence[Deliverable]) -> list[dict[str, Any]]:
    """Return versions as JSON, each with the hash that a decision on it must name.

    Who does not see the task of one as the team does reads what its partner is told.
    """
    return _as_seen(tx, rows, _plain, OF_VERSION)


def approvals(tx: Transaction, rows: Sequence[Approval]) -> list[dict[str, Any]]:
    """Return approvals as JSON, each with its version and the hash that a decision on it must name."""
    tx.read_ahead({Deliverable: (row.deliverable_id for row in rows), Task: (row.task_id for row in rows)})
    return _as_seen(tx, rows, lambda row: _with_version(tx, row), OF_APPROVAL)


def comments(tx: Transaction, rows: Sequence[DeliverableComment]) -> list[dict[str, Any]]:
    """Return remarks on versions as JSON."""
    return _as_seen(tx, rows, lambda row: row.model_dump(mode="json"), OF_COMMENT)


def _as_seen(
    tx: Transaction, rows: Sequence[J], told: Callable[[J], dict[str, Any]], of_partners: Collection[str]
) -> list[dict[str, Any]]:
    tx.read_ahead({Task: (row.task_id for row in rows)})
    tasks = (tx.find_by_key(Task, task_id) for task_id in dict.fromkeys(row.task_id for row in rows))
    seen = visibility.seen_among(tx, [task for task in tasks if task is not None])
    return [
        {name: value for name, value in told(row).items() if row.task_id in seen or name in of_partners}
        for row in rows
    ]


def _with_version(tx: Transaction, approval: Approval) -> dict[str, Any]:
    row, _ = judged(tx, approval)
    return {
        **approval.model_dump(mode="json"),
        "deliverable": row.ref,
        "version_number": row.version_number,
        "deliverable_url": row.deliverable_url,
        "content_hash": approval.content_hash or row.content_hash,
    }


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
