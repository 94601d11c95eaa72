"""What waits for whoever decides: approvals, questions, automated tasks that ask to run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.access import ApprovalSource, Permission, may
from engine.deliverables import approvals as all_approvals
from engine.deliverables.entitlement import judged
from engine.deliverables.models import Approval, ApprovalReason
from engine.inbox import naming
from engine.inbox.naming import bundle_title, name_of
from engine.inbox.read_models import Item, Kind
from engine.record import Record
from engine.tasks import help as help_requests
from engine.tasks.models import Task
from engine.transaction import Transaction

#: What is asked for here first, to be read together with other things.
SEARCHES: tuple[tuple[type[Record], Mapping[str, Any]], ...] = (
    (Approval, {"is_open": True, "source": ApprovalSource.INTERNAL}),
    (Task, {"awaits_review": True}),
)


def approvals(tx: Transaction) -> list[Item]:
    """Return the approvals that the actor may decide (WEB-05)."""
    waiting = all_approvals.waiting(tx)
    tasks = [judged(tx, item)[1] for item in waiting]
    naming.read_ahead(tx, tasks, (item.requested_by for item in waiting))
    return [_approval(tx, item) for item in waiting]


def help_wanted(tx: Transaction) -> list[Item]:
    """Return the questions that nobody answered yet (HLP-03)."""
    asked = help_requests.unanswered(tx)
    users = (question.created_by for _, question in asked if question)
    naming.read_ahead(tx, (task for task, _ in asked), users)
    return [
        Item(
            kind=Kind.HELP,
            key=task.task_id,
            title=task.title,
            why=f"{asker or 'Somebody'} is stuck and asks for help",
            since=question.created_at if question else task.updated_at,
            task=task,
            remark=question,
            who=asker,
            where=bundle_title(tx, task),
        )
        for task, question in asked
        for asker in [name_of(tx, question.created_by) if question else None]
    ]


def reviews(tx: Transaction) -> list[Item]:
    """Return the automated tasks that must not run before somebody permits it (QUE-10)."""
    if not may(tx.actor, Permission.DECIDE):
        return []
    tasks = tx.find(Task, awaits_review=True)  # unordered: the section sorts them
    naming.read_ahead(tx, tasks, (task.owner_id for task in tasks))
    return [
        Item(
            kind=Kind.REVIEW,
            key=task.task_id,
            title=task.title,
            why="It runs by itself, and only once a person permits it",
            since=task.created_at,
            task=task,
            who=name_of(tx, task.owner_id),
            where=bundle_title(tx, task),
        )
        for task in tasks
    ]


def why_asked(approval: Approval, who: str | None) -> str:
    """Return why an approval waits, in words (APR-01)."""
    asker = who or "Somebody"
    if approval.source is ApprovalSource.INTERNAL and approval.reason is ApprovalReason.TRAINING:
        return f"{asker} asked: whoever is in training has everything they hand over approved"
    again = " again" if approval.round_number > 1 else ""
    return f"{asker} handed it over{again} and asked for your decision"


def _approval(tx: Transaction, approval: Approval) -> Item:
    row, task = judged(tx, approval)
    who = name_of(tx, approval.requested_by)
    return Item(
        kind=Kind.APPROVAL,
        key=approval.task_approval_id,
        title=task.title,
        why=why_asked(approval, who),
        since=approval.requested_at,
        task=task,
        row=row,
        approval=approval,
        who=who,
        where=bundle_title(tx, task),
    )
