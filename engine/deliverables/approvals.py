"""Approvals: asked for by the worker, version by version, source after source (APR-01 to APR-18).

A request moves the task to ``pending_approval`` and makes one row per version; ``decisions`` fills it in.
"""

from __future__ import annotations

from datetime import timedelta

from engine.access import ApprovalSource, Permission, may, require
from engine.audit.models import Action
from engine.deliverables import delivery
from engine.deliverables.entitlement import judged, refusals
from engine.deliverables.models import Approval
from engine.deliverables.rounds import ApprovalState
from engine.deliverables.state import approval_state, request_state
from engine.errors import ConflictError
from engine.inputs import strip_or_none
from engine.plurals import plural
from engine.tasks import lifecycle, moves
from engine.tasks.models import Task, TaskStatus
from engine.tasks.moved import Moved
from engine.tasks.moves import MoveRequest
from engine.tasks.visibility import get_workable
from engine.transaction import Transaction

_WHO = {ApprovalSource.INTERNAL: "the team", ApprovalSource.PORTAL: "the partner"}


def request(tx: Transaction, task_id: str, *, revision: int | None = None) -> Task:
    """Hand over what is ready, for the next source's decision (APR-02).

    Raises:
        CompletionRefusedError: other guards are unmet, or there is nothing to judge.
        InvalidTransitionError: there is no way to pending_approval from here.
    """
    task = get_workable(tx, task_id, revision)
    return lifecycle.walk(tx, task, TaskStatus.PENDING_APPROVAL, through=frozenset({TaskStatus.IN_PROGRESS}))


def withdraw(
    tx: Transaction, task_id: str, reason: str | None = None, *, revision: int | None = None
) -> Task:
    """Take the request back: work goes on with the same version (APR-17, OPQ-18).

    Raises:
        ConflictError: the task is not with its approvers.
    """
    task = get_workable(tx, task_id, revision)
    if task.status is not TaskStatus.PENDING_APPROVAL:
        raise ConflictError(f"Task {task.name} is {task.status.said}: there is no request to take back.")
    return moves.move(
        tx, task, TaskStatus.IN_PROGRESS, MoveRequest(reason=strip_or_none(reason) or "Request withdrawn")
    )


def follow_round(tx: Transaction, fact: Moved) -> None:
    """Open the round of a task that went to its approvers, close that of one that left (a reaction)."""
    if fact.after is TaskStatus.PENDING_APPROVAL:
        open_round(tx, fact.task, request_state(tx, fact.task), requested_by=tx.actor.user_id)
    elif fact.before is TaskStatus.PENDING_APPROVAL:
        _close_round(tx, fact.task, fact.reason)


def open_round(tx: Transaction, task: Task, state: ApprovalState, *, requested_by: str) -> None:
    """Make the rows of the next source's round; a portal round delivers what it shows."""
    source = state.next_source
    if source is None:  # the move's own check has refused this
        raise ConflictError(f"Task {task.name} has nothing left to approve.")
    given = of_task(tx, task.task_id)
    earlier = [item.round_number for item in given if item.source is source]
    assignees = dict.fromkeys(one for item in given for one in item.assignee_ids)
    if task.assignee_id is not None:
        assignees[task.assignee_id] = None
    rows = state.to_judge
    if source is ApprovalSource.PORTAL:
        delivery.deliver(tx, task, rows)
    for row in rows:
        approval = tx.add(
            Approval(
                task_approval_id=tx.new_id(Approval),
                workspace_id=tx.workspace_id,
                task_id=task.task_id,
                deliverable_id=row.deliverable_id,
                source=source,
                partner_id=task.partner_id if source is ApprovalSource.PORTAL else None,
                reason=state.reason(source),
                round_number=max(earlier, default=0) + 1,
                requested_by=requested_by,
                assignee_ids=list(assignees),
                requested_at=tx.now,
                created_at=tx.now,
                updated_at=tx.now,
            )
        )
        after = {
            "deliverable_id": row.deliverable_id,
            "version_number": row.version_number,
            "content_hash": row.content_hash,
            "source": source,
            "reason": approval.reason,
            "round_number": approval.round_number,
        }
        summary = f"{row.name} of {task.name} waits for {_WHO[source]}"
        tx.record(Action.APPROVAL_REQUESTED, approval, summary, after=after, bundle_id=task.bundle_id)


def _close_round(tx: Transaction, task: Task, reason: str | None) -> None:
    given = of_task(tx, task.task_id)
    kept = {item.deliverable_id for item in given if item.is_decided and item.source is ApprovalSource.PORTAL}
    for approval in given:
        if approval.is_open:
            approval.withdrawn_at = tx.now
            tx.save(approval)
            row, _ = judged(tx, approval)
            summary = f"The request to decide on {row.name} of {task.name} was withdrawn"
            tx.record(Action.APPROVAL_WITHDRAWN, approval, summary, reason=reason, bundle_id=task.bundle_id)
            if approval.source is ApprovalSource.PORTAL and row.deliverable_id not in kept:
                delivery.take_back(tx, task, row)


def of_task(tx: Transaction, task_id: str) -> list[Approval]:
    """Return all approvals of a task, oldest first."""
    return tx.find(Approval, task_id=task_id, order_by=("requested_at", "task_approval_id"))


def state_of(tx: Transaction, task: Task) -> ApprovalState:
    """Return which approvals the task needs and has."""
    return approval_state(tx, task)


def waiting(tx: Transaction) -> list[Approval]:
    """Return the open approvals that the actor may decide, oldest first (WEB-05)."""
    order = ("requested_at", "task_approval_id")
    found: list[Approval] = []
    if may(tx.actor, Permission.DECIDE):
        found += tx.find(Approval, is_open=True, source=ApprovalSource.INTERNAL, order_by=order)
    if may(tx.actor, Permission.DECIDE_AS_PARTNER) and tx.actor.partner_id:
        found += tx.find(Approval, partner_id=tx.actor.partner_id, is_open=True, order_by=order)
    refused = refusals(tx, found)
    return [item for item in found if refused[item.task_approval_id] is None]


def escalate(tx: Transaction) -> list[Approval]:
    """Mark what waits longer than ``escalate_after_days``; a timeout never approves (decision 12).

    Raises:
        ForbiddenError: the actor is neither manager, admin nor the system.
    """
    require(tx.actor, Permission.DECIDE, "escalate approvals")
    limit = tx.wall_clock - timedelta(days=tx.settings.escalate_after_days)
    found = []
    for approval in tx.find(Approval, is_open=True, order_by=("requested_at", "task_approval_id")):
        if approval.requested_at <= limit and approval.escalated_at is None:
            mark_escalated(tx, approval)
            found.append(approval)
    return found


def mark_escalated(tx: Transaction, approval: Approval) -> None:
    """Mark that an open approval waits too long."""
    approval.escalated_at = tx.now
    tx.save(approval)
    row, task = judged(tx, approval)
    days = (tx.wall_clock - approval.requested_at).days
    summary = f"{row.name} of {task.name} waits for {_WHO[approval.source]} for {plural(days, 'day')}"
    tx.record(Action.APPROVAL_ESCALATED, approval, summary, bundle_id=task.bundle_id)
