"""What is stuck, and why: every open task that does not move, with its age and what would move it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from engine.access import ApprovalSource, Permission, require
from engine.audit.models import Action
from engine.inbox.queries import stuck as queries
from engine.inbox.reasons import Reason
from engine.tasks.losses import as_seen_from
from engine.tasks.models import Approval, Note, NoteKind, Task, TaskStatus
from engine.tasks.views import TaskRow
from engine.transaction import Transaction

_WHO = {ApprovalSource.INTERNAL: "the team", ApprovalSource.PORTAL: "the partner"}
#: Reasons that a column of the task tells, in the order of ``Reason``.
_TOLD_BY_COLUMNS = tuple(reason for reason in Reason if reason is not Reason.APPROVAL)


@dataclass(frozen=True, kw_only=True)
class Stuck:
    """One task that does not move."""

    row: TaskRow
    reason: Reason
    #: The particular: whom it waits for, what is in the way.
    because: str
    #: Since when it does not move.
    since: datetime
    #: What else holds it up.
    further: Sequence[Reason] = ()
    #: The approval that is waited for, where it is one.
    approval: Approval | None = None

    @property
    def task(self) -> Task:
        """The task."""
        return self.row.task


@dataclass(frozen=True, kw_only=True)
class Group:
    """All that is stuck for one reason, the longest first."""

    reason: Reason
    items: Sequence[Stuck]
    #: How many there are, shown or not.
    total: int


def load(tx: Transaction) -> list[Group]:
    """Return what does not move by reason, the most painful first; to a member, only what is theirs.

    A task stands under its most painful reason alone; that names the others.

    Raises:
        ForbiddenError: the actor is not of the team.
    """
    require(tx.actor, Permission.SEE_OWN_WORK, "see what is stuck")
    late = queries.undecided(tx, tx.now - timedelta(days=tx.settings.escalate_after_days))
    places = queries.ids_of(tx, list(late))
    found = {reason: queries.find(tx, reason) for reason in _TOLD_BY_COLUMNS}
    undecided = queries.Found(doc_ids=list(places.values())[: queries.MOST], total=len(places))
    rows = queries.rows(tx, [doc_id for one in (undecided, *found.values()) for doc_id in one.doc_ids])
    groups = [
        _approvals(tx, late, [rows[doc_id] for doc_id in undecided.doc_ids], undecided.total),
        *(
            _by_column(tx, reason, [rows[doc_id] for doc_id in one.doc_ids], one.total)
            for reason, one in found.items()
        ),
    ]
    return [group for group in _each_once(groups) if group.items]


def _each_once(groups: Sequence[Group]) -> Iterable[Group]:
    """Keep a task where it hurts most."""
    reasons: dict[str, list[Reason]] = {}
    for group in groups:
        for item in group.items:
            reasons.setdefault(item.task.task_id, []).append(group.reason)
    for group in groups:
        kept = [
            replace(item, further=reasons[item.task.task_id][1:])
            for item in group.items
            if reasons[item.task.task_id][0] is group.reason
        ]
        kept.sort(key=lambda item: (item.since, item.task.task_id))
        dropped = len(group.items) - len(kept)
        yield replace(group, items=kept, total=group.total - dropped)


def _approvals(tx: Transaction, late: Mapping[str, str], rows: Sequence[TaskRow], total: int) -> Group:
    """Return the tasks of which an approval waits longer than ``escalate_after_days``."""
    ids = [late[row.task.task_id] for row in rows]
    approvals = tx.find(Approval, task_approval_id=ids) if ids else []
    by_task = {approval.task_id: approval for approval in approvals}
    items = [
        Stuck(
            row=row,
            reason=Reason.APPROVAL,
            because=f"{_WHO[approval.source].capitalize()} has not decided",
            since=approval.requested_at,
            approval=approval,
        )
        for row in rows
        for approval in [by_task[row.task.task_id]]
    ]
    return Group(reason=Reason.APPROVAL, items=items, total=total)


def _by_column(tx: Transaction, reason: Reason, rows: Sequence[TaskRow], total: int) -> Group:
    tasks = [row.task for row in rows]
    since, because = _since(tx, reason, tasks), _because(tx, reason, tasks)
    items = [
        Stuck(
            row=row,
            reason=reason,
            because=because[row.task.task_id],
            since=since.get(row.task.task_id, row.task.updated_at),
        )
        for row in rows
    ]
    return Group(reason=reason, items=items, total=total)


def _because(tx: Transaction, reason: Reason, tasks: Sequence[Task]) -> Mapping[str, str]:
    """Return the particular of each task, in words."""
    if reason is Reason.LOST:
        return _lost(tx, tasks)
    if reason is Reason.HELP:
        return _questions(tx, [task.task_id for task in tasks])
    return {task.task_id: _said(reason, task) for task in tasks}


def _said(reason: Reason, task: Task) -> str:
    if reason is Reason.WAIT:
        return f"Waits for {task.waiting_for}" if task.waiting_for else "Waits, nobody says for whom"
    if reason is Reason.FAILED:
        return task.last_error or task.status_reason or "It failed, nobody says why"
    if reason is Reason.BLOCKED:
        return task.status_reason or "Blocked, nobody says by what"
    said = {
        Reason.REVIEW: "It runs by itself, and nobody has permitted it yet",
        Reason.LATE: "Past its date and not begun",
        Reason.NOBODY: f"Any {task.assignee_role.replace('_', ' ')} may claim it, nobody has"
        if task.assignee_role
        else "Nobody is assigned",
    }
    return said[reason]


def _lost(tx: Transaction, tasks: Sequence[Task]) -> dict[str, str]:
    ids = [task.blocked_by for task in tasks if task.blocked_by]
    blockers = {item.task_id: item for item in tx.find(Task, task_id=ids)} if ids else {}
    return {task.task_id: _lost_one(task, blockers.get(task.blocked_by or "")) for task in tasks}


def _lost_one(task: Task, blocker: Task | None) -> str:
    if blocker is None:
        return "What it waits for is not there any more"
    happened = "has failed" if blocker.status is TaskStatus.FAILED else "was cancelled"
    return f"{as_seen_from(task, blocker)} {happened}"


def _questions(tx: Transaction, task_ids: Sequence[str]) -> dict[str, str]:
    """Return the last question of each task; who sees a task sees that."""
    order = ("created_at", "task_note_id")
    notes = tx.find(Note, task_id=list(task_ids), order_by=order) if task_ids else []
    asked = {note.task_id: note.body for note in notes if note.kind is NoteKind.HELP_REQUEST}
    return {task_id: asked.get(task_id, "The question was not written down") for task_id in task_ids}


def _since(tx: Transaction, reason: Reason, tasks: Sequence[Task]) -> Mapping[str, datetime]:
    """Return since when each task does not move, as far as the task or its events tell."""
    if reason is Reason.WAIT:
        return {task.task_id: task.follow_up_at for task in tasks if task.follow_up_at}
    if reason is Reason.LATE:
        return {task.task_id: task.deadline for task in tasks if task.deadline}
    if reason in (Reason.NOBODY, Reason.REVIEW):
        return {task.task_id: task.created_at for task in tasks}
    action = Action.TASK_BLOCKER_LOST if reason is Reason.LOST else Action.TASK_STATUS_CHANGED
    return queries.last_events(tx, [task.task_id for task in tasks], action)
