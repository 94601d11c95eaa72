"""One move of the status table: its conditions, what it sets and clears, its event (STA-02, STA-06)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from engine.audit.models import Action
from engine.clock import in_zone, to_text
from engine.errors import CompletionRefusedError, ConflictError, ReviewRequiredError, bad_field
from engine.inputs import strip_or_none
from engine.tasks import dependencies, facts, performers, punctuality, reviewed
from engine.tasks.inputs import LONGEST_REMARK, LONGEST_WORDS
from engine.tasks.models import NoteKind, Task, TaskStatus
from engine.tasks.moved import Moved
from engine.tasks.notes import write_note
from engine.tasks.states import TERMINAL, check_move
from engine.transaction import Transaction

CANCELLED_BY_USER = "Cancelled by user"
#: When to ask again, where neither the person nor the template says (definitions.md section 4).
DEFAULT_FOLLOW_UP_DAYS = 2
#: What a comment along with a move is, where it is more than the engine's own note.
_KINDS = {TaskStatus.HELP_NEEDED: NoteKind.HELP_REQUEST}

#: What a task reaches only once its human review, where it asks for one, was approved.
NEEDS_REVIEW = frozenset(
    {
        TaskStatus.QUEUED,
        TaskStatus.IN_PROGRESS,
        TaskStatus.HELP_NEEDED,
        TaskStatus.PENDING_APPROVAL,
        TaskStatus.COMPLETED,
    }
)


@dataclass(frozen=True, kw_only=True)
class MoveRequest:
    """What is asked for along with a move: why, until when, and whom it waits for."""

    reason: str | None = None
    comment: str | None = None
    waiting_for: str | None = None
    follow_up_at: datetime | None = None
    deferred_until: date | None = None
    #: What the status of a cancelled task says; "Cancelled by user" where nothing is given.
    cancelled_as: str | None = None


NO_DETAILS = MoveRequest()


def move(tx: Transaction, task: Task, target: TaskStatus, request: MoveRequest = NO_DETAILS) -> Task:
    """Make exactly one move, with its event; a refusal changes nothing.

    Raises:
        InvalidTransitionError: the table does not have it.
        CompletionRefusedError: dependencies or guards are unmet.
        BadRequestError: what the move needs to be told is missing.
        ConflictError: the task's definition does not allow to skip it, or it is planned for later.
    """
    check_move(f"Task {task.name}", task.status, target)
    check(tx, task, target, request)
    before = task.status
    _leave(tx, task)
    task.status, task.status_reason = target, request.reason
    _enter(tx, task, target, request)
    tx.save(task)
    if comment := strip_or_none(request.comment):
        write_note(tx, task, comment, _KINDS.get(target, NoteKind.SYSTEM))
    tx.record(
        Action.TASK_STATUS_CHANGED,
        task,
        f"{task.name} went from {before.said} to {target.said}",
        reason=request.reason or comment,
        fact=Moved(task, before, target, request.reason or comment),
    )
    return task


def wait_on(tx: Transaction, task: Task, request: MoveRequest) -> Task:
    """Let a waiting task wait for somebody else or until another time; it has waited since it began to.

    Raises:
        BadRequestError: as for the move to waiting.
    """
    check(tx, task, TaskStatus.WAITING, request)
    task.waiting_for, task.follow_up_at = strip_or_none(request.waiting_for), _follow_up(tx, task, request)
    tx.save(task)
    if comment := strip_or_none(request.comment):
        write_note(tx, task, comment, NoteKind.SYSTEM)
    summary = f"{task.name} waits for {task.waiting_for} until {to_text(task.follow_up_at)}"
    tx.record(Action.TASK_UPDATED, task, summary, reason=comment)
    return task


def check(tx: Transaction, task: Task, target: TaskStatus, request: MoveRequest = NO_DETAILS) -> None:
    """Refuse a move whose conditions do not hold; looks at the conditions alone, not at the table."""
    for name, text in (("reason", request.reason), ("comment", request.comment)):
        if len(text or "") > LONGEST_REMARK:
            raise bad_field(name, f"{name} has more than {LONGEST_REMARK} characters; shorten it")
    require_review(task, target)
    if target in (TaskStatus.QUEUED, TaskStatus.IN_PROGRESS):
        _require_as_reviewed(tx, task)
    if target is TaskStatus.IN_PROGRESS:
        _require_its_time(tx, task)
        dependencies.require_met(tx, task, "started")
    elif target in (TaskStatus.COMPLETED, TaskStatus.PENDING_APPROVAL):
        _check_guards(tx, task, target)
    elif target is TaskStatus.WAITING:
        _check_waiting(tx, task, request)
    elif target is TaskStatus.SKIPPED:
        check_skip(task, request)
    elif (
        target is TaskStatus.DEFERRED
        and request.deferred_until is not None
        and request.deferred_until < tx.today
    ):
        raise bad_field("until", f"{request.deferred_until} is past; choose today or a later day")


def _require_its_time(tx: Transaction, task: Task) -> None:
    """Refuse to begin what is planned for later; what has begun goes on (TSK-11).

    Raises:
        ConflictError: says from when on it can be started.
    """
    has_begun = task.started_at is not None
    if has_begun or task.scheduled_for is None or task.scheduled_for <= tx.wall_clock:
        return
    when = f"{in_zone(task.scheduled_for, tx.timezone):%Y-%m-%d %H:%M}"
    raise ConflictError(
        f"Task {task.name} is planned for {when}: it can be started from then on. To begin now, change "
        "that time or take it away."
    )


def require_review(task: Task, target: TaskStatus) -> None:
    """Refuse every way to be lined up, worked on or completed without the review it waits for (HRV-12).

    Raises:
        ReviewRequiredError: a manager has to permit it first.
    """
    if task.requires_human_review and target in NEEDS_REVIEW:
        raise ReviewRequiredError(
            f"Task {task.name} cannot go to {target.said}: a human review must permit it first. "
            "Ask a manager to approve or reject it."
        )


def _require_as_reviewed(tx: Transaction, task: Task) -> None:
    """Refuse to run anything but what was permitted, however it came to differ (S28).

    Raises:
        ReviewRequiredError: it is another thing now.
    """
    if task.human_review_hash is not None and task.human_review_hash != reviewed.content_hash(tx, task):
        raise ReviewRequiredError(
            f"What task {task.name} runs has changed since it was permitted. Ask for its human review again."
        )


def check_skip(task: Task, request: MoveRequest) -> None:
    """Refuse to skip without a rule, for an unknown reason, or without the comment it wants (decision 6)."""
    if task.skip is None:
        raise ConflictError(
            f"Task {task.name} cannot be skipped: its definition has no skip rule. "
            "Complete or cancel it instead."
        )
    reasons = [reason["text"] for reason in task.skip.get("reasons", [])]
    if request.reason not in reasons:
        allowed = "; ".join(reasons)
        raise bad_field(
            "reason", f"{request.reason!r} is not a reason to skip task {task.name}; use one of: {allowed}"
        )
    if task.skip.get("comment_required", True) and not strip_or_none(request.comment):
        note = task.skip.get("note")
        raise bad_field(
            "comment", f"skipping task {task.name} needs a comment" + (f". {note}" if note else "")
        )


def _check_guards(tx: Transaction, task: Task, target: TaskStatus) -> None:
    if found := dependencies.redact(tx, facts.load(tx, task, target).violations):
        done = "completed" if target is TaskStatus.COMPLETED else "handed over for approval"
        raise CompletionRefusedError(f"Task {task.name}", found, to=done)


def _check_waiting(tx: Transaction, task: Task, request: MoveRequest) -> None:
    if not strip_or_none(request.waiting_for):
        raise bad_field("waiting_for", f"say whom or what task {task.name} waits for")
    if len(str(request.waiting_for)) > LONGEST_WORDS:
        raise bad_field("waiting_for", f"has more than {LONGEST_WORDS} characters; shorten it")
    if (task.waiting_defaults or {}).get("comment_required") and not strip_or_none(request.comment):
        raise bad_field("comment", f"moving task {task.name} to waiting needs a comment")
    if request.follow_up_at is not None and request.follow_up_at.tzinfo is None:
        raise bad_field("follow_up_at", "needs a time zone, for example 2026-12-01T09:00:00Z")
    this_minute = tx.wall_clock.replace(second=0, microsecond=0)
    if request.follow_up_at is not None and request.follow_up_at < this_minute:
        raise bad_field("follow_up_at", "that moment is past; choose a later day or moment")


def _leave(tx: Transaction, task: Task) -> None:
    """Clear what belongs to the status that is left, which the events keep (WAI-05); count the work."""
    if task.status is TaskStatus.IN_PROGRESS and task.started_at is not None:
        task.worked_seconds += max(0, int((tx.now - task.started_at).total_seconds()))
    task.waiting_for = task.follow_up_at = task.waiting_since = None
    task.deferred_until = None


def _enter(tx: Transaction, task: Task, target: TaskStatus, request: MoveRequest) -> None:
    if target is TaskStatus.QUEUED:
        task.queued_at = tx.now
    elif target is TaskStatus.IN_PROGRESS:
        performers.keep(task)
        task.started_at = tx.now
        task.first_started_at = task.first_started_at or tx.now
    elif target is TaskStatus.PENDING_APPROVAL:
        performers.keep(task)
    elif target is TaskStatus.WAITING:
        task.waiting_for = strip_or_none(request.waiting_for)
        task.waiting_since = tx.now
        task.follow_up_at = _follow_up(tx, task, request)
    elif target is TaskStatus.DEFERRED:
        task.deferred_until = request.deferred_until
        _say_if_after_due(tx, task, request.deferred_until)
    elif target is TaskStatus.SKIPPED:
        task.skip_reason = request.reason
    elif target is TaskStatus.CANCELLED:
        # The status says who ended it, in the same words always; the given reason stands beside it (CNF-22).
        task.status_reason, task.cancel_reason = request.cancelled_as or CANCELLED_BY_USER, request.reason
    elif target is TaskStatus.COMPLETED:
        task.completed_at, task.completed_by = tx.now, tx.actor.user_id or None
        punctuality.keep_lateness(task, tx.now)
    if target in TERMINAL:
        task.closed_at = tx.now


def _follow_up(tx: Transaction, task: Task, request: MoveRequest) -> datetime:
    days = (task.waiting_defaults or {}).get("follow_up_days")
    usual = timedelta(days=DEFAULT_FOLLOW_UP_DAYS if days is None else int(days))
    follow_up = request.follow_up_at or tx.wall_clock + usual
    _say_if_after_due(tx, task, in_zone(follow_up, tx.timezone).date())
    return follow_up


def _say_if_after_due(tx: Transaction, task: Task, day: date | None) -> None:
    """Tell whoever lets a task rest beyond the day of its deadline, as pages name that: they may."""
    due = None if task.deadline is None else in_zone(task.deadline, tx.timezone).date()
    if day is not None and due is not None and day > due:
        late, kept = (f"{one:%a} {one.day} {one:%b %Y}" for one in (day, due))
        tx.say(f"That day, {late}, is after the due date, {kept}, which stays.")


def shortened(text: str) -> str:
    """Return a text that fits as the reason of a move, cut where it must be."""
    return text if len(text) <= LONGEST_REMARK else f"{text[: LONGEST_REMARK - 1]}…"
