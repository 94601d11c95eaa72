"""The 12 task statuses and the moves between them (product.md decision 5); pure rules, no store."""

from __future__ import annotations

from collections import deque
from enum import StrEnum

from engine.errors import InvalidTransitionError, bad_field


class TaskStatus(StrEnum):
    """Where a task stands. The comment is what the board's tooltip says (WEB-13)."""

    PENDING = "pending"  #: To do; nobody has begun.
    QUEUED = "queued"  #: Lined up to start next.
    DEFERRED = "deferred"  #: Put off to a later day on purpose.
    IN_PROGRESS = "in_progress"  #: Somebody is working on it.
    WAITING = "waiting"  #: For an answer from outside; a follow-up date is set.
    BLOCKED = "blocked"  #: An obstacle that the team must clear.
    HELP_NEEDED = "help_needed"  #: The worker asked a manager for help.
    PENDING_APPROVAL = "pending_approval"  #: Handed over; an approver decides next.
    COMPLETED = "completed"  #: Done, with everything it owed.
    SKIPPED = "skipped"  #: Not needed this time, with the reason.
    FAILED = "failed"  #: An automated attempt ended in an error.
    CANCELLED = "cancelled"  #: Called off.

    @property
    def word(self) -> str:
        """What people read of it, on every page."""
        return _WORDS[self]

    @property
    def said(self) -> str:
        """The same word within a sentence: “To do”."""
        return f"“{self.word}”"


_S = TaskStatus

_WORDS: dict[TaskStatus, str] = {
    _S.PENDING: "To do",
    _S.QUEUED: "Queued",
    _S.DEFERRED: "Deferred",
    _S.IN_PROGRESS: "In progress",
    _S.WAITING: "Waiting",
    _S.BLOCKED: "Blocked",
    _S.HELP_NEEDED: "Help needed",
    _S.PENDING_APPROVAL: "Approval",
    _S.COMPLETED: "Done",
    _S.SKIPPED: "Skipped",
    _S.FAILED: "Failed",
    _S.CANCELLED: "Cancelled",
}
#: The same words within a sentence, for a refusal.
_SAID = {status.value: status.said for status in TaskStatus}

TRANSITIONS: dict[TaskStatus, tuple[TaskStatus, ...]] = {
    _S.PENDING: (_S.QUEUED, _S.IN_PROGRESS, _S.WAITING, _S.BLOCKED, _S.DEFERRED, _S.SKIPPED, _S.CANCELLED),
    _S.QUEUED: (_S.PENDING, _S.IN_PROGRESS, _S.BLOCKED, _S.DEFERRED, _S.FAILED, _S.CANCELLED),
    _S.DEFERRED: (_S.PENDING, _S.SKIPPED, _S.CANCELLED),
    _S.IN_PROGRESS: (
        _S.PENDING,
        _S.WAITING,
        _S.BLOCKED,
        _S.HELP_NEEDED,
        _S.PENDING_APPROVAL,
        _S.COMPLETED,
        _S.FAILED,
        _S.DEFERRED,
        _S.SKIPPED,
        _S.CANCELLED,
    ),
    _S.WAITING: (_S.PENDING, _S.IN_PROGRESS, _S.BLOCKED, _S.DEFERRED, _S.SKIPPED, _S.FAILED, _S.CANCELLED),
    _S.BLOCKED: (_S.PENDING, _S.IN_PROGRESS, _S.DEFERRED, _S.SKIPPED, _S.CANCELLED),
    _S.HELP_NEEDED: (_S.IN_PROGRESS, _S.BLOCKED, _S.CANCELLED),
    _S.PENDING_APPROVAL: (_S.IN_PROGRESS, _S.COMPLETED, _S.CANCELLED),
    _S.FAILED: (_S.PENDING, _S.CANCELLED),
    _S.COMPLETED: (),
    _S.SKIPPED: (),
    _S.CANCELLED: (),
}


class StateClass(StrEnum):
    """How work that runs by itself stands, as lists tell it apart (CNF-03)."""

    WAITING = "waiting"  #: Queued, held back, or for somebody to go on with.
    ACTIVE = "active"  #: Being worked on.
    SUCCEEDED = "succeeded"  #: Done.
    FAILED = "failed"  #: The last attempt ended in an error, and nothing repeats it by itself.
    CANCELLED = "cancelled"  #: Called off, or not needed.


_CLASSES: dict[TaskStatus, StateClass] = {
    _S.IN_PROGRESS: StateClass.ACTIVE,
    _S.COMPLETED: StateClass.SUCCEEDED,
    _S.FAILED: StateClass.FAILED,
    _S.CANCELLED: StateClass.CANCELLED,
    _S.SKIPPED: StateClass.CANCELLED,
}


def class_of(status: TaskStatus) -> StateClass:
    """Return the class of a status; whatever is neither begun nor over waits."""
    return _CLASSES.get(status, StateClass.WAITING)


#: Words of the source systems, accepted on input and never stored.
ALIASES: dict[str, TaskStatus] = {
    "todo": _S.PENDING,
    "done": _S.COMPLETED,
    "waiting_input": _S.WAITING,
    "pending_internal_approval": _S.PENDING_APPROVAL,
    "pending_partner_approval": _S.PENDING_APPROVAL,
}

TERMINAL = frozenset({_S.COMPLETED, _S.SKIPPED, _S.CANCELLED})
ACTIVE = frozenset(TaskStatus) - TERMINAL - {_S.FAILED}
#: What satisfies a dependency.
SATISFYING = frozenset({_S.COMPLETED, _S.SKIPPED})


def parse_status(text: str) -> TaskStatus:
    """Return the status that a word means, aliases included.

    Raises:
        BadRequestError: the word is no status; lists the statuses.
    """
    if text in ALIASES:
        return ALIASES[text]
    try:
        return TaskStatus(text)
    except ValueError as error:
        known = ", ".join(TaskStatus)
        raise bad_field(
            "status", f"not one of {known}", f"{text!r} is not a status. Use one of: {known}."
        ) from error


def check_move(subject: str, current: TaskStatus, target: TaskStatus) -> None:
    """Refuse a move that the table does not have (STA-02).

    Raises:
        InvalidTransitionError: names current, target and what is allowed.
    """
    if target not in TRANSITIONS[current]:
        raise InvalidTransitionError(subject, current, target, TRANSITIONS[current], words=_SAID)


def walk_to(
    subject: str,
    current: TaskStatus,
    target: TaskStatus,
    *,
    through: frozenset[TaskStatus] = frozenset({_S.IN_PROGRESS}),
) -> list[TaskStatus]:
    """Return the moves by which a verb reaches ``target``: directly, else by way of ``through``.

    So ``complete`` from ``waiting`` is ``in_progress``, then ``completed`` (definitions.md section 4).

    Raises:
        InvalidTransitionError: there is no such way.
    """
    paths: deque[list[TaskStatus]] = deque([[current]])
    seen = {current}
    while paths and current is not target:
        path = paths.popleft()
        for step in TRANSITIONS[path[-1]]:
            if step == target:
                return [*path[1:], target]
            if step in through and step not in seen:
                seen.add(step)
                paths.append([*path, step])
    raise InvalidTransitionError(subject, current, target, TRANSITIONS[current], words=_SAID)
