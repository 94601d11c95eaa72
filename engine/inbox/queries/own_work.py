"""What a reader's own work tells them: given to them, free to begin, due today, late; what they run is done.

All of it is read from where the work stands, so an item is over as soon as its cause is.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
)

from engine.bundles.models import Bundle
from engine.deliverables.models import Approval
from engine.inbox.queries.reader import (
    DAY_BEGINS,
    DAY_ENDS,
    EMPLOYEE,
    NOW,
    ROLES,
    SINCE,
    USER,
    WORKSPACE,
    Shape,
)
from engine.inbox.queries.source import NO_MOMENT, Source, record_table
from engine.inbox.queries.watched import muted_ids, sees_bundle
from engine.inbox.read_models import Kind
from engine.reminders.judging import COUNTED, STATUSES
from engine.reminders.models import Reminder, ReminderState, ReminderType
from engine.reminders.planner import HELP
from engine.schedules.models import Schedule
from engine.tasks.models import Task, TaskStatus
from engine.tasks.queries.conditions import text_of
from engine.tasks.queries.reading import task_table
from engine.tasks.turn import TurnReason
from engine.transaction import Transaction

#: Whose next move is somebody else's, or nobody's: there the assignee is not told that it is due.
_NOT_THEIRS = (TaskStatus.PENDING_APPROVAL, TaskStatus.HELP_NEEDED, TaskStatus.FAILED)
#: In these states somebody has had a reminder.
_TOLD = (ReminderState.SENT, ReminderState.LATE, ReminderState.SNOOZED, ReminderState.DISMISSED)


def own_work(tx: Transaction, shape: Shape) -> Source:
    """Give the tasks of the reader of which they should know something, each since the last that happened.

    It is their turn (``engine.tasks.turn``) through somebody else's act, or it is due today, or late; of that
    a reminder tells alone, where they have one.
    """
    table = task_table(tx)
    is_muted = _is_muted(tx, table)
    # Each stands in it once: SQL has no names for them, and a database would plan and ask each copy.
    since = tx.database.dialect.greater(
        func.coalesce(_turn(tx, shape, table, is_muted), ""), func.coalesce(_due(table, is_muted), "")
    )
    rows = (
        select()
        .select_from(table)
        .where(
            table.c.workspace_id == WORKSPACE,
            table.c.assignee_id == EMPLOYEE,
            table.c.is_open == 1,
            # Columns of the index, to pass over what can be neither.
            or_(table.c.turn_at > SINCE, table.c.deadline < DAY_ENDS),
            since > SINCE,
            or_(_without_reminder(tx, table), since != func.coalesce(_late_or_today(table), "")),
        )
    )
    return Source(kind=Kind.ASSIGNED, rows=rows, record_type=Task, table=table, since=since)


def next_deadline(tx: Transaction) -> Select[Any]:
    """Return the read of the first deadline of today that has not passed; nothing is counted with it.

    Of all open work of the reader, so also of what is told for another reason, or never.
    """
    table = task_table(tx)
    # Found by whose it is: an index of deadlines leads to everybody's.
    deadline = tx.database.dialect.without_index(table.c.deadline)
    own = (table.c.workspace_id == WORKSPACE, table.c.assignee_id == EMPLOYEE, table.c.is_open == 1)
    first = select(func.min(deadline)).where(*own, deadline >= NOW, deadline < DAY_ENDS)
    return select(literal_column("0", Integer), NO_MOMENT, first.scalar_subquery())


def claimable(tx: Transaction, shape: Shape) -> Source:
    """Give the tasks that nobody has, that can be begun, and that the reader may claim.

    Each since nobody has it or what it comes after is done, whichever was later, through somebody else's act.
    """
    table = task_table(tx)
    role = literal("|") + table.c.assignee_role + literal("|")
    # Next to nothing waits for a permission: SQLite would take that index, and walk through all tasks.
    without_index = tx.database.dialect.without_index
    rows = (
        select()
        .select_from(table)
        .where(
            table.c.workspace_id == WORKSPACE,
            table.c.assignee_id.is_(None),
            table.c.is_open == 1,
            table.c.turn_at > SINCE,
            tx.database.dialect.place_in(ROLES, role) > 0,
            func.coalesce(table.c.turn_by, "").not_in(select(shape.own_users(tx).c.user_id)),
            # Until it is permitted to run nobody begins it.
            without_index(table.c.awaits_review) == false(),
            ~_is_muted(tx, table),
        )
    )
    return Source(kind=Kind.CLAIMABLE, rows=rows, record_type=Task, table=table, since=table.c.turn_at)


def refused(tx: Transaction, shape: Shape) -> Source:
    """Give the tasks that the reader made and that others have refused to let run, which cancels them."""
    table, own = task_table(tx), select(shape.own_users(tx).c.user_id)
    rows = (
        select()
        .select_from(table)
        .where(
            table.c.workspace_id == WORKSPACE,
            table.c.status == TaskStatus.CANCELLED.value,
            table.c.closed_at > SINCE,
            table.c.owner_id.in_(own),
            text_of(tx, table, "human_reviewed_at") == table.c.closed_at,
            func.coalesce(text_of(tx, table, "human_reviewed_by"), "").not_in(own),
        )
    )
    return Source(kind=Kind.REFUSED, rows=rows, record_type=Task, table=table, since=table.c.closed_at)


def reminded(tx: Transaction, shape: Shape) -> Source:
    """Give the reminders that stand in the reader's inbox, while it is so what they tell (RMD-08).

    And while the reader sees what they are about: they may have been given away since.
    """
    table = record_table(tx, Reminder)
    rows = (
        select()
        .select_from(table)
        .where(
            table.c.workspace_id == WORKSPACE,
            table.c.user_id == USER,
            table.c.state.in_([ReminderState.SENT.value, ReminderState.LATE.value]),
            table.c.sent_at > SINCE,
            or_(and_(table.c.task_id.is_(None), _bundle_is_seen(tx, shape, table)), _holds(tx, shape, table)),
        )
    )
    rank = case((table.c.is_flag == true(), 0), else_=1)
    return Source(
        kind=Kind.REMINDER, rows=rows, record_type=Reminder, table=table, since=table.c.sent_at, rank=rank
    )


def _bundle_is_seen(tx: Transaction, shape: Shape, reminders: FromClause) -> ColumnElement[bool]:
    """Return that the reader sees the bundle that a reminder is about."""
    if shape.sees_everything:
        return true()
    bundles = record_table(tx, Bundle).alias()
    return exists().where(bundles.c.bundle_id == reminders.c.bundle_id, sees_bundle(tx, shape, bundles))


def _holds(tx: Transaction, shape: Shape, reminders: FromClause) -> ColumnElement[bool]:
    """Return that what a reminder of a task tells is still so: the rule of ``judging.why_over``.

    As values they are looked up for each reminder; of a join, PostgreSQL may read all tasks.
    """
    tasks, approvals = task_table(tx).alias(), record_table(tx, Approval).alias()
    place_in, kind = tx.database.dialect.place_in, reminders.c.type
    is_help = place_in(text_of(tx, reminders, "step"), HELP) == 1
    statuses = [(kind == kind_.value, status.value) for kind_, status in STATUSES.items()]
    status = case(*statuses, (is_help, TaskStatus.HELP_NEEDED.value), else_=tasks.c.status)
    is_follow_up = kind == ReminderType.FOLLOW_UP_DUE.value
    base = case((is_follow_up, tasks.c.follow_up_at), else_=tasks.c.deadline)
    has_base = [one.value for one in COUNTED]
    task = select(literal_column("1", Integer)).where(
        tasks.c.task_id == reminders.c.task_id,
        tasks.c.is_open == 1,
        *shape.sees(tx, tasks),
        or_(
            reminders.c.task_approval_id.is_not(None),
            and_(
                tasks.c.status == status,
                or_(kind.not_in(has_base), is_help, place_in(reminders.c.key, _in_key(base)) > 0),
            ),
        ),
    )
    asked = select(approvals.c.is_open).where(approvals.c.task_approval_id == reminders.c.task_approval_id)
    return and_(
        task.correlate(reminders).scalar_subquery() == 1,
        or_(reminders.c.task_approval_id.is_(None), asked.correlate(reminders).scalar_subquery() == true()),
    )


def kind_of(tasks: FromClause, since: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return what is told of a task of ``own_work`` since a moment: the word of its kind."""
    return case(
        (tasks.c.turn_at == since, tasks.c.turn_reason),
        (tasks.c.deadline == since, Kind.LATE.value),
        else_=Kind.DUE.value,
    )


def done_bundles(tx: Transaction, shape: Shape) -> Source:
    """Give the bundles of the reader that somebody else has completed."""
    table = record_table(tx, Bundle)
    own = select(shape.own_users(tx).c.user_id)
    rows: Select[Any] = (
        select()
        .select_from(table)
        .where(
            table.c.workspace_id == WORKSPACE,
            table.c.owner_id.in_(own),
            table.c.completed_at > SINCE,
            func.coalesce(table.c.completed_by, "").not_in(own),
            table.c.bundle_id.not_in(muted_ids(tx, "watched_bundle_id")),
        )
    )
    return Source(kind=Kind.DONE, rows=rows, record_type=Bundle, table=table, since=table.c.completed_at)


def not_begun(tx: Transaction, shape: Shape) -> Source:
    """Give the schedules of the reader by which something should have begun and has not."""
    table = record_table(tx, Schedule)
    rows: Select[Any] = (
        select()
        .select_from(table)
        .where(
            table.c.workspace_id == WORKSPACE,
            table.c.owner_id.in_(select(shape.own_users(tx).c.user_id)),
            table.c.trouble_at > SINCE,
        )
    )
    return Source(kind=Kind.NOT_BEGUN, rows=rows, record_type=Schedule, table=table, since=table.c.trouble_at)


def _is_muted(tx: Transaction, tasks: FromClause) -> ColumnElement[bool]:
    """Return that the reader has muted a task or its bundle."""
    return or_(
        tasks.c.task_id.in_(muted_ids(tx, "watched_task_id")),
        func.coalesce(tasks.c.bundle_id, "").in_(muted_ids(tx, "watched_bundle_id")),
    )


def _turn(
    tx: Transaction, shape: Shape, tasks: FromClause, is_muted: ColumnElement[bool]
) -> ColumnElement[Any]:
    """Return since when it is the reader's turn; null where it is not, or they made it so themselves.

    Of what they muted only that it was given to them.
    """
    is_others = func.coalesce(tasks.c.turn_by, "").not_in(select(shape.own_users(tx).c.user_id))
    is_given = tasks.c.turn_reason == TurnReason.ASSIGNED.value
    return case((and_(is_others, or_(is_given, ~is_muted)), tasks.c.turn_at))


def _due(tasks: FromClause, is_muted: ColumnElement[bool]) -> ColumnElement[Any]:
    """Return since when a task is late, else the beginning of today where it is due today; null otherwise."""
    is_theirs = and_(
        tasks.c.status.not_in([status.value for status in _NOT_THEIRS]),
        tasks.c.blocked_by.is_(None),
        ~is_muted,
    )
    return case((is_theirs, _late_or_today(tasks)))


def _late_or_today(tasks: FromClause) -> ColumnElement[Any]:
    return case((tasks.c.deadline < NOW, tasks.c.deadline), (tasks.c.deadline < DAY_ENDS, DAY_BEGINS))


def _without_reminder(tx: Transaction, tasks: FromClause) -> ColumnElement[bool]:
    """Return that no reminder that is new to the reader says what the deadline of a task says, late or due.

    Whoever has answered it, or put it off, was told.
    """
    reminders = record_table(tx, Reminder).alias()
    said = case((tasks.c.deadline < NOW, ReminderType.OVERDUE.value), else_=ReminderType.DUE.value)
    found = select(literal_column("1", Integer)).where(
        reminders.c.workspace_id == WORKSPACE,
        reminders.c.user_id == USER,
        reminders.c.state.in_([state.value for state in _TOLD]),
        reminders.c.sent_at > SINCE,
        reminders.c.task_id == tasks.c.task_id,
        reminders.c.type == said,
        reminders.c.task_approval_id.is_(None),
        tx.database.dialect.place_in(reminders.c.key, _in_key(tasks.c.deadline)) > 0,
    )
    return found.correlate(tasks).limit(1).scalar_subquery().is_(None)


def _in_key(moment: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a moment as the keys of reminders have it: with whole seconds."""
    return literal("/") + func.substr(func.coalesce(moment, ""), 1, 19) + literal("Z/")
