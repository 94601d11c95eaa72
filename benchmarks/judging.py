"""What goes on around copied tasks: decisions, questions, remarks, scores, permissions waited for."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from benchmarks.stand import Stand
from engine.access import ApprovalSource
from engine.audit.models import Action
from engine.deliverables.models import Approval, ApprovalReason, ApprovalStatus, Deliverable
from engine.qa.models import QaReview, ReviewType
from engine.tasks.models import Note, NoteKind, QaReason, Task, TaskStatus
from engine.transaction import Transaction

#: Of 100 completed tasks so many were approved, were chosen for QA, were scored.
_APPROVED, _CHOSEN, _SCORED = 25, 8, 5
#: Of 100 tasks in progress so many wait for a decision, for help; of 100 open ones for a permission.
_WITH_APPROVERS, _STUCK, _UNPERMITTED = 12, 4, 1
#: Of 100 tasks so many carry a remark that calls somebody.
_REMARKED = 4


def judge(tx: Transaction, stand: Stand, task: Task, chance: random.Random) -> None:
    """Add what a task of this status has around it."""
    if task.status is TaskStatus.COMPLETED:
        _moves(tx, task, TaskStatus.IN_PROGRESS, TaskStatus.COMPLETED)
        _after_completion(tx, stand, task, chance)
    elif task.status is TaskStatus.IN_PROGRESS:
        _moves(tx, task, TaskStatus.IN_PROGRESS)
        _in_progress(tx, stand, task, chance)
    if not task.is_terminal and _happens(chance, _UNPERMITTED):
        task.requires_human_review = True
        tx.save(task)
    if _happens(chance, _REMARKED):
        called = chance.choice(stand.employees)
        _note(tx, task, NoteKind.NOTE, f"@{called.key} please look at the second page", [called.employee_id])


def _after_completion(tx: Transaction, stand: Stand, task: Task, chance: random.Random) -> None:
    if _happens(chance, _APPROVED):
        _approval(tx, stand, task, is_decided=True, is_rejected=_happens(chance, 15))
    if _happens(chance, _CHOSEN):
        task.qa_flagged, task.qa_type, task.qa_reasons = True, QaReason.RANDOM, [QaReason.RANDOM]
        task.qa_flagged_at = task.closed_at
        if _happens(chance, 100 * _SCORED / _CHOSEN):
            task.qa_reviewed_at = tx.now
            tx.add(_score(tx, task, chance))
        tx.save(task)


def _in_progress(tx: Transaction, stand: Stand, task: Task, chance: random.Random) -> None:
    if _happens(chance, _WITH_APPROVERS):
        _approval(tx, stand, task, is_decided=False)
        _enter(tx, task, TaskStatus.PENDING_APPROVAL)
    elif _happens(chance, _STUCK):
        _enter(tx, task, TaskStatus.HELP_NEEDED)
        _note(tx, task, NoteKind.HELP_REQUEST, "Which of the two briefs holds?", [])


def _approval(
    tx: Transaction, stand: Stand, task: Task, *, is_decided: bool, is_rejected: bool = False
) -> None:
    common: dict[str, Any] = {"workspace_id": tx.workspace_id, "created_at": tx.now, "updated_at": tx.now}
    author = stand.users.get(task.assignee_id or "", stand.member.user_id)
    row = Deliverable(
        deliverable_id=tx.new_id(Deliverable),
        task_id=task.task_id,
        ref="article",
        type="article",
        deliverable_url="https://example.com/article",
        authors=[author],
        frozen_at=task.updated_at if is_decided else None,
        created_by=author,
        **common,
    )
    tx.add(row)
    decision: dict[str, Any] = {
        "status": ApprovalStatus.REJECTED if is_rejected else ApprovalStatus.APPROVED,
        "approver_id": tx.actor.user_id or None,
        "decided_at": task.updated_at,
        "approved_at": None if is_rejected else task.updated_at,
        "feedback": "The second paragraph needs a source." if is_rejected else None,
        "content_hash": row.content_hash,
    }
    approval = tx.add(
        Approval(
            task_approval_id=tx.new_id(Approval),
            task_id=task.task_id,
            deliverable_id=row.deliverable_id,
            source=ApprovalSource.INTERNAL,
            reason=ApprovalReason.PROCESS,
            round_number=1,
            requested_by=author,
            assignee_ids=[task.assignee_id] if task.assignee_id else [],
            requested_at=task.updated_at - timedelta(hours=5),
            **(decision if is_decided else {}),
            **common,
        )
    )
    if is_decided:
        after = {name: approval.model_dump(mode="json")[name] for name in decision}
        tx.record(Action.APPROVAL_DECIDED, approval, f"{row.name} of {task.name} was judged", after=after)


def _score(tx: Transaction, task: Task, chance: random.Random) -> QaReview:
    return QaReview(
        task_qa_review_id=tx.new_id(QaReview),
        workspace_id=tx.workspace_id,
        task_id=task.task_id,
        employee_id=task.assignee_id,
        reviewer_id=tx.actor.user_id,
        review_type=ReviewType.RANDOM,
        score=chance.randrange(1, 6),
        reviewed_at=task.closed_at or tx.now,
        created_at=tx.now,
    )


def _note(tx: Transaction, task: Task, kind: NoteKind, body: str, called: list[str]) -> None:
    note = tx.add(
        Note(
            task_note_id=tx.new_id(Note),
            workspace_id=tx.workspace_id,
            task_id=task.task_id,
            kind=kind,
            body=body,
            mentions=called,
            created_by=tx.actor.user_id,
            created_at=task.updated_at,
        )
    )
    tx.record(Action.NOTE_ADDED, note, f"Note on {task.name}: {body}", after={"kind": kind, "body": body})


def _enter(tx: Transaction, task: Task, status: TaskStatus) -> None:
    moment, task.status = task.updated_at, status
    tx.save(task)
    task.updated_at = moment
    _moves(tx, task, status)


def _moves(tx: Transaction, task: Task, *statuses: TaskStatus) -> None:
    for status in statuses:
        summary = f"{task.name} went to {status}"
        tx.record(Action.TASK_STATUS_CHANGED, task, summary, after={"status": status})


def _happens(chance: random.Random, in_hundred: float) -> bool:
    return chance.random() * 100 < in_hundred
