"""Why something that was intended is not sent all the same: pointless, unwanted, or still standing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime

from engine.deliverables.models import Approval
from engine.reminders.glances import AnyTask
from engine.reminders.ledger import LATE_AFTER, Entry, said
from engine.reminders.models import Reminder, ReminderState, ReminderType
from engine.reminders.people import People
from engine.reminders.planner import HELP
from engine.tasks.facts import by_task
from engine.tasks.models import Proof, Task, TaskStatus
from engine.transaction import Transaction

_SUPPRESSED, _COALESCED = ReminderState.SUPPRESSED, ReminderState.COALESCED
#: Where the next move is an approver's or a manager's, its assignee is not told that it is due.
_WITH_OTHERS = (TaskStatus.PENDING_APPROVAL, TaskStatus.HELP_NEEDED)
#: In which status of its task alone a reminder of a type holds.
STATUSES: Mapping[ReminderType, TaskStatus] = {
    ReminderType.FOLLOW_UP_DUE: TaskStatus.WAITING,
    ReminderType.AUTOMATION_FAILURE: TaskStatus.FAILED,
}
#: Whom a rule names, in words.
_NAMED = {
    "assignee": "its assignee or else its owner",
    "owner": "its owner",
    "managers": "the managers",
    "approvers": "those who may decide",
    "watchers": "those who watch it",
    "flag": "the managers",
}
_OF_ASSIGNEE = (ReminderType.DUE, ReminderType.OVERDUE, ReminderType.MISSING_EVIDENCE)
#: The types that are counted from a date of the task, which can be moved.
COUNTED = (*_OF_ASSIGNEE, ReminderType.FOLLOW_UP_DUE)


def judge(tx: Transaction, entries: Sequence[Entry], people: People, now: datetime) -> None:
    """Withhold what is not to be sent, each with its reason; three statements for all of them."""
    tasks = {entry.task.task_id: entry.task for entry in entries if entry.task is not None}
    lacking = _lacking(tx, entries)
    muted = people.muted([entry.user_id for entry in entries if entry.user_id], tasks.values())
    for entry in entries:
        if entry.state is ReminderState.SENT and (reason := _pointless(tx, entry, lacking)):
            entry.withhold(_SUPPRESSED, reason)
        if entry.state is ReminderState.SENT and _is_muted(entry, muted):
            entry.withhold(_SUPPRESSED, f"{people.name(entry.user_id)} has muted it.")
    _standing(tx, entries)
    _missed(entries, now)


def why_closed(task: AnyTask, zone: str) -> str:
    """Say that a task was closed before it could be reminded of."""
    when = f" on {said(task.closed_at, zone)}" if task.closed_at else ""
    return f"It was closed as {task.status.said}{when}, before this could be sent."


def read_ahead(tx: Transaction, records: Sequence[Reminder]) -> None:
    """Read what ``why_over`` will ask for."""
    approval_ids = [one.task_approval_id for one in records if one.task_approval_id]
    tx.read_ahead({Task: (one.task_id for one in records), Approval: approval_ids})


def why_over(tx: Transaction, record: Reminder) -> str | None:
    """Say why what a reminder tells is so no more; None where it still is (RMD-08).

    The inbox asks the same in SQL (``engine.inbox.queries.own_work``).
    """
    task = tx.find_by_key(Task, record.task_id) if record.task_id else None
    if task is None:
        return None
    if task.closed_at is not None:
        return why_closed(task, tx.timezone)
    if record.task_approval_id is not None:
        approval = tx.find_by_key(Approval, record.task_approval_id)
        waits = approval is not None and approval.is_open
        return None if waits else "Its decision is not waited for any more."
    is_help = record.step.startswith(HELP)
    status = TaskStatus.HELP_NEEDED if is_help else STATUSES.get(record.type, task.status)
    if task.status is not status:
        return f"It was {status.said} then, and is {task.status.said} now."
    base = task.follow_up_at if record.type is ReminderType.FOLLOW_UP_DUE else task.deadline
    if record.type in COUNTED and not is_help and not record.is_counted_from(base):
        return "The date that it was counted from was moved."
    return None


def _pointless(tx: Transaction, entry: Entry, lacking: Collection[str]) -> str | None:
    task, kind = entry.task, entry.moment.type
    if entry.user_id is None:
        return f"There is nobody to tell: it is for {_NAMED[entry.moment.to]}, and none of them can sign in."
    if task is None:
        return None
    if task.closed_at is not None:
        return why_closed(task, tx.timezone)
    if entry.task_approval_id is not None:
        return None
    is_of_work = kind in _OF_ASSIGNEE and not entry.moment.step.startswith(HELP)
    if is_of_work and task.status in _WITH_OTHERS:
        return f"It is {task.status.said}: the next move is not its assignee's."
    if is_of_work and task.blocked_by is not None:
        return "It comes after a task that is not done, so nobody can move it."
    if kind is ReminderType.MISSING_EVIDENCE and task.task_id not in lacking:
        return "Its proof is there."
    return None


def _lacking(tx: Transaction, entries: Iterable[Entry]) -> set[str]:
    """Return the ids of the tasks of which required proof is absent, among those that are asked about."""
    asked = {
        entry.task.task_id
        for entry in entries
        if entry.task is not None and entry.moment.type is ReminderType.MISSING_EVIDENCE
    }
    if not asked:
        return set()
    proofs = by_task(tx.find(Proof, task_id=sorted(asked)))
    return {task_id for task_id, some in proofs.items() if any(one.is_missing for one in some)}


def _is_muted(entry: Entry, muted: Collection[tuple[str, str]]) -> bool:
    is_personal = entry.moment.to not in ("flag", "watchers")
    return is_personal and entry.task is not None and (entry.user_id, entry.task.task_id) in muted


def _standing(tx: Transaction, entries: Sequence[Entry]) -> None:
    """Leave out what a schedule names while the one before stands in its person's inbox (overlap: skip)."""
    asked = [
        entry
        for entry in entries
        if entry.moment.type is ReminderType.RECURRING
        and entry.moment.overlap == "skip"
        and entry.state is ReminderState.SENT
    ]
    if not asked:
        return
    told = tx.find(
        Reminder,
        task_id=sorted({entry.subject for entry in asked}),
        type=ReminderType.RECURRING,
        state=[ReminderState.SENT, ReminderState.LATE],
        order_by=("send_at",),
    )
    standing = {(one.task_id, one.step, one.user_id): one for one in told}
    for entry in asked:
        if (before := standing.get((entry.subject, entry.moment.step, entry.user_id))) is not None:
            day = said(before.send_at, tx.timezone)
            entry.withhold(_COALESCED, f"The one of {day} still stands in the inbox (overlap: skip).")


def _missed(entries: Sequence[Entry], now: datetime) -> None:
    """Leave out what a schedule named while nothing ran, as the rule wants it (missed)."""
    by_rule: dict[tuple[str, str, str | None], list[Entry]] = {}
    for entry in entries:
        if entry.moment.type is ReminderType.RECURRING and entry.state is ReminderState.SENT:
            by_rule.setdefault((entry.subject, entry.moment.step, entry.user_id), []).append(entry)
    for some in by_rule.values():
        some.sort(key=lambda one: one.moment.due_at)
        how = _MISSED.get(some[0].moment.missed)
        if how is not None:
            how(some, now)


def _only_the_last(some: Sequence[Entry], _: datetime) -> None:
    for entry in some[:-1]:
        entry.told_by = some[-1]
        entry.withhold(_COALESCED, "Nothing ran when it was due; the last of those is sent (missed: last).")


def _none(some: Sequence[Entry], now: datetime) -> None:
    for entry in some:
        if now - entry.moment.send_at > LATE_AFTER:
            entry.withhold(_SUPPRESSED, "Nothing ran when it was due (missed: none).")


_MISSED: Mapping[str, Callable[[Sequence[Entry], datetime], None]] = {"last": _only_the_last, "none": _none}
