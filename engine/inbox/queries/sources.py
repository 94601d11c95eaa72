"""Where the items of an inbox come from: one source per sort, counted and listed by the same rule."""

from __future__ import annotations

from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    union_all,
)

from engine.access import ApprovalSource
from engine.deliverables.models import Approval, ApprovalStatus, Deliverable, DeliverableComment
from engine.inbox.queries.own_work import (
    claimable,
    done_bundles,
    not_begun,
    own_work,
    refused,
    reminded,
)
from engine.inbox.queries.reader import (
    EMPLOYEE,
    PARTNER,
    QUOTED_EMPLOYEE,
    QUOTED_USER,
    SINCE,
    USER,
    WORKSPACE,
    Shape,
)
from engine.inbox.queries.source import Source, record_table
from engine.inbox.queries.watched import watched_bundles, watched_tasks
from engine.inbox.read_models import Kind
from engine.notifications.models import Notification
from engine.qa.models import QaReview
from engine.tasks.models import Note, NoteKind, Task, TaskStatus
from engine.tasks.queries.conditions import in_workspace, text_of
from engine.tasks.queries.help import is_unanswered
from engine.tasks.queries.reading import task_table
from engine.transaction import Transaction
from engine.worklogs.models import WorkLog, WorkLogStatus

Remark: TypeAlias = Note | DeliverableComment


def to_decide(tx: Transaction, shape: Shape) -> list[Source]:
    """List what waits until the reader acts."""
    found = [_approvals(tx, shape)] if shape.decides or shape.decides_as_partner else []
    return [*found, _help(tx), _reviews(tx, shape)] if shape.decides else found


def news(tx: Transaction, shape: Shape, *, seen: bool = False) -> list[Source]:
    """List what a reader should know; with ``seen`` also what they know, or is over.

    A partner's people are told of the worklogs that were sent to them, and of nothing else.
    """
    if not shape.sees_own_work:
        sent = [_worklogs(tx)] if shape.decides_as_partner else []
        return [one.unseen(tx.database.dialect) for one in sent] if shape.has_marked and not seen else sent
    of_employee = [own_work(tx, shape), _scores(tx)] if shape.is_employee else []
    of_employee += [claimable(tx, shape)] if shape.claims and shape.is_employee else []
    remarks = (_mentions(tx, shape, kind) for kind in (Note, DeliverableComment))
    told = [_notices(tx), *([_drafts(tx)] if shape.decides else [])]
    of_bundles = [
        done_bundles(tx, shape),
        not_begun(tx, shape),
        watched_tasks(tx, shape),
        watched_bundles(tx, shape),
    ]
    found = [
        *of_employee,
        reminded(tx, shape),
        refused(tx, shape),
        _decisions(tx, shape, seen=seen),
        *of_bundles,
        *remarks,
        *told,
    ]
    if seen or not shape.has_marked:
        return found
    return [source.unseen(tx.database.dialect) for source in found]


def decided_by_partner(tx: Transaction) -> Source:
    """Give what the people of the reader's partner have decided, in the order in which it was asked for."""
    table = record_table(tx, Approval)
    is_own = (table.c.partner_id == PARTNER, table.c.decided_at.is_not(None))
    rows = select().select_from(table).where(table.c.workspace_id == WORKSPACE, *is_own)
    return Source(
        kind=Kind.DECISION,
        rows=rows,
        record_type=Approval,
        table=table,
        since=table.c.decided_at,
        placed=table.c.requested_at,
    )


def same_thing(tx: Transaction, one: FromClause, other: FromClause) -> list[ColumnElement[bool]]:
    """Return the conditions that two versions of a task are of the same thing (DLV-16)."""
    step, other_step = (func.coalesce(text_of(tx, rows, "task_step_id"), "") for rows in (one, other))
    return [text_of(tx, one, "ref") == text_of(tx, other, "ref"), step == other_step]


def last_of_dialogue(tx: Transaction, tasks: FromClause) -> ColumnElement[Any]:
    """Return the row id of the last question or answer of a task."""
    notes = record_table(tx, Note).alias()
    kinds = [NoteKind.HELP_REQUEST.value, NoteKind.HELP_ANSWER.value]
    last = select(notes.c.doc_id).where(
        notes.c.task_id == tasks.c.task_id, text_of(tx, notes, "kind").in_(kinds)
    )
    newest_first = (notes.c.created_at.desc(), notes.c.task_note_id.desc())
    return last.order_by(*newest_first).limit(1).scalar_subquery()


def is_question(tx: Transaction, notes: FromClause) -> ColumnElement[bool]:
    """Return the condition that a note asks for help."""
    return text_of(tx, notes, "kind") == NoteKind.HELP_REQUEST.value


def _approvals(tx: Transaction, shape: Shape) -> Source:
    """Give the open approvals that the reader may decide, as ``access.why_not_decide`` has it.

    The roles, the partner, and the separation of duties.
    """
    table, tasks = record_table(tx, Approval), task_table(tx).alias()
    ways = [table.c.source == ApprovalSource.INTERNAL.value] if shape.decides else []
    if shape.decides_as_partner:
        of_partner = (table.c.partner_id == PARTNER, _has_task(table, tasks, tasks.c.partner_id == PARTNER))
        ways.append(and_(table.c.source == ApprovalSource.PORTAL.value, *of_partner))
    rows = select().select_from(table).where(table.c.workspace_id == WORKSPACE, table.c.is_open == true())
    rows = rows.where(or_(*ways))
    if shape.may_judge_own:
        rows = rows.where(_has_task(table, tasks))
    else:
        is_others = _has_task(table, tasks, *_not_performed(tx, shape, tasks))
        rows = rows.where(is_others, ~_own_version(tx, shape, table))
    return Source(
        kind=Kind.APPROVAL,
        rows=rows,
        record_type=Approval,
        table=table,
        since=table.c.requested_at,
        rank=case((table.c.escalated_at.is_not(None), 0), else_=1),
    )


def _has_task(
    approvals: FromClause, tasks: FromClause, *conditions: ColumnElement[bool]
) -> ColumnElement[bool]:
    """Return that the task of an approval fulfils conditions.

    As a value it is looked up for each approval; of a join, PostgreSQL may read all tasks.
    """
    found = select(literal_column("1", Integer)).where(tasks.c.task_id == approvals.c.task_id, *conditions)
    return found.correlate(approvals).scalar_subquery() == 1


def _own_version(tx: Transaction, shape: Shape, table: FromClause) -> ColumnElement[bool]:
    """Return that the reader is an author of any version of what is judged (APR-16, S3)."""
    rows, judged = record_table(tx, Deliverable), record_table(tx, Deliverable).alias()
    is_judged = exists().where(
        judged.c.deliverable_id == table.c.deliverable_id, *same_thing(tx, rows, judged)
    )
    # Whose it is comes first: as a rule it is not the reader's, and the lineage need not be asked about.
    return (
        exists()
        .where(
            rows.c.task_id == table.c.task_id,
            _names_reader(tx, shape, rows.c.author_list),
            is_judged.correlate(table, rows),
        )
        .correlate(table)
    )


def _not_performed(tx: Transaction, shape: Shape, tasks: FromClause) -> list[ColumnElement[bool]]:
    """Return that the reader is not the task's assignee, and was not while it was worked on."""
    own = select(shape.own_ids(tx).c.id)
    return [
        func.coalesce(tasks.c.assignee_id, "").not_in(own),
        ~_names_reader(tx, shape, tasks.c.hand_list),
    ]


def _names_reader(tx: Transaction, shape: Shape, listed: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that a list of ids, kept as JSON, names the reader as anybody they are or were."""
    own = shape.own_ids(tx)
    quoted = literal('"') + own.c.id + literal('"')
    return exists().select_from(own).where(tx.database.dialect.place_in(listed, quoted) > 0)


def _help(tx: Transaction) -> Source:
    """Give the tasks whose worker waits for an answer, since they asked (HLP-03)."""
    table, asked = task_table(tx), record_table(tx, Note).alias()
    joined = and_(asked.c.doc_id == last_of_dialogue(tx, table), is_question(tx, asked))
    rows = select().select_from(table.outerjoin(asked, joined))
    rows = rows.where(table.c.workspace_id == WORKSPACE, *is_unanswered(tx, table))
    since = func.coalesce(asked.c.created_at, table.c.updated_at)
    return Source(kind=Kind.HELP, rows=rows, record_type=Task, table=table, since=since)


def _reviews(tx: Transaction, shape: Shape) -> Source:
    """Give the automated tasks that must not run before the reader, or another, permits it (QUE-10, S18)."""
    table = task_table(tx)
    # Few wait: they are sorted. SQLite would take the index of the moment, and walk through all tasks.
    since = tx.database.dialect.without_index(table.c.created_at)
    rows = select().select_from(table)
    rows = rows.where(table.c.workspace_id == WORKSPACE, table.c.awaits_review == true())
    if not shape.may_judge_own:
        own = select(shape.own_ids(tx).c.id)
        rows = rows.where(
            *_not_performed(tx, shape, table),
            table.c.owner_id.not_in(own),
            ~_names_reader(tx, shape, table.c.preparer_list),
        )
    return Source(kind=Kind.REVIEW, rows=rows, record_type=Task, table=table, since=since)


def _decisions(tx: Transaction, shape: Shape, *, seen: bool) -> Source:
    """Give others' decisions on what the reader asked for, handed over or is assigned.

    One that asks for a change is over once the task was handed over again or closed; ``seen`` has it still.

    Each way in which a decision may be the reader's is asked for by itself, so that an index leads to theirs
    alone; what is found in one way is left out of the next.
    """
    own_users = select(shape.own_users(tx).c.user_id)
    ways = [_asked_for(tx, own_users), _on_written(tx, shape, own_users)]
    if shape.is_employee:
        ways += [_on_assigned(tx, own_users, are_open=are_open) for are_open in (True, False)]
    table = union_all(*ways).subquery()
    found = select().select_from(table).where(table.c.approver_id.not_in(own_users))
    if not seen:
        is_approved = table.c.status == ApprovalStatus.APPROVED.value
        found = found.where(or_(is_approved, _is_to_change(tx, table)))
    return Source(kind=Kind.DECISION, rows=found, record_type=Approval, table=table, since=table.c.decided_at)


def _decided(tx: Transaction, approvals: FromClause) -> Select[Any]:
    """Return the read of what was decided since the reader looked, with what tells whether it is news.

    No index of the tenant leads to it.
    """
    names = ("doc_id", "task_approval_id", "task_id", "decided_at", "approver_id", "status")
    return select(*(approvals.c[name] for name in names)).where(
        in_workspace(tx, approvals, WORKSPACE), approvals.c.decided_at > SINCE
    )


def _asked_for(tx: Transaction, own_users: Select[Any]) -> Select[Any]:
    """Return the read of the decisions that the reader asked for."""
    approvals = record_table(tx, Approval).alias()
    return _decided(tx, approvals).where(approvals.c.requested_by.in_(own_users))


def _of_others(tx: Transaction, approvals: FromClause, own_users: Select[Any]) -> Select[Any]:
    """Return the read of the decisions that others asked for."""
    is_others = func.coalesce(approvals.c.requested_by, "").not_in(own_users)
    return _decided(tx, approvals).where(is_others)


def _on_assigned(tx: Transaction, own_users: Select[Any], *, are_open: bool) -> Select[Any]:
    """Return the read of those on the reader's open tasks, or on their closed ones."""
    approvals, tasks = record_table(tx, Approval).alias(), task_table(tx).alias()
    found = _of_others(tx, approvals, own_users).where(
        tasks.c.workspace_id == WORKSPACE,
        tasks.c.assignee_id == EMPLOYEE,
        tasks.c.is_open == int(are_open),
        approvals.c.task_id == tasks.c.task_id,
    )
    # What was decided after that moment was not closed before it.
    return found if are_open else found.where(tasks.c.closed_at > SINCE)


def _on_written(tx: Transaction, shape: Shape, own_users: Select[Any]) -> Select[Any]:
    """Return the read of those on versions that one of the reader's users wrote, of others' tasks."""
    approvals, rows = record_table(tx, Approval).alias(), record_table(tx, Deliverable).alias()
    listing = tx.database.listing(Deliverable.spec.table, "author_list")
    written = select(listing.c.doc_id).where(listing.c.entry.in_(own_users))
    found = _of_others(tx, approvals, own_users).where(
        rows.c.doc_id.in_(written), approvals.c.deliverable_id == rows.c.deliverable_id
    )
    if not shape.is_employee:
        return found
    tasks = task_table(tx).alias()
    is_assigned = (
        tasks.c.task_id == approvals.c.task_id,
        tasks.c.assignee_id == EMPLOYEE,
        or_(tasks.c.is_open == 1, tasks.c.closed_at > SINCE),
    )
    return found.where(~exists().where(*is_assigned))


def _is_to_change(tx: Transaction, approvals: FromClause) -> ColumnElement[bool]:
    """Return that the change that a decision asks for is still to be made and handed over."""
    tasks, later = task_table(tx).alias(), record_table(tx, Approval).alias()
    # As a value it is looked up for each decision; of EXISTS, PostgreSQL reads all open work.
    of_decision = select(tasks.c.is_open).where(tasks.c.task_id == approvals.c.task_id)
    goes_on = of_decision.where(tasks.c.status != TaskStatus.PENDING_APPROVAL.value).scalar_subquery() == 1
    again = exists().where(
        later.c.task_id == approvals.c.task_id, later.c.requested_at > approvals.c.decided_at
    )
    return and_(goes_on, ~again)


def _scores(tx: Transaction) -> Source:
    """Give the scores of the reader's work."""
    table = record_table(tx, QaReview)
    is_theirs = (table.c.employee_id == EMPLOYEE, table.c.reviewed_at > SINCE)
    rows = select().select_from(table).where(table.c.workspace_id == WORKSPACE, *is_theirs)
    return Source(kind=Kind.FEEDBACK, rows=rows, record_type=QaReview, table=table, since=table.c.reviewed_at)


def _notices(tx: Transaction) -> Source:
    """Give what the reader is told that nothing else in the inbox tells."""
    table = record_table(tx, Notification)
    is_theirs = (table.c.user_id == USER, table.c.is_listed == true(), table.c.created_at > SINCE)
    rows = select().select_from(table).where(table.c.workspace_id == WORKSPACE, *is_theirs)
    return Source(
        kind=Kind.NOTICE, rows=rows, record_type=Notification, table=table, since=table.c.created_at
    )


def _drafts(tx: Transaction) -> Source:
    """Give the worklogs that wait to be sent, since they were made."""
    table = record_table(tx, WorkLog)
    since = text_of(tx, table, "made_at")
    waits = (table.c.status == WorkLogStatus.DRAFT.value, since > SINCE)
    rows = select().select_from(table).where(table.c.workspace_id == WORKSPACE, *waits)
    return Source(kind=Kind.TO_SEND, rows=rows, record_type=WorkLog, table=table, since=since)


def _worklogs(tx: Transaction) -> Source:
    """Give the worklogs that were sent to the reader's partner."""
    table = record_table(tx, WorkLog)
    since = text_of(tx, table, "sent_at")
    is_theirs = (table.c.partner_id == PARTNER, table.c.status == WorkLogStatus.SENT.value, since > SINCE)
    rows = select().select_from(table).where(table.c.workspace_id == WORKSPACE, *is_theirs)
    return Source(kind=Kind.WORKLOG, rows=rows, record_type=WorkLog, table=table, since=since)


def _mentions(tx: Transaction, shape: Shape, record_type: type[Remark]) -> Source:
    """Give the remarks of others that call the reader, as a user or as an employee, on tasks that they see.

    Whoever was called as a user, and became an employee since, is still called.
    """
    names = [QUOTED_USER, *([QUOTED_EMPLOYEE] if shape.is_employee else [])]
    table, tasks = record_table(tx, record_type), task_table(tx)
    rows = (
        select()
        .select_from(table.join(tasks, tasks.c.task_id == table.c.task_id))
        .where(
            table.c.workspace_id == WORKSPACE,
            table.c.has_mentions == true(),
            table.c.created_at > SINCE,
            or_(*(tx.database.dialect.place_in(table.c.mention_list, one) > 0 for one in names)),
            text_of(tx, table, "created_by").not_in(select(shape.own_users(tx).c.user_id)),
            *shape.sees(tx, tasks),
        )
    )
    return Source(
        kind=Kind.MENTION, rows=rows, record_type=record_type, table=table, since=table.c.created_at
    )
