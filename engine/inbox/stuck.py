"""What is stuck, and why: every open task that does not move, with its age and what would move it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from engine.access import ApprovalSource, Permission, require
from engine.audit.models import Action
from engine.deliverables.models import Approval
from engine.inbox.queries import stuck as queries
from engine.inbox.read_models import MOST_COUNTED
from engine.inbox.reasons import Reason
from engine.searches import in_order
from engine.tasks.lost_blockers import as_seen_from
from engine.tasks.models import Note, NoteKind, Task, TaskStatus
from engine.tasks.read_models import DocumentRow
from engine.transaction import Transaction

_WHO = {ApprovalSource.INTERNAL: "the team", ApprovalSource.PORTAL: "the partner"}
#: Reasons that a column of the task tells, in the order of ``Reason``.
_TOLD_BY_COLUMNS = tuple(reason for reason in Reason if reason is not Reason.APPROVAL)

#: What event tells since when a task does not move, where the task itself does not.
_TOLD_BY_EVENTS = {
    Reason.FAILED: Action.TASK_STATUS_CHANGED,
    Reason.LOST: Action.TASK_BLOCKER_LOST,
    Reason.HELP: Action.TASK_STATUS_CHANGED,
    Reason.BLOCKED: Action.TASK_STATUS_CHANGED,
}


@dataclass(frozen=True, kw_only=True)
class Stuck:
    """One task that does not move."""

    row: DocumentRow
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
    #: How many there are, shown or not: exact up to ``MOST_COUNTED``.
    total: int


def load(tx: Transaction) -> list[Group]:
    """List what does not move by reason, the most painful first; for a member, only what is theirs.

    A task stands under its most painful reason alone; that names the others.

    Raises:
        ForbiddenError: the actor is not of the team.
    """
    require(tx.actor, Permission.SEE_OWN_WORK, "see what is stuck")
    late = queries.undecided(tx, tx.wall_clock - timedelta(days=tx.settings.escalate_after_days))
    places = queries.ids_of(tx, list(late))
    found = queries.find(tx, *_TOLD_BY_COLUMNS)
    undecided = queries.Found(doc_ids=list(places.values())[: queries.MOST], total=len(places))
    rows = queries.rows(tx, [doc_id for one in (undecided, *found.values()) for doc_id in one.doc_ids])
    undecided, found = undecided.among(rows), {reason: one.among(rows) for reason, one in found.items()}
    tasks = {reason: [rows[doc_id].task for doc_id in one.doc_ids] for reason, one in found.items()}
    told = _Told.read(tx, tasks, [late[rows[doc_id].task.task_id] for doc_id in undecided.doc_ids])
    groups = [
        _approvals(told, late, [rows[doc_id] for doc_id in undecided.doc_ids], undecided.total),
        *(
            _by_column(told, reason, [rows[doc_id] for doc_id in one.doc_ids], one.total)
            for reason, one in found.items()
        ),
    ]
    return [group for group in _each_once(groups) if group.items]


@dataclass(frozen=True, kw_only=True)
class _Told:
    """What other records tell about tasks that are stuck."""

    approvals: Mapping[str, Approval]
    #: What tasks wait for, by id.
    blockers: Mapping[str, Task]
    #: The last question of each task.
    questions: Mapping[str, str]
    #: When a task had its last event of an action.
    moments: Mapping[tuple[str, str], datetime]

    @classmethod
    def read(
        cls, tx: Transaction, tasks: Mapping[Reason, Sequence[Task]], approval_ids: Sequence[str]
    ) -> _Told:
        """Return it for tasks by the reason for which they are stuck, in two statements."""
        blockers, notes, approvals = tx.find_together(
            (Task, {"task_id": sorted({task.blocked_by for task in tasks[Reason.LOST] if task.blocked_by})}),
            (Note, {"task_id": sorted(task.task_id for task in tasks[Reason.HELP])}),
            (Approval, {"task_approval_id": list(approval_ids)}),
        )
        asked = (note for note in in_order(notes, ["created_at", "task_note_id"]) if _is_question(note))
        moving = {task.task_id for reason in _TOLD_BY_EVENTS for task in tasks[reason]}
        return cls(
            approvals={item.task_approval_id: item for item in approvals},
            blockers={task.task_id: task for task in blockers},
            questions={note.task_id: note.body for note in asked},
            moments=queries.last_events(tx, moving, set(_TOLD_BY_EVENTS.values())),
        )


def _is_question(note: Note) -> bool:
    return note.kind is NoteKind.HELP_REQUEST


def _each_once(groups: Sequence[Group]) -> Iterable[Group]:
    """Keep a task where it hurts most."""
    reasons: dict[str, list[Reason]] = {}
    for group in groups:
        for item in group.items:
            reasons.setdefault(item.task.task_id, []).extend(_reasons(group.reason, item.task))
    for group in groups:
        kept = [
            replace(item, further=reasons[item.task.task_id][1:])
            for item in group.items
            if reasons[item.task.task_id][0] is group.reason
        ]
        kept.sort(key=lambda item: (item.since, item.task.task_id))
        dropped = len(group.items) - len(kept) if group.total <= MOST_COUNTED else 0
        yield replace(group, items=kept, total=group.total - dropped)


def _reasons(reason: Reason, task: Task) -> Iterable[Reason]:
    """Return the reason for which a task was found; what is late and nobody's is found as late alone."""
    yield reason
    if reason is Reason.LATE and task.assignee_id is None and not task.assigned_to_bot:
        yield Reason.NOBODY


def _approvals(told: _Told, late: Mapping[str, str], rows: Sequence[DocumentRow], total: int) -> Group:
    """Return the tasks of which an approval waits longer than ``escalate_after_days``."""
    items = [
        Stuck(
            row=row,
            reason=Reason.APPROVAL,
            because=f"{_WHO[approval.source].capitalize()} has not decided",
            since=approval.requested_at,
            approval=approval,
        )
        for row in rows
        for approval in [told.approvals[late[row.task.task_id]]]
    ]
    return Group(reason=Reason.APPROVAL, items=items, total=total)


def _by_column(told: _Told, reason: Reason, rows: Sequence[DocumentRow], total: int) -> Group:
    items = [
        Stuck(
            row=row,
            reason=reason,
            because=_because(told, reason, row.task),
            since=_since(told, reason, row.task) or row.task.updated_at,
        )
        for row in rows
    ]
    return Group(reason=reason, items=items, total=total)


def _because(told: _Told, reason: Reason, task: Task) -> str:
    """Return the particular of a task, in words; who sees a task sees its question."""
    if reason is Reason.LOST:
        return _lost(task, told.blockers.get(task.blocked_by or ""))
    if reason is Reason.HELP:
        return told.questions.get(task.task_id, "The question was not written down")
    return _in_words(reason, task)


def _in_words(reason: Reason, task: Task) -> str:
    if reason is Reason.WAIT:
        return f"Waits for {task.waiting_for}" if task.waiting_for else "Waits, nobody says for whom"
    if reason is Reason.FAILED:
        return task.last_error or task.status_reason or "It failed, nobody says why"
    if reason is Reason.BLOCKED:
        return task.status_reason or "Blocked, nobody says by what"
    labels = {
        Reason.REVIEW: "It runs by itself, and nobody has permitted it yet",
        Reason.LATE: "Past its date and not begun",
        Reason.NOBODY: f"Any {task.assignee_role.replace('_', ' ')} may claim it, nobody has"
        if task.assignee_role
        else "Nobody is assigned",
    }
    return labels[reason]


def _lost(task: Task, blocker: Task | None) -> str:
    if blocker is None:
        return "What it waits for is not there any more"
    happened = "has failed" if blocker.status is TaskStatus.FAILED else "was cancelled"
    return f"{as_seen_from(task, blocker)} {happened}"


def _since(told: _Told, reason: Reason, task: Task) -> datetime | None:
    """Return since when a task does not move, as far as it or its events tell."""
    if reason is Reason.WAIT:
        return task.follow_up_at
    if reason is Reason.LATE:
        return task.deadline
    if reason in _TOLD_BY_EVENTS:
        return told.moments.get((task.task_id, _TOLD_BY_EVENTS[reason]))
    return task.created_at
