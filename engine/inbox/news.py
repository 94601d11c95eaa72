"""What somebody of the team should know: decisions on their work, answers, scores, mentions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from engine.accounts.models import User
from engine.audit.models import Action, Event
from engine.inbox.naming import bundle_title, decision_of, name_of
from engine.inbox.queries.approvals import decided_after, decided_counted
from engine.inbox.queries.counting import Count
from engine.inbox.queries.remarks import calling, calling_counted
from engine.inbox.views import Item, Kind
from engine.qa import queries as qa_queries
from engine.qa import service as qa
from engine.qa.models import QaReview
from engine.tasks.entitlement import judged
from engine.tasks.mentions import Mention
from engine.tasks.models import Approval, DeliverableComment, Note, NoteKind, Task
from engine.tasks.queries import visible
from engine.transaction import Transaction

#: As many as one page shows, of each sort and of what was seen before.
MOST = 50
_News: TypeAlias = Approval | QaReview | Mention


def since(tx: Transaction, moment: datetime) -> list[Item]:
    """Return what happened after ``moment``."""
    return [_item(tx, found) for found in _gather(tx, moment)]


def latest(tx: Transaction) -> list[Item]:
    """Return the newest of everything, whether it was seen or not."""
    items = (_item(tx, found) for found in _gather(tx, None))
    return sorted(items, key=lambda item: item.since, reverse=True)[:MOST]


def counted(tx: Transaction, moment: datetime, own: Sequence[str]) -> list[Count]:
    """Return the counts of what ``since`` would return; ``own`` are all users of the actor's employee."""
    counts = [decided_counted(tx, moment, user_ids=own, limit=MOST)]
    if tx.actor.employee_id is not None:
        employee_id = tx.actor.employee_id
        counts.append(qa_queries.feedback_counted(tx, employee_id, moment, MOST))
        counts += [
            calling_counted(tx, kind, employee_id, moment, MOST, but_by=own)
            for kind in (Note, DeliverableComment)
        ]
    return counts


def own_users(tx: Transaction) -> list[str]:
    """Return the ids of all users that the actor's employee signs in as."""
    employee_id = tx.actor.employee_id
    same = tx.find(User, employee_id=employee_id) if employee_id else []
    return sorted({tx.actor.user_id, *(user.user_id for user in same)})


def _gather(tx: Transaction, moment: datetime | None) -> Sequence[_News]:
    own = own_users(tx)
    decided = decided_after(tx, moment, user_ids=own, limit=MOST)
    return [*decided, *_scores(tx, moment), *_calls(tx, _remarks(tx, moment, own))]


def _scores(tx: Transaction, moment: datetime | None) -> list[QaReview]:
    """Return the scores of the actor's work."""
    employee_id = tx.actor.employee_id
    scores = qa.feedback_for(tx, employee_id, MOST) if employee_id is not None else []
    return [item for item in scores if moment is None or item.reviewed_at > moment]


def _remarks(tx: Transaction, moment: datetime | None, own: Sequence[str]) -> list[Note | DeliverableComment]:
    """Return the remarks of others that call the actor, on tasks that they see."""
    employee_id = tx.actor.employee_id
    if employee_id is None:
        return []
    remarks: list[Note | DeliverableComment] = [
        *calling(tx, Note, employee_id, moment, MOST),
        *calling(tx, DeliverableComment, employee_id, moment, MOST),
    ]
    remarks = [item for item in remarks if item.created_by not in own]
    seen = visible(tx, sorted({item.task_id for item in remarks}))
    return [item for item in remarks if item.task_id in seen]


def _calls(tx: Transaction, remarks: Sequence[Note | DeliverableComment]) -> list[Mention]:
    ids = sorted({item.task_id for item in remarks})
    tasks = {task.task_id: task for task in tx.find(Task, task_id=ids)} if ids else {}
    return [Mention(task=tasks[item.task_id], remark=item) for item in remarks]


def _item(tx: Transaction, found: _News) -> Item:
    if isinstance(found, Approval):
        return _decision(tx, found)
    return _score(tx, found) if isinstance(found, QaReview) else _mention(tx, found)


def _decision(tx: Transaction, approval: Approval) -> Item:
    row, task = judged(tx, approval)
    who = name_of(tx, approval.approver_id)
    return Item(
        kind=Kind.DECISION,
        key=approval.task_approval_id,
        title=task.title,
        why=decision_of(approval, who),
        since=approval.decided_at or approval.requested_at,
        task=task,
        row=row,
        approval=approval,
        who=who,
        where=bundle_title(tx, task),
    )


def _score(tx: Transaction, review: QaReview) -> Item:
    task = tx.find_by_key(Task, review.task_id)
    who = name_of(tx, review.reviewer_id)
    return Item(
        kind=Kind.FEEDBACK,
        key=review.task_qa_review_id,
        title=task.title if task else "A task of yours",
        why=f"{who or 'Somebody'} looked at it again after completion",
        since=review.reviewed_at,
        task=task,
        review=review,
        who=who,
        where=bundle_title(tx, task) if task else None,
    )


def _mention(tx: Transaction, mention: Mention) -> Item:
    task, remark = mention.task, mention.remark
    who = name_of(tx, remark.created_by)
    kind = _kind_of(tx, mention)
    why = {
        Kind.ANSWER: f"{who or 'Somebody'} answered your question",
        Kind.LOST: "It stays blocked: what it waits for will not come",
        Kind.MENTION: f"{who or 'Somebody'} called you in a remark",
    }
    return Item(
        kind=kind,
        key=remark.record_id,
        title=task.title,
        why=why[kind],
        since=remark.created_at,
        task=task,
        remark=remark,
        who=who,
        where=bundle_title(tx, task),
    )


def _kind_of(tx: Transaction, mention: Mention) -> Kind:
    remark = mention.remark
    if not isinstance(remark, Note):
        return Kind.MENTION
    if remark.kind is NoteKind.HELP_ANSWER:
        return Kind.ANSWER
    if remark.kind is NoteKind.SYSTEM:
        told = tx.find(Event, task_id=remark.task_id, action=Action.TASK_BLOCKER_LOST)
        if any(event.occurred_at == remark.created_at for event in told):
            return Kind.LOST
    return Kind.MENTION
