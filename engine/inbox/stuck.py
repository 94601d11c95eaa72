"""What is stuck, and why: every open task that does not move, with its age and what would move it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from engine.access import ApprovalSource, Permission, require
from engine.audit.models import Action, Event
from engine.inbox.queries import stuck as queries
from engine.inbox.reasons import Reason
from engine.tasks.losses import as_seen_from
from engine.tasks.models import Approval, Note, NoteKind, Task, TaskStatus
from engine.tasks.views import TaskRow
from engine.transaction import Transaction

_WHO = {ApprovalSource.INTERNAL: "the team", ApprovalSource.PORTAL: "the partner"}
#: Reasons that a column of the task tells, in the order of ``Reason``.
_TOLD_BY_COLUMNS = tuple(reason for reason in Reason if reason is not Reason.APPROVAL)
_DIALOGUE = (NoteKind.HELP_REQUEST, NoteKind.HELP_ANSWER)


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
    groups = [_approvals(tx), *(_by_column(tx, reason) for reason in _TOLD_BY_COLUMNS)]
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


def _approvals(tx: Transaction) -> Group:
    """Return the tasks of which an approval waits longer than ``escalate_after_days``."""
    limit = tx.now - timedelta(days=tx.settings.escalate_after_days)
    oldest: dict[str, Approval] = {}
    for approval in tx.find(Approval, is_open=True, order_by=("requested_at", "task_approval_id")):
        if approval.requested_at <= limit:
            oldest.setdefault(approval.task_id, approval)
    rows = queries.of_tasks(tx, list(oldest))
    items = [
        Stuck(
            row=rows[task_id],
            reason=Reason.APPROVAL,
            because=f"{_WHO[approval.source].capitalize()} has not decided",
            since=approval.requested_at,
            approval=approval,
        )
        for task_id, approval in oldest.items()
        if task_id in rows
    ]
    return Group(reason=Reason.APPROVAL, items=items[: queries.MOST], total=len(items))


def _by_column(tx: Transaction, reason: Reason) -> Group:
    rows = queries.find(tx, reason)
    total = len(rows) if len(rows) < queries.MOST else queries.count(tx, reason)
    kept = _unanswered(tx, rows) if reason is Reason.HELP else rows
    since = _since(tx, reason, [row.task for row in kept])
    items = [
        Stuck(
            row=row,
            reason=reason,
            because=_because(tx, reason, row.task),
            since=since.get(row.task.task_id, row.task.updated_at),
        )
        for row in kept
    ]
    return Group(reason=reason, items=items, total=total - (len(rows) - len(kept)))


def _because(tx: Transaction, reason: Reason, task: Task) -> str:
    if reason is Reason.LOST:
        return _lost(tx, task)
    if reason is Reason.HELP:
        return _question(tx, task)
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


def _lost(tx: Transaction, task: Task) -> str:
    blocker = tx.find_by_key(Task, task.blocked_by) if task.blocked_by else None
    if blocker is None:
        return "What it waits for is not there any more"
    happened = "has failed" if blocker.status is TaskStatus.FAILED else "was cancelled"
    return f"{as_seen_from(task, blocker)} {happened}"


def _question(tx: Transaction, task: Task) -> str:
    asked = [note for note in _dialogue(tx, [task.task_id]) if note.kind is NoteKind.HELP_REQUEST]
    return asked[-1].body if asked else "The question was not written down"


def _unanswered(tx: Transaction, rows: list[TaskRow]) -> list[TaskRow]:
    """Return the tasks whose last word is no answer; who sees a task sees that."""
    last = {note.task_id: note for note in _dialogue(tx, [row.task.task_id for row in rows])}
    since = _since(tx, Reason.HELP, [row.task for row in rows])
    return [
        row
        for row in rows
        if (note := last.get(row.task.task_id)) is None
        or note.kind is NoteKind.HELP_REQUEST
        or note.created_at < since.get(row.task.task_id, note.created_at)
    ]


def _dialogue(tx: Transaction, task_ids: Sequence[str]) -> list[Note]:
    """Return questions and answers, oldest first."""
    found = tx.find(Note, task_id=list(task_ids), order_by=("created_at", "task_note_id")) if task_ids else []
    return [note for note in found if note.kind in _DIALOGUE]


def _since(tx: Transaction, reason: Reason, tasks: Sequence[Task]) -> Mapping[str, datetime]:
    """Return since when each task does not move, as far as the task or its events tell."""
    if reason is Reason.WAIT:
        return {task.task_id: task.follow_up_at for task in tasks if task.follow_up_at}
    if reason is Reason.LATE:
        return {task.task_id: task.deadline for task in tasks if task.deadline}
    if reason in (Reason.NOBODY, Reason.REVIEW):
        return {task.task_id: task.created_at for task in tasks}
    action = Action.TASK_BLOCKER_LOST if reason is Reason.LOST else Action.TASK_STATUS_CHANGED
    ids = [task.task_id for task in tasks]
    # The tenant is asked for by ``workspace_id`` first: the index of events begins with it.
    events = (
        tx.find(Event, workspace_id=tx.workspace_id, task_id=ids, action=action, order_by=("seq",))
        if ids
        else []
    )
    return {str(event.task_id): event.occurred_at for event in events}
