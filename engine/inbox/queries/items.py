"""The reads of an inbox: how many items there are of each sort, and the first ones, told by columns alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    case,
    exists,
    func,
    literal_column,
    select,
    union_all,
)

from engine.access import ApprovalSource
from engine.accounts.models import User
from engine.audit.models import Action, Event
from engine.bundles.models import Bundle
from engine.deliverables.models import Approval, ApprovalStatus, Deliverable, DeliverableComment
from engine.inbox.queries.own_work import kind_of, next_deadline
from engine.inbox.queries.reader import PARTNER, WORKSPACE, Shape
from engine.inbox.queries.source import NO_MOMENT, Source, record_table
from engine.inbox.queries.sources import (
    decided_by_partner,
    is_question,
    last_of_dialogue,
    news,
    same_thing,
    to_decide,
)
from engine.inbox.read_models import MOST_COUNTED, Kind
from engine.notifications.models import Notification
from engine.qa.models import QaReview
from engine.qa.read_models import QaState
from engine.reference.models import Campaign, Partner
from engine.reminders.models import Reminder
from engine.schedules.models import Schedule
from engine.tasks.models import Note, NoteKind, Task
from engine.tasks.queries.conditions import text_of
from engine.tasks.queries.prepared import Read, once, parameter
from engine.tasks.queries.reading import task_table
from engine.transaction import Transaction
from engine.watching.models import Watch
from engine.worklogs.models import WorkLog

_MOST = parameter("most", Integer())
#: How many are looked at, to say how many there are.
_COUNTED = parameter("counted", Integer())
_KEY = parameter("key", Text())
_ONE: ColumnElement[Any] = literal_column("1", Integer)
#: What is asked of a partner who has judged a version of it before.
AGAIN = "again"
#: The sort of what is counted beside the items.
TO_SCORE = "to_score"


class Row(NamedTuple):
    """What columns tell of one item; what is not for its sort is empty."""

    kind: str
    key: str
    since: str
    #: 0 for what waited so long that it goes before everything else.
    rank: int
    task_id: str | None
    bundle_id: str | None
    title: str | None
    #: What it belongs to.
    where: str | None
    who: str | None
    #: What is judged, which version of it, and what it is.
    ref: str | None = None
    version: int | str | None = None
    description: str | None = None
    deliverable_id: str | None = None
    #: How it was decided, or why it is asked for.
    word: str | None = None
    #: How often it was asked for, this time included.
    round: int | str | None = None
    #: The remark or the question that it is about.
    remark_id: str | None = None
    #: When the task is due, where it is the reader's own.
    deadline: str | None = None
    #: Which source it comes from, how many that has as far as they are counted, and the moment of the newest.
    source: str = ""
    total: int = 0
    newest: str | None = None


@once
def totals(tx: Transaction, shape: Shape) -> Read:
    """Count the items of each source, one row each, with what says when time changes that.

    What is nobody's yet is not counted: it is not the reader's to do before they take it.
    It is the moment of the oldest news, and in a row of its own the next deadline of today.
    """
    sources = [one for one in (*to_decide(tx, shape), *news(tx, shape)) if not one.kind.is_offer]
    deadlines = [next_deadline(tx)] if shape.sees_own_work and shape.is_employee else []
    return union_all(*(source.counted for source in sources), *deadlines)


@once
def first(tx: Transaction, shape: Shape, seen: bool, one: bool) -> Read:
    """Give the first ``most`` items of each source, each with how many there are, ``counted`` at most.

    With ``seen`` only what is news, the newest first; with ``one``, only the item with the ``key``. How many
    tasks wait for a QA score is a row of the kind ``TO_SCORE``, for whoever scores.
    """
    sources = news(tx, shape, seen=True) if seen else [*to_decide(tx, shape), *news(tx, shape)]
    windows = ((source, _window(source, seen, one)) for source in sources)
    reads = [_ITEMS[source.record_type](tx, source, window) for source, window in windows]
    return union_all(*reads, *([_to_score(tx)] if shape.decides and not one else []))


@once
def first_of_partner(tx: Transaction, shape: Shape, seen: bool, one: bool) -> Read:
    """Give what a partner's people have to decide, or with ``seen`` have decided, as ``first`` does.

    With it come the worklogs that were sent to them; what they have seen of these stands among the worklogs,
    and is found here by its key alone.
    """
    [asked] = [decided_by_partner(tx)] if seen else to_decide(tx, shape)
    told = news(tx, shape, seen=seen) if one or not seen else []
    reads = [_of_worklog(tx, source, _window(source, seen, one)) for source in told]
    return union_all(_of_partner(tx, asked, _window(asked, seen, one)), *reads)


def _window(source: Source, seen: bool, one: bool) -> FromClause:
    """Return the rows of a source that are shown, found in its order: nothing after the last is looked at.

    What goes before everything else waits longest anyway.
    """
    rank = _ONE if source.rank is None else source.rank
    placed = source.since if source.placed is None else source.placed
    columns: dict[str, ColumnElement[Any]] = {
        "key": source.key,
        "since": source.since,
        "rank": rank,
        "doc_id": source.table.c.doc_id,
        "source": _word(source.name),
        "event_id": _ONE if source.event_id is None else source.event_id,
    }
    labelled = [column.label(name) for name, column in columns.items()]
    rows = source.rows.with_only_columns(*labelled, maintain_column_froms=True)
    if one:
        return _untold(rows.where(source.key == _KEY))
    if seen:
        return _untold(rows.order_by(placed.desc(), source.key.desc()).limit(_MOST))
    found = rows.order_by(placed, source.key).limit(_COUNTED).subquery()
    told = select(found, func.count().over().label("total"), _newest(source).label("newest"))
    return told.order_by(found.c.rank, found.c.since, found.c.key).limit(_MOST).subquery()


def _newest(source: Source) -> ColumnElement[Any]:
    """Return the moment of the newest of the news; of what waits nobody asks for it."""
    if source.kind.is_to_decide:
        return NO_MOMENT
    newest: Select[Any] = source.rows.with_only_columns(source.since, maintain_column_froms=True)
    return newest.order_by(source.since.desc()).limit(1).scalar_subquery()


def _untold(rows: Select[Any]) -> FromClause:
    """Return rows of which nobody asks how many there are."""
    return rows.add_columns(literal_column("0", Integer).label("total"), NO_MOMENT.label("newest")).subquery()


def _of_approval(tx: Transaction, source: Source, window: FromClause) -> Select[Any]:
    approvals, rows, tasks, joined = _judged(tx, window)
    is_decided = source.kind is Kind.DECISION
    is_internal = approvals.c.source == ApprovalSource.INTERNAL.value
    return _item(
        tx,
        window,
        joined,
        tasks,
        kind=_word(source.kind),
        who=approvals.c.approver_id if is_decided else approvals.c.requested_by,
        word=approvals.c.status if is_decided else case((is_internal, text_of(tx, approvals, "reason"))),
        round=text_of(tx, approvals, "round_number"),
        **_version(tx, rows),
    )


def _of_partner(tx: Transaction, source: Source, window: FromClause) -> Select[Any]:
    """Give it with its bundle and, in place of the task's title, the campaign, else the partner.

    That is what the partner's people know the work by.
    """
    approvals, rows, tasks, joined = _judged(tx, window)
    campaigns, partners = record_table(tx, Campaign), record_table(tx, Partner)
    joined = joined.outerjoin(campaigns, campaigns.c.campaign_id == tasks.c.campaign_id)
    joined = joined.outerjoin(partners, partners.c.partner_id == tasks.c.partner_id)
    is_decided = source.kind is Kind.DECISION
    return _item(
        tx,
        window,
        joined,
        tasks,
        kind=_word(source.kind),
        who=approvals.c.approver_id,
        title=func.coalesce(text_of(tx, campaigns, "name"), text_of(tx, partners, "name")),
        word=approvals.c.status if is_decided else case((_judged_before(tx, approvals, rows), _word(AGAIN))),
        **_version(tx, rows),
    )


def _judged(tx: Transaction, window: FromClause) -> tuple[Any, Any, Any, Any]:
    """Return approvals, versions and tasks, and the three joined to what is shown."""
    approvals, rows, tasks = (record_table(tx, kind).alias() for kind in (Approval, Deliverable, Task))
    joined = (
        window.join(approvals, approvals.c.doc_id == window.c.doc_id)
        .join(rows, rows.c.deliverable_id == approvals.c.deliverable_id)
        .join(tasks, tasks.c.task_id == approvals.c.task_id)
    )
    return approvals, rows, tasks, joined


def _judged_before(tx: Transaction, approvals: FromClause, rows: FromClause) -> ColumnElement[bool]:
    """Return that the reader's partner has decided on a version of the same thing before.

    What the team kept to itself the partner's people never saw.
    """
    earlier, judged = record_table(tx, Approval).alias(), record_table(tx, Deliverable).alias()
    return exists().where(
        earlier.c.task_id == approvals.c.task_id,
        earlier.c.source == ApprovalSource.PORTAL.value,
        earlier.c.partner_id == PARTNER,
        text_of(tx, earlier, "status") != ApprovalStatus.PENDING.value,
        judged.c.deliverable_id == earlier.c.deliverable_id,
        *same_thing(tx, judged, rows),
    )


def _of_task(tx: Transaction, source: Source, window: FromClause) -> Select[Any]:
    tasks, asked = record_table(tx, Task).alias(), record_table(tx, Note).alias()
    joined: Any = window.join(tasks, tasks.c.doc_id == window.c.doc_id)
    if source.kind is Kind.REVIEW:
        return _item(tx, window, joined, tasks, kind=_word(source.kind), who=tasks.c.owner_id)
    if source.kind is Kind.CLAIMABLE:
        given = {"who": tasks.c.turn_by, "word": tasks.c.assignee_role, "deadline": tasks.c.deadline}
        return _item(tx, window, joined, tasks, kind=_word(source.kind), **given)
    if source.kind is Kind.REFUSED:
        who = text_of(tx, tasks, "human_reviewed_by")
        return _item(tx, window, joined, tasks, kind=_word(source.kind), who=who)
    if source.kind is Kind.ASSIGNED:
        kind = kind_of(tasks, window.c.since)
        who = case((tasks.c.turn_at == window.c.since, tasks.c.turn_by))
        return _item(tx, window, joined, tasks, kind=kind, who=who, deadline=tasks.c.deadline)
    last = and_(asked.c.doc_id == last_of_dialogue(tx, tasks), is_question(tx, asked))
    return _item(
        tx,
        window,
        joined.outerjoin(asked, last),
        tasks,
        kind=_word(source.kind),
        who=text_of(tx, asked, "created_by"),
        remark_id=asked.c.task_note_id,
    )


def _of_bundle(tx: Transaction, source: Source, window: FromClause) -> Select[Any]:
    bundles, users = record_table(tx, Bundle).alias(), record_table(tx, User).alias()
    joined = window.join(bundles, bundles.c.doc_id == window.c.doc_id)
    joined = joined.outerjoin(users, users.c.user_id == bundles.c.completed_by)
    names = ("key", "since", "rank", "source", "total", "newest")
    given = {
        **{name: window.c[name] for name in names},
        "kind": _word(source.kind),
        "bundle_id": bundles.c.bundle_id,
        "title": bundles.c.title,
        "who": text_of(tx, users, "name"),
    }
    return _row(given).select_from(joined)


def _of_schedule(tx: Transaction, source: Source, window: FromClause) -> Select[Any]:
    schedules = record_table(tx, Schedule).alias()
    joined = window.join(schedules, schedules.c.doc_id == window.c.doc_id)
    names = ("key", "since", "rank", "source", "total", "newest")
    given = {
        **{name: window.c[name] for name in names},
        "kind": _word(source.kind),
        "title": schedules.c.template_id,
        "description": text_of(tx, schedules, "trouble"),
    }
    return _row(given).select_from(joined)


def _of_watch(tx: Transaction, source: Source, window: FromClause) -> Select[Any]:
    """Give what somebody did to what is watched, in the words of the event that was told last."""
    watches, events, tasks, bundles = (
        record_table(tx, kind).alias() for kind in (Watch, Event, Task, Bundle)
    )
    joined = window.join(watches, watches.c.doc_id == window.c.doc_id)
    joined = joined.join(events, events.c.doc_id == window.c.event_id)
    joined = joined.outerjoin(tasks, tasks.c.task_id == watches.c.watched_task_id)
    of_bundle = func.coalesce(watches.c.watched_bundle_id, tasks.c.bundle_id)
    joined = joined.outerjoin(bundles, bundles.c.bundle_id == of_bundle)
    names = ("key", "since", "rank", "source", "total", "newest")
    given = {
        **{name: window.c[name] for name in names},
        "kind": _word(source.kind),
        "task_id": events.c.task_id,
        "bundle_id": bundles.c.bundle_id,
        "title": func.coalesce(text_of(tx, tasks, "title"), bundles.c.title),
        "where": bundles.c.title,
        "who": text_of(tx, events, "actor_name"),
        "description": text_of(tx, events, "summary"),
    }
    return _row(given).select_from(joined)


def _of_reminder(tx: Transaction, source: Source, window: FromClause) -> Select[Any]:
    """Give what it says; one of a bundle is named by that."""
    reminders, tasks, bundles = (record_table(tx, kind).alias() for kind in (Reminder, Task, Bundle))
    joined = window.join(reminders, reminders.c.doc_id == window.c.doc_id)
    joined = joined.outerjoin(tasks, tasks.c.task_id == reminders.c.task_id)
    joined = joined.outerjoin(bundles, bundles.c.bundle_id == reminders.c.bundle_id)
    names = ("key", "since", "rank", "source", "total", "newest")
    given = {
        **{name: window.c[name] for name in names},
        "kind": _word(source.kind),
        "task_id": reminders.c.task_id,
        "bundle_id": reminders.c.bundle_id,
        "title": func.coalesce(text_of(tx, tasks, "title"), bundles.c.title),
        "where": bundles.c.title,
        "description": text_of(tx, reminders, "text"),
        "deadline": tasks.c.deadline,
    }
    return _row(given).select_from(joined)


def _of_notice(tx: Transaction, source: Source, window: FromClause) -> Select[Any]:
    """Give what somebody is told by its title; whether they see what it is about, its details ask."""
    notices = record_table(tx, Notification).alias()
    names = ("key", "since", "rank", "source", "total", "newest")
    given = {
        **{name: window.c[name] for name in names},
        "kind": _word(source.kind),
        "title": text_of(tx, notices, "title"),
        "word": text_of(tx, notices, "kind"),
    }
    return _row(given).select_from(window.join(notices, notices.c.doc_id == window.c.doc_id))


def _of_worklog(tx: Transaction, source: Source, window: FromClause) -> Select[Any]:
    """Give the campaign and the week of a worklog."""
    worklogs = record_table(tx, WorkLog).alias()
    names = ("key", "since", "rank", "source", "total", "newest")
    given = {
        **{name: window.c[name] for name in names},
        "kind": _word(source.kind),
        "title": text_of(tx, worklogs, "campaign_name"),
        "word": worklogs.c.week,
    }
    return _row(given).select_from(window.join(worklogs, worklogs.c.doc_id == window.c.doc_id))


def _of_score(tx: Transaction, source: Source, window: FromClause) -> Select[Any]:
    reviews, tasks = record_table(tx, QaReview).alias(), record_table(tx, Task).alias()
    joined = window.join(reviews, reviews.c.doc_id == window.c.doc_id)
    joined = joined.outerjoin(tasks, tasks.c.task_id == reviews.c.task_id)
    who = text_of(tx, reviews, "reviewer_id")
    return _item(tx, window, joined, tasks, kind=_word(source.kind), who=who)


def _of_remark(tx: Transaction, source: Source, window: FromClause) -> Select[Any]:
    remarks, tasks = record_table(tx, source.record_type).alias(), record_table(tx, Task).alias()
    joined = window.join(remarks, remarks.c.doc_id == window.c.doc_id)
    joined = joined.join(tasks, tasks.c.task_id == remarks.c.task_id)
    kind: Any = _word(Kind.MENTION)
    if source.record_type is Note:
        kind = _kind_of_note(tx, remarks)
    who = text_of(tx, remarks, "created_by")
    more = {} if source.record_type is Note else {"deliverable_id": remarks.c.deliverable_id}
    return _item(tx, window, joined, tasks, kind=kind, who=who, remark_id=window.c.key, **more)


def _kind_of_note(tx: Transaction, notes: FromClause) -> ColumnElement[Any]:
    """Tell answers, and notes by which the system told that a blocker is lost, from other calls by name."""
    events, kind = record_table(tx, Event), text_of(tx, notes, "kind")
    is_of_loss = exists().where(
        events.c.workspace_id == WORKSPACE,
        events.c.task_id == notes.c.task_id,
        events.c.action == Action.TASK_BLOCKER_LOST.value,
        events.c.occurred_at == notes.c.created_at,
    )
    return case(
        (kind == NoteKind.HELP_ANSWER.value, _word(Kind.ANSWER)),
        (and_(kind == NoteKind.SYSTEM.value, is_of_loss), _word(Kind.LOST)),
        else_=_word(Kind.MENTION),
    )


_ITEMS = {
    Approval: _of_approval,
    Task: _of_task,
    Bundle: _of_bundle,
    Schedule: _of_schedule,
    Watch: _of_watch,
    Reminder: _of_reminder,
    QaReview: _of_score,
    Note: _of_remark,
    DeliverableComment: _of_remark,
    Notification: _of_notice,
    WorkLog: _of_worklog,
}


def _version(tx: Transaction, rows: FromClause) -> dict[str, ColumnElement[Any]]:
    names = {"ref": "ref", "version": "version_number", "description": "description"}
    fields = {name: text_of(tx, rows, field) for name, field in names.items()}
    return {**fields, "deliverable_id": rows.c.deliverable_id}


def _item(
    tx: Transaction,
    window: FromClause,
    joined: Any,
    tasks: FromClause,
    *,
    who: ColumnElement[Any],
    **columns: ColumnElement[Any],
) -> Select[Any]:
    """Return a ``Row`` of each that is shown, with the names of its task, its bundle and ``who``."""
    bundles, users = record_table(tx, Bundle).alias(), record_table(tx, User).alias()
    joined = joined.outerjoin(bundles, bundles.c.bundle_id == tasks.c.bundle_id)
    joined = joined.outerjoin(users, users.c.user_id == who)
    given = {
        "key": window.c.key,
        "since": window.c.since,
        "rank": window.c.rank,
        "task_id": tasks.c.task_id,
        "bundle_id": tasks.c.bundle_id,
        "title": text_of(tx, tasks, "title"),
        "where": bundles.c.title,
        "who": text_of(tx, users, "name"),
        "source": window.c.source,
        "total": window.c.total,
        "newest": window.c.newest,
        **columns,
    }
    return _row(given).select_from(joined)


def _to_score(tx: Transaction) -> Select[Any]:
    tasks = task_table(tx)
    waits = (tasks.c.workspace_id == WORKSPACE, tasks.c.qa_state == QaState.OPEN.value)
    some = select(_ONE).where(*waits).limit(MOST_COUNTED + 1).subquery()
    given = {
        "kind": _word(TO_SCORE),
        "key": _word(""),
        "since": _word(""),
        "rank": _ONE,
        "source": _word(TO_SCORE),
        "total": func.count(),
    }
    return _row(given).select_from(some)


def _row(given: Mapping[str, Any]) -> Select[Any]:
    return select(*(given.get(name, NO_MOMENT).label(name) for name in Row._fields))


def _word(text: str) -> ColumnElement[Any]:
    """Return a word of ours as it stands in SQL."""
    return literal_column(f"'{text}'", Text)
