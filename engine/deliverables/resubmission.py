"""Resubmitting: the next version after a decision, and the request for the next one (DLV-05, DLV-21)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.access import ApprovalSource
from engine.artifacts.blobs import Blob
from engine.deliverables import approvals, versions
from engine.deliverables.models import Deliverable
from engine.deliverables.rounds import ApprovalState, Standing
from engine.deliverables.state import approval_state
from engine.tasks.models import Task
from engine.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class Resubmission:
    """What became of it."""

    row: Deliverable
    #: Rejected versions that still need their next one; while there are any, nothing was requested.
    still_missing: tuple[Deliverable, ...] = ()
    #: Whether its approval was to be requested at once.
    is_asked: bool = True

    @property
    def message(self) -> str:
        """What is said about it."""
        handed = f"Version {self.row.version_number} is handed over"
        if not self.is_asked:
            return f"{handed}."
        if not self.still_missing:
            return f"{handed} and approval requested."
        others = ", ".join(f"“{row.spoken_ref}”" for row in self.still_missing)
        return (
            f"{handed}. Approval is not requested yet: {others} was rejected too and needs its next version."
        )


def resubmit(
    tx: Transaction,
    deliverable_id: str,
    *,
    url: str | None = None,
    meta: Mapping[str, Any] | None = None,
    blob: Blob | None = None,
    file_name: str | None = None,
    content_type: str | None = None,
) -> Resubmission:
    """Hand over the next version and request its approval, once every rejected version has its next one.

    Raises:
        ConflictError, BadRequestError: as ``versions.new_version``.
        CompletionRefusedError: something else keeps it from its approvers; nothing was handed over.
    """
    row = versions.new_version(
        tx, deliverable_id, url=url, meta=meta, blob=blob, file_name=file_name, content_type=content_type
    )
    missing = rejected(tx, tx.get(Task, row.task_id))
    if not missing:
        approvals.request(tx, row.task_id)
    return Resubmission(row=row, still_missing=tuple(missing))


def rejected(tx: Transaction, task: Task) -> list[Deliverable]:
    """Return the newest versions that were rejected and have no next one yet."""
    return rejected_of(approval_state(tx, task))


def rejected_of(state: ApprovalState) -> list[Deliverable]:
    """Do what ``rejected`` does, for a state that was read already."""
    return [
        item.newest
        for item in state.lineages
        if any(item.standing(source) is Standing.REJECTED for source in ApprovalSource)
    ]
