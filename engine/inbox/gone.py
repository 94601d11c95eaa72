"""What became of an item that is not in its reader's inbox any more, as far as they may know."""

from __future__ import annotations

from dataclasses import dataclass

from engine.access import Permission, may
from engine.accounts.models import User
from engine.deliverables import entitlement
from engine.deliverables.models import Approval
from engine.inbox import service
from engine.inbox.items import DECIDED
from engine.tasks import visibility
from engine.tasks.models import Task, TaskStatus
from engine.transaction import Transaction
from engine.worklogs import service as worklogs
from engine.worklogs.models import WorkLog


@dataclass(frozen=True)
class Gone:
    """An item that was asked for by name, and is not there."""

    #: What it was about, in words; empty where that is not known, or not the reader's to know.
    about: str
    #: Why, in a sentence; empty where nothing is known, or nothing that is the reader's to know.
    why: str
    #: Whether it is among what they saw or decided before.
    is_kept: bool


def find(tx: Transaction, key: str) -> Gone:
    """Say what became of the item with a key, whatever it was about."""
    kept = service.load(tx, with_seen=True, named=key, shown=1)
    about, why = _of_approval(tx, key) or _of_task(tx, key) or _of_worklog(tx, key) or ("", "")
    return Gone(about, why, any(item.key == key for item in kept.items))


def _of_approval(tx: Transaction, key: str) -> tuple[str, str] | None:
    approval = tx.find_by_key(Approval, key)
    if approval is None or not entitlement.sees_approval(tx, approval):
        return None
    row, task = entitlement.judged(tx, approval)
    about = f"{row.name} of {task.name}" if visibility.sees(tx, task) else row.name
    return about, _how_it_came_out(tx, approval)


def _how_it_came_out(tx: Transaction, approval: Approval) -> str:
    if approval.withdrawn_at is not None:
        return "The request was withdrawn."
    if approval.is_open:
        return "It waits for a decision, which somebody else makes."
    decider = tx.find_by_key(User, approval.approver_id) if approval.approver_id else None
    return f"{decider.name if decider else 'Somebody'} {DECIDED[approval.status]}."


def _of_task(tx: Transaction, key: str) -> tuple[str, str] | None:
    task = tx.find_by_key(Task, key)
    if task is None or not visibility.sees(tx, task):
        return None
    if not may(tx.actor, Permission.DECIDE):
        return task.name, "There is nothing new about it any more."
    if task.status is TaskStatus.HELP_NEEDED:
        return task.name, "Its question was answered."
    if task.requires_human_review and not task.is_terminal:
        return task.name, "It waits for a permission, which somebody else gives."
    return task.name, "It asks for no help and no permission any more."


def _of_worklog(tx: Transaction, key: str) -> tuple[str, str] | None:
    worklog = tx.find_by_key(WorkLog, key)
    if worklog is None or not worklogs.sees(tx, worklog):
        return None
    how = "You have seen that it was sent" if not tx.actor.sees_everything else "It waits for you no more"
    return worklogs.name_of(worklog), f"{how}: it is among the worklogs."
