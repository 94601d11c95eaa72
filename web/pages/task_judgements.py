"""What others say about a task, as its page shows it: decisions on versions, answers for help, QA scores."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

from engine.deliverables import decisions, resubmission
from engine.deliverables.models import Approval, Deliverable, DeliverableComment
from engine.deliverables.rounds import ASKS_FOR_WORK
from engine.deliverables.state import Handover
from engine.qa.models import QaReview
from engine.tasks.models import Note, Task, TaskStatus
from engine.tasks.queries import notes
from engine.transaction import Transaction
from web.pages import task_versions
from web.pages.task_versions import Versions, Waiting


@dataclass(frozen=True, kw_only=True)
class Said:
    """What an approver wants changed of one version."""

    row: Deliverable
    decision: Approval
    #: What they remarked at places of it, oldest first.
    remarks: Sequence[DeliverableComment]


@dataclass(frozen=True, kw_only=True)
class Judgements:
    """What was handed over for judgement, what waits, and what was said, as the signed-in user may see it."""

    task: Task
    #: What is handed over, version by version.
    deliverables: Sequence[Versions]
    #: What to change, until the next version is there.
    said_by_approvers: Sequence[Said]
    #: What waits for a decision now.
    waiting: Sequence[Waiting]
    #: The newest versions that were rejected and have no next one yet.
    rejected: Sequence[Deliverable]
    #: The open question of the worker and what was answered since, oldest first.
    help_dialogue: Sequence[Note]
    #: The QA scores that the user may read, oldest first.
    reviews: Sequence[QaReview]

    @property
    def is_to_decide(self) -> bool:
        """Whether the user decides on something that waits."""
        return any(item.refusal is None for item in self.waiting)

    @property
    def reason(self) -> str | None:
        """Why the task has its status; nothing where the words of an approver say it, or said it before."""
        judged = [version for item in self.deliverables for version in (item.newest, *item.earlier)]
        said = {
            decisions.reason_of(one)
            for version in judged
            for one in version.approvals
            if one.status in ASKS_FOR_WORK
        }
        return None if self.said_by_approvers or self.task.status_reason in said else self.task.status_reason

    def others_rejected(self, row: Deliverable) -> list[Deliverable]:
        """List what else was rejected and needs its next version before anything is requested."""
        return [other for other in self.rejected if other.deliverable_id != row.deliverable_id]


def read(
    tx: Transaction,
    task: Task,
    handover: Handover,
    *,
    reviews: Sequence[QaReview],
    may_change: bool,
    left_out: Container[str | None],
) -> Judgements:
    """Gather what was said about a task whose parts were read already.

    ``may_change`` says whether the user may hand over now, ``left_out`` which steps are not to be done.
    """
    deliverables = task_versions.of_task(
        task, handover.rows, handover.approvals, may_change=may_change, left_out=left_out
    )
    return Judgements(
        task=task,
        deliverables=deliverables,
        said_by_approvers=_said(tx, task, deliverables),
        waiting=task_versions.open_approvals(tx, handover.approvals),
        rejected=resubmission.rejected_of(handover.state),
        help_dialogue=notes.dialogue(tx, task.task_id) if task.status is TaskStatus.HELP_NEEDED else [],
        reviews=reviews,
    )


def _said(tx: Transaction, task: Task, deliverables: Sequence[Versions]) -> list[Said]:
    """Return what approvers want changed, with their remarks on that version (D8)."""
    if not task.is_active or task.status is TaskStatus.PENDING_APPROVAL:
        return []
    last = [
        (item.row, item.last_decision)
        for item in deliverables
        if item.last_decision is not None and item.last_decision.status in ASKS_FOR_WORK
    ]
    if not last:
        return []
    judged = [row.deliverable_id for row, _ in last]
    order = ("created_at", "deliverable_comment_id")
    remarks = tx.find(DeliverableComment, deliverable_id=judged, order_by=order)
    return [
        Said(
            row=row,
            decision=decision,
            remarks=[
                one
                for one in remarks
                if one.deliverable_id == row.deliverable_id and one.created_by == decision.approver_id
            ],
        )
        for row, decision in last
    ]
