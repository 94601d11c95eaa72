"""What a member of the team should know: decisions on their work, answers, scores, mentions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from engine.accounts.models import User
from engine.audit.models import Action, Event
from engine.deliverables.entitlement import judged
from engine.deliverables.models import Approval, Deliverable, DeliverableComment
from engine.inbox import naming
from engine.inbox.naming import bundle_title, decision_of, name_of
from engine.inbox.queries.approvals import decided_after, decided_counted
from engine.inbox.queries.counting import Count
from engine.inbox.queries.remarks import calling, calling_counted
from engine.inbox.read_models import Item, Kind
from engine.qa import queries as qa_queries
from engine.qa import service as qa
from engine.qa.models import QaReview
from engine.tasks import visibility
from engine.tasks.models import Note, NoteKind, Task
from engine.transaction import Transaction

#: As many as one page shows, of each sort and of what was seen before.
MOST = 50
Remark: TypeAlias = Note | DeliverableComment


@dataclass(frozen=True, kw_only=True)
class Mention:
    """A remark that calls the reader, with the task it stands on."""

    task: Task
    remark: Remark


_News: TypeAlias = Approval | QaReview | Mention


def since(tx: Transaction, moment: datetime) -> list[Item]:
    """Keep what happened after ``moment``."""
    return _items(tx, _gather(tx, moment))


def latest(tx: Transaction) -> list[Item]:
    """Return the newest of everything, whether it was seen or not."""
    items = _items(tx, _gather(tx, None))
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
    scores, remarks = _scores(tx, moment), _remarks(tx, moment, own)
    tx.read_ahead(
        {
            Task: (item.task_id for item in (*decided, *scores, *remarks)),
            Deliverable: (item.deliverable_id for item in decided),
        }
    )
    return [*decided, *scores, *_seen(tx, remarks)]


def _scores(tx: Transaction, moment: datetime | None) -> list[QaReview]:
    """Return the scores of the actor's work."""
    employee_id = tx.actor.employee_id
    scores = qa.feedback_for(tx, employee_id, MOST) if employee_id is not None else []
    return [item for item in scores if moment is None or item.reviewed_at > moment]


def _remarks(tx: Transaction, moment: datetime | None, own: Sequence[str]) -> list[Remark]:
    """Return the remarks of others that call the actor."""
    employee_id = tx.actor.employee_id
    found = calling(tx, employee_id, moment, MOST) if employee_id is not None else []
    return [item for item in found if item.created_by not in own]


def _seen(tx: Transaction, remarks: Sequence[Remark]) -> list[Mention]:
    """Return those of the remarks that stand on tasks which the actor sees."""
    found = ((remark, tx.find_by_key(Task, remark.task_id)) for remark in remarks)
    calls = [Mention(task=task, remark=remark) for remark, task in found if task is not None]
    seen = visibility.seen_among(tx, (call.task for call in calls))
    return [call for call in calls if call.task.task_id in seen]


def _items(tx: Transaction, found: Sequence[_News]) -> list[Item]:
    """Tell of each, with everything that the words need read at once."""
    lost = _told_of_loss(tx, [one.remark for one in found if isinstance(one, Mention)])
    tasks = (_task_of(tx, one) for one in found)
    naming.read_ahead(tx, (task for task in tasks if task is not None), map(_who_of, found))
    return [
        _decision(tx, one)
        if isinstance(one, Approval)
        else _score(tx, one)
        if isinstance(one, QaReview)
        else _mention(tx, one, lost)
        for one in found
    ]


def _task_of(tx: Transaction, found: _News) -> Task | None:
    return found.task if isinstance(found, Mention) else tx.find_by_key(Task, found.task_id)


def _who_of(found: _News) -> str | None:
    if isinstance(found, Approval):
        return found.approver_id
    return found.reviewer_id if isinstance(found, QaReview) else found.remark.created_by


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


def _mention(tx: Transaction, mention: Mention, lost: AbstractSet[str]) -> Item:
    task, remark = mention.task, mention.remark
    who = name_of(tx, remark.created_by)
    kind = _kind_of(mention.remark, lost)
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


def _kind_of(remark: Remark, lost: AbstractSet[str]) -> Kind:
    if not isinstance(remark, Note):
        return Kind.MENTION
    if remark.kind is NoteKind.HELP_ANSWER:
        return Kind.ANSWER
    return Kind.LOST if remark.task_note_id in lost else Kind.MENTION


def _told_of_loss(tx: Transaction, remarks: Iterable[Remark]) -> set[str]:
    """Return the ids of those notes by which the system tells that a blocker is lost."""
    notes = [item for item in remarks if isinstance(item, Note) and item.kind is NoteKind.SYSTEM]
    if not notes:
        return set()
    ids = sorted({note.task_id for note in notes})
    told = tx.find(Event, task_id=ids, action=Action.TASK_BLOCKER_LOST)
    moments = {(event.task_id, event.occurred_at) for event in told}
    return {note.task_note_id for note in notes if (note.task_id, note.created_at) in moments}
