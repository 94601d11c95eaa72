"""What waits for whoever decides: approvals, questions, automated tasks that ask to run."""

from __future__ import annotations

from engine.access import ApprovalSource, Permission, may
from engine.inbox.naming import bundle_title, name_of
from engine.inbox.views import Item, Kind
from engine.tasks import approvals as all_approvals
from engine.tasks import help as help_requests
from engine.tasks.entitlement import judged
from engine.tasks.models import Approval, ApprovalReason, Deliverable, Task
from engine.transaction import Transaction


def approvals(tx: Transaction) -> list[Item]:
    """Return the approvals that the actor may decide (WEB-05)."""
    _read_ahead(tx)
    return [_approval(tx, item) for item in all_approvals.waiting(tx)]


def help_wanted(tx: Transaction) -> list[Item]:
    """Return the questions that nobody answered yet (HLP-03)."""
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
        for task, question in help_requests.unanswered(tx)
        for asker in [name_of(tx, question.created_by) if question else None]
    ]


def reviews(tx: Transaction) -> list[Item]:
    """Return the automated tasks that must not run before somebody permits it (QUE-10)."""
    if not may(tx.actor, Permission.DECIDE):
        return []
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
        for task in tx.find(Task, awaits_review=True)  # unordered: the section sorts them
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


def _read_ahead(tx: Transaction) -> None:
    """Read the tasks and versions of all open approvals at once, rather than one by one."""
    if not may(tx.actor, Permission.DECIDE):
        return
    found = tx.find(Approval, is_open=True, source=ApprovalSource.INTERNAL)
    if found:
        tx.find(Task, task_id=sorted({item.task_id for item in found}))
        tx.find(Deliverable, deliverable_id=[item.deliverable_id for item in found])
