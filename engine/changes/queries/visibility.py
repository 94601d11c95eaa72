"""Which events somebody may be told of: those whose history the board shows them, and those of their own.

What belongs to a task or a bundle is seen with the task, or with the bundle, as on their pages. Everything
else has its line in ``RULES``. A partner's user is told what was done with what was shown to them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from sqlalchemy import select

from engine.access import Permission, may
from engine.audit.models import Action
from engine.bundles.models import Bundle
from engine.clock import to_text
from engine.deliverables import entitlement
from engine.deliverables.models import Approval, Deliverable, DeliverableComment
from engine.notifications.models import MessageSettings, Notification
from engine.proposals.models import Proposal, ProposedFile
from engine.record import Record
from engine.reminders.models import Reminder
from engine.schedules.models import Schedule, ScheduledStart
from engine.tasks import queries
from engine.tasks.models import Task
from engine.transaction import Transaction
from engine.watching.models import Watch
from engine.worklogs.models import WorkLog


class Row(NamedTuple):
    """What of an event decides who may be told of it."""

    seq: int
    #: As it is stored: a newer release may have others than this one.
    action: str
    entity_id: str
    task_id: str | None
    bundle_id: str | None
    occurred_at: str


class Rule(Enum):
    """Who is told of an event that belongs to no task and to no bundle."""

    WITH_WORK = "with_work"  #: nobody: it is seen with its task or bundle
    ALL_WORK = "all_work"  #: whoever sees all work
    ADMINS = "admins"  #: who looks after people and settings
    ONESELF = "oneself"  #: the user whom it is about, and admins
    OWNER = "owner"  #: the user whose record it is
    READER = "reader"  #: whoever may read the record


#: What has no line here is seen with its work, and by nobody where it has none.
RULES: Mapping[str, Rule] = {
    **dict.fromkeys(
        (
            Action.EMPLOYEE_CHANGED,
            Action.ABSENCE_ENTERED,
            Action.ABSENCE_REMOVED,
            Action.PARTNER_CHANGED,
            Action.CAMPAIGN_CHANGED,
            Action.ATTACHMENT_ADDED,
            Action.ATTACHMENT_REMOVED,
            Action.TEMPLATE_PINNED,
            Action.EXECUTOR_PAUSED,
            Action.EXECUTOR_RESUMED,
            Action.EXECUTOR_LIMITED,
            Action.AUTOMATION_STOPPED,
            Action.AUTOMATION_STARTED,
            Action.WORKER_DRAINED,
            Action.WORKER_UNDRAINED,
        ),
        Rule.ALL_WORK,
    ),
    **dict.fromkeys(
        (
            Action.WORKSPACE_CREATED,
            Action.DEMO_TOLD,
            Action.STORE_SEALED,
            Action.MESSAGES_PAUSED,
            Action.SECRET_SET,
            Action.SECRET_REMOVED,
            Action.WEBHOOK_MADE,
            Action.WEBHOOK_CHANGED,
            Action.WEBHOOK_ROTATED,
            Action.WEBHOOK_PAUSED,
            Action.WEBHOOK_RESUMED,
            Action.WEBHOOK_REDELIVERED,
            Action.WEBHOOK_REMOVED,
            Action.CONTENT_FETCHED,
            Action.CONTENT_REWRITTEN,
            Action.CONTENT_IN_USE,
        ),
        Rule.ADMINS,
    ),
    **dict.fromkeys(
        (
            Action.USER_ADDED,
            Action.USER_CHANGED,
            Action.SIGN_IN_LINK_MADE,
            Action.SIGN_IN_LINK_USED,
            Action.USER_SIGNED_IN,
            Action.SECOND_FACTOR_ADDED,
            Action.SECOND_FACTOR_RENAMED,
            Action.SECOND_FACTOR_REMOVED,
            Action.SECOND_FACTORS_RESET,
            Action.SECOND_FACTOR_PROVED,
            Action.RECOVERY_CODES_MADE,
            Action.SESSION_ENDED,
            Action.FEED_MADE,
            Action.FEED_REVOKED,
            Action.TOKEN_MADE,
            Action.TOKEN_ROTATED,
            Action.TOKEN_REVOKED,
        ),
        Rule.ONESELF,
    ),
    **dict.fromkeys(
        (
            Action.WATCH_CHANGED,
            Action.NOTIFICATION_MADE,
            Action.NOTIFICATION_SENT,
            Action.NOTIFICATION_OVER,
            Action.MESSAGES_CHOSEN,
            Action.REMINDER_SENT,
            Action.REMINDER_WITHHELD,
            Action.REMINDER_ANSWERED,
        ),
        Rule.OWNER,
    ),
    **dict.fromkeys(
        (
            Action.SCHEDULE_STARTED,
            Action.SCHEDULE_PAUSED,
            Action.SCHEDULE_CHANGED,
            Action.SCHEDULED_START,
            Action.PROPOSAL_BEGUN,
            Action.PROPOSAL_CHANGED,
            Action.PROPOSAL_OFFERED,
            Action.PROPOSAL_PUSHED,
            Action.PROPOSAL_WITHDRAWN,
            Action.PROPOSAL_MERGED,
            Action.WORKLOG_MADE,
            Action.WORKLOG_EDITED,
            Action.WORKLOG_SENT,
        ),
        Rule.READER,
    ),
}
_ADMIN_RULES = frozenset({Rule.ADMINS, Rule.ONESELF})
_OWNED: tuple[type[Record], ...] = (Watch, Notification, MessageSettings, Reminder)
#: Records whose class says who reads them, and how a part of one leads to it.
_READ: Mapping[type[Record], tuple[type[Record], str]] = {
    Schedule: (Schedule, "schedule_id"),
    ScheduledStart: (Schedule, "schedule_id"),
    Proposal: (Proposal, "proposal_id"),
    ProposedFile: (Proposal, "proposal_id"),
    WorkLog: (WorkLog, "worklog_id"),
}
#: What a partner's user is told of a worklog: the team's work on it is none of theirs.
_TOLD_OF_WORKLOGS = frozenset({Action.WORKLOG_SENT.value})
_TOLD_OF_APPROVALS = frozenset(
    {Action.APPROVAL_REQUESTED.value, Action.APPROVAL_DECIDED.value, Action.APPROVAL_WITHDRAWN.value}
)
_TOLD_OF_VERSIONS = frozenset({Action.DELIVERABLE_DELIVERED.value, Action.DELIVERABLE_EDITED.value})
_TOLD_TO_PARTNERS = _TOLD_OF_APPROVALS | _TOLD_OF_VERSIONS | {Action.DELIVERABLE_COMMENTED.value}


def told_of(tx: Transaction, rows: Sequence[Row]) -> set[int]:
    """Return the numbers of those of the events that the actor may be told of, in a few statements."""
    of_work = [row for row in rows if row.task_id is not None or row.bundle_id is not None]
    found = {row.seq for row in _with_work(tx, of_work)}
    if tx.actor.partner_id is not None and may(tx.actor, Permission.DECIDE_AS_PARTNER):
        found |= set(_to_partner(tx, [row for row in of_work if row.action in _TOLD_TO_PARTNERS]))
    others = [row for row in rows if row.task_id is None and row.bundle_id is None]
    return found | _by_rule(tx, others)


# -- what belongs to work ----------------------------------------------------------------------


def _with_work(tx: Transaction, rows: Sequence[Row]) -> Iterable[Row]:
    """Give the events in the history of a task or of a bundle that the actor sees."""
    if tx.actor.sees_everything:
        return rows
    if not may(tx.actor, Permission.SEE_OWN_WORK):
        return ()
    tasks = queries.visible(tx, sorted({row.task_id for row in rows if row.task_id is not None}))
    hidden = {row.bundle_id for row in rows if row.task_id not in tasks and row.bundle_id is not None}
    bundles = _bundles(tx, hidden) if hidden else set()
    return [row for row in rows if row.task_id in tasks or row.bundle_id in bundles]


def _bundles(tx: Transaction, ids: Collection[str]) -> set[str]:
    """Return which of the bundles the actor sees: the rule of ``bundles.visibility``, in two statements."""
    return _owned(tx, Bundle, ids, "owner_id") | queries.involved_in(tx, ids)


def _owned(tx: Transaction, kind: type[Record], ids: Collection[str], owner: str = "user_id") -> set[str]:
    """Return which records of a kind are the actor's own."""
    table = tx.database.sql_table(kind.spec.table)
    key = table.c[kind.spec.id_field]
    own = select(key).where(
        tx.database.dialect.is_one_of(key, sorted(ids)),
        table.c.workspace_id == tx.workspace_id,
        table.c[owner] == tx.actor.user_id,
    )
    return set(tx.connection.execute(own).scalars())


# -- what a partner's user is told ---------------------------------------------------------------


def _to_partner(tx: Transaction, rows: Sequence[Row]) -> Iterable[int]:
    """Yield the numbers of the events about what was shown to the actor's partner."""
    own = _tasks_of_partner(tx, {row.task_id for row in rows if row.task_id is not None})
    theirs = [row for row in rows if row.task_id in own]
    of: dict[type[Record], list[Row]] = {
        Approval: [row for row in theirs if row.action in _TOLD_OF_APPROVALS],
        DeliverableComment: [row for row in theirs if row.action == Action.DELIVERABLE_COMMENTED],
        Deliverable: [row for row in theirs if row.action in _TOLD_OF_VERSIONS],
    }
    tx.read_ahead({kind: [row.entity_id for row in found] for kind, found in of.items()})
    comments = {row.seq: tx.find_by_key(DeliverableComment, row.entity_id) for row in of[DeliverableComment]}
    tx.read_ahead(
        {Deliverable: [one.deliverable_id for one in comments.values() if one is not None], Task: own}
    )
    for row in of[Approval]:
        approval = tx.find_by_key(Approval, row.entity_id)
        if approval is not None and entitlement.sees_approval(tx, approval):
            yield row.seq
    for row in of[DeliverableComment]:
        comment = comments[row.seq]
        if comment is not None and comment.visible_in_portal and _was_shown(tx, comment.deliverable_id):
            yield row.seq
    for row in of[Deliverable]:
        version = _was_shown(tx, row.entity_id)
        if version is not None and version.delivered_at is not None and _is_theirs(row, version.delivered_at):
            yield row.seq


def _is_theirs(row: Row, delivered_at: datetime) -> bool:
    """Whether it is the handing over of a version or came after it: what was done before is the team's."""
    since = to_text(delivered_at)
    return row.occurred_at > since or (
        row.action == Action.DELIVERABLE_DELIVERED and row.occurred_at == since
    )


def _tasks_of_partner(tx: Transaction, ids: Collection[str]) -> set[str]:
    if not ids:
        return set()
    table = tx.database.sql_table(Task.spec.table)
    own = select(table.c.task_id).where(
        tx.database.dialect.is_one_of(table.c.task_id, sorted(ids)),
        table.c.workspace_id == tx.workspace_id,
        table.c.partner_id == tx.actor.partner_id,
    )
    return set(tx.connection.execute(own).scalars())


def _was_shown(tx: Transaction, deliverable_id: str) -> Deliverable | None:
    """Return a version that the actor's partner was shown; None for any other."""
    row = tx.find_by_key(Deliverable, deliverable_id)
    task = tx.find_by_key(Task, row.task_id) if row is not None else None
    return row if row is not None and task is not None and entitlement.is_shown_to(tx, task, row) else None


# -- everything else -----------------------------------------------------------------------------


def _by_rule(tx: Transaction, rows: Sequence[Row]) -> set[int]:
    by_rule: dict[Rule, list[Row]] = {rule: [] for rule in Rule}
    for row in rows:
        by_rule[_rule_of(row)].append(row)
    found: list[Row] = []
    if tx.actor.sees_everything:
        found += by_rule[Rule.ALL_WORK]
    if may(tx.actor, Permission.ADMINISTER):
        found += [row for rule in _ADMIN_RULES for row in by_rule[rule]]
    found += [row for row in by_rule[Rule.ONESELF] if row.entity_id == tx.actor.user_id]
    own = {
        record_id for kind, ids in _ids(by_rule[Rule.OWNER], _OWNED) for record_id in _owned(tx, kind, ids)
    }
    found += [row for row in by_rule[Rule.OWNER] if row.entity_id in own]
    read = _read(tx, by_rule[Rule.READER])
    is_team = may(tx.actor, Permission.SEE_OWN_WORK)
    found += [
        row
        for row in by_rule[Rule.READER]
        if row.entity_id in read and (is_team or row.action in _TOLD_OF_WORKLOGS)
    ]
    return {row.seq for row in found}


def _rule_of(row: Row) -> Rule:
    """Say who is told; of what only a newer release knows, nobody."""
    return RULES.get(row.action, Rule.WITH_WORK)


def _ids(rows: Iterable[Row], kinds: Iterable[type[Record]]) -> Iterable[tuple[type[Record], set[str]]]:
    """Yield the kinds of records that these events are about, each with the ids."""
    of = {f"{kind.spec.prefix}_": kind for kind in kinds}
    found: dict[type[Record], set[str]] = {}
    for row in rows:
        if kind := of.get(row.entity_id[:4]):
            found.setdefault(kind, set()).add(row.entity_id)
    return found.items()


def _read(tx: Transaction, rows: Sequence[Row]) -> set[str]:
    """Return the ids of the records that the actor may read, and of parts of such."""
    wanted = dict(_ids(rows, _READ))
    tx.read_ahead(wanted)
    parts = {
        record_id: (_READ[kind][0], getattr(record, _READ[kind][1]))
        for kind, ids in wanted.items()
        for record_id in ids
        if (record := tx.find_by_key(kind, record_id)) is not None
    }
    wholes: dict[type[Record], set[str]] = {}
    for kind, record_id in parts.values():
        wholes.setdefault(kind, set()).add(record_id)
    tx.read_ahead(wholes)
    return {record_id for record_id, (kind, whole) in parts.items() if _sees(tx, kind, whole)}


def _sees(tx: Transaction, kind: type[Record], record_id: str) -> bool:
    record, sees = tx.find_by_key(kind, record_id), tx.wiring.visibility[kind]
    return record is not None and sees(tx, record)
