"""A manager's permission for a task to run, or their refusal; an Approval is another thing (HRV).

It is given by somebody who neither made the task nor prepared what runs nor does it (S18), and for exactly
what was looked at: when that changes it is void (S28). What a program does is run upon it (HRV-11;
``engine.executions``).
"""

from __future__ import annotations

import json

from engine.access import Outcome, Permission, require
from engine.accounts import judging
from engine.audit.models import Action, Event
from engine.errors import ConflictError, bad_field
from engine.inputs import strip_or_none
from engine.tasks import lookup, moves, reviewed
from engine.tasks.inputs import LONGEST_VERDICT
from engine.tasks.known import KnownTask
from engine.tasks.models import Task, TaskStatus
from engine.tasks.moved import Permitted
from engine.tasks.moves import MoveRequest
from engine.tasks.states import walk_to
from engine.tasks.visibility import sees
from engine.tasks.vocabulary import CHANGE_ASKED_FOR
from engine.transaction import Transaction

_BY_WAY_OF_PENDING = frozenset({TaskStatus.PENDING})
#: Where a task stands that can be permitted to run; from elsewhere it is put back first.
APPROVED_FROM = frozenset({TaskStatus.PENDING, TaskStatus.DEFERRED, TaskStatus.FAILED})


def approve(tx: Transaction, task_id: str, notes: str | None = None, *, revision: int | None = None) -> Task:
    """Permit the task to run: it is queued, from deferred and failed by way of pending.

    ``notes`` become its status reason (HRV-10).

    Raises:
        NotFoundError: no such task, or the actor may not see it.
        ForbiddenError: the actor is no manager.
        OwnWorkError: the actor made it, prepared what runs, or does it.
        ConflictError: it asks for no review, or is neither pending, deferred nor failed.
        BadRequestError: the notes are too long.
    """
    task = _reviewable(tx, task_id, revision)
    words = strip_or_none(notes)
    if len(words or "") > LONGEST_VERDICT:
        raise bad_field("notes", f"{len(words or '')} characters; at most {LONGEST_VERDICT} are kept")
    if not task.requires_human_review:
        raise ConflictError(f"Task {task.name} asks for no human review: there is nothing to approve.")
    if task.status not in APPROVED_FROM:
        raise ConflictError(
            f"Task {task.name} is {task.status.said}. Put it back to {TaskStatus.PENDING.said}, then "
            "approve that it may run."
        )
    way = walk_to(f"Task {task.name}", task.status, TaskStatus.QUEUED, through=_BY_WAY_OF_PENDING)
    lift(tx, task, reason=words)
    for status in way:
        moves.move(tx, task, status, MoveRequest(reason=words))
    return task


def reject(tx: Transaction, task_id: str, reason: str, *, revision: int | None = None) -> Task:
    """Refuse that the task ever runs: it is cancelled, as ``Rejected: {reason}``.

    Allowed on every task that is neither in progress nor final, whether it asked for it or not (OPQ-55).

    Raises:
        NotFoundError: no such task, or the actor may not see it.
        ForbiddenError: the actor is no manager.
        OwnWorkError: it asks for a review, and the actor made it, prepared what runs, or does it.
        ConflictError: it is in progress or final.
        BadRequestError: the reason is empty or too long.
    """
    task = _reviewable(tx, task_id, revision)
    words = strip_or_none(reason)
    if words is None or len(words) > LONGEST_VERDICT:
        raise bad_field("reason", f"say why, in 1 to {LONGEST_VERDICT} characters")
    if task.status is TaskStatus.IN_PROGRESS or task.is_terminal:
        raise ConflictError(
            f"Task {task.name} is {task.status.said}: it can be rejected only before it is worked on. "
            + ("It stays as it is." if task.is_terminal else "Put it back or cancel it.")
        )
    if task.requires_human_review:
        _refuse_unless_entitled(tx, task, Outcome.REJECTED)
    _mark(tx, task)
    tx.record(Action.HUMAN_REVIEW_REJECTED, task, f"{task.name} was rejected and must not run", reason=words)
    request = MoveRequest(reason=words, cancelled_as=f"Rejected: {words}")
    return moves.move(tx, task, TaskStatus.CANCELLED, request)


def lift(tx: Transaction, task: Task, *, reason: str | None = None) -> None:
    """Record that the actor permits the task to run as it is now, wherever it stands.

    Raises:
        ForbiddenError: the actor is no manager (CNF-45).
        OwnWorkError: the actor made it, prepared what runs, or does it.
    """
    _refuse_unless_entitled(tx, task, Outcome.APPROVED)
    task.requires_human_review = False
    task.human_review_hash = reviewed.content_hash(tx, task)
    _mark(tx, task)
    summary = f"{task.name} was reviewed and may run"
    tx.record(Action.HUMAN_REVIEW_APPROVED, task, summary, reason=reason, fact=Permitted(task))


def permitted(tx: Transaction, task: Task) -> str | None:
    """Return the hash over what was permitted to run; None where no permission holds.

    Permissions of releases before 0.4.0 are for what is there when they are asked about first.
    """
    if task.requires_human_review or task.human_reviewed_at is None:
        return None
    return task.human_review_hash or reviewed.content_hash(tx, task)


def void_if_changed(tx: Transaction, task: Task, before: str | None) -> None:
    """Ask for the review again where what was ``permitted`` before has changed; it runs no further (S28).

    Raises:
        ConflictError: it is with its approvers, or asks for help, from where it cannot be put back.
    """
    if before is None or task.is_terminal or reviewed.content_hash(tx, task) == before:
        return
    if task.status in (TaskStatus.PENDING_APPROVAL, TaskStatus.HELP_NEEDED):
        raise ConflictError(
            f"Task {task.name} is {task.status.said}, and a human review permitted what it runs: that cannot "
            f"change now. Take it back to {TaskStatus.IN_PROGRESS.said} first, then change it."
        )
    task.requires_human_review, task.human_review_hash = True, before
    task.human_reviewed_by = task.human_reviewed_at = None
    prepare(tx, task)
    tx.save(task)
    summary = f"What {task.name} runs has changed: its permission to run is void"
    tx.record(Action.HUMAN_REVIEW_VOIDED, task, summary)
    if task.status in (TaskStatus.QUEUED, TaskStatus.IN_PROGRESS):
        words = "What it runs has changed: a human review must permit it again"
        moves.move(tx, task, TaskStatus.PENDING, MoveRequest(reason=words))


def prepare(tx: Transaction, task: Task) -> None:
    """Remember that the actor prepares what a review looks at, and so does not give it; the caller saves."""
    if tx.actor.user_id:
        task.prepared_by = list(dict.fromkeys([*task.prepared_by, tx.actor.user_id]))


def preparers(tx: Transaction, task: Task) -> list[str]:
    """Return the users who made a task, changed what a review looks at, or added steps or left them out.

    Asked for where a review begins to be owed: the events tell it, because a task may be changed long before
    that (S18).
    """
    changes = [Action.TASK_UPDATED, Action.STEP_ADDED, Action.STEP_LEFT_OUT, Action.STEP_REOPENED]
    events = tx.find(Event, task_id=task.task_id, action=changes, order_by=("seq",))
    by_hand = [event.actor_id for event in events if event.actor_id and _prepares(event)]
    return list(dict.fromkeys([task.owner_id, *task.prepared_by, *by_hand]))


def _prepares(event: Event) -> bool:
    """Whether it changed what a review looks at; the change that an approver asks for is no part of that."""
    after = event.after or {}
    if event.action is Action.STEP_ADDED:
        return not str(after.get("title", "")).startswith(CHANGE_ASKED_FOR)
    if event.action in (Action.STEP_LEFT_OUT, Action.STEP_REOPENED):
        return "left_out_at" in after
    return not reviewed.FIELDS.isdisjoint({*after, *(event.before or {})})


def is_own(tx: Transaction, task: KnownTask) -> bool:
    """Whether the actor made a task, prepared what it runs, or does it: nobody permits that to themselves."""
    return judging.names_actor(tx, _whose(task))


def _whose(task: KnownTask) -> set[str | None]:
    listed = (json.loads(text) for text in (task.hand_list, task.preparer_list) if text)
    return {task.owner_id, task.assignee_id, *(one for ids in listed for one in ids)}


def _refuse_unless_entitled(tx: Transaction, task: Task, outcome: Outcome) -> None:
    judging.refuse_unless_entitled(
        tx,
        outcome,
        judging.relation(tx, _whose(task), task.partner_id),
        own=f"made {task.name}, prepared what it runs, or does it",
        doing="lift the human review of a task",
    )


def awaiting(tx: Transaction) -> list[Task]:
    """Return the tasks that wait for a review and that the actor sees, oldest first (QUE-10)."""
    # Sorted here: for the order, SQLite would walk through all tasks.
    found = sorted(tx.find(Task, awaits_review=True), key=lambda task: (task.created_at, task.task_id))
    return [task for task in found if sees(tx, task)]


def _reviewable(tx: Transaction, task_id: str, revision: int | None) -> Task:
    task = lookup.find(tx, task_id, revision=revision)
    require(tx.actor, Permission.DECIDE, "review tasks before they run")
    return task


def _mark(tx: Transaction, task: Task) -> None:
    task.human_reviewed_by, task.human_reviewed_at = tx.actor.user_id or None, tx.now
    tx.save(task)
