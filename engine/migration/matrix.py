"""What one kind of change means for a task, by where the task stands (D4); pure.

The table stands in ``MIGRATION.md`` for people; a test holds both to the same cells.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from engine.catalog.parts import ChangePolicy
from engine.tasks.states import TaskStatus


class Verdict(StrEnum):
    """What a newer template means for a task or a bundle; of several the last in this order counts."""

    UNAFFECTED = "unaffected"  #: it stays as it is
    SAFE = "safe"  #: it can take the new value without anybody losing or owing anything by surprise
    DECISION = "decision"  #: a person has to say what goes on
    BLOCKED = "blocked"  #: nothing can be said before an open decision is made

    @property
    def rank(self) -> int:
        """How far it is from unaffected."""
        return _ORDER.index(self)

    @property
    def words(self) -> str:
        """What reports say."""
        return "needs a decision" if self is Verdict.DECISION else self.value


_ORDER = list(Verdict)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the last of the verdicts in their order; unaffected for none."""
    return max(verdicts, key=lambda one: one.rank, default=Verdict.UNAFFECTED)


class State(StrEnum):
    """Where a task stands, as far as a change of its template asks."""

    NOT_STARTED = "not started"  #: to do, queued, deferred, blocked or failed
    ACTIVE = "active"  #: in progress, or help was asked for
    WAITING = "waiting"  #: for an answer from outside
    PENDING_APPROVAL = "pending approval"  #: handed over; a decision on it is open
    COMPLETED = "completed"  #: done
    CLOSED = "skipped or cancelled"  #: not needed, or called off

    @property
    def is_open(self) -> bool:
        """Whether anything can still be changed in it."""
        return self not in (State.COMPLETED, State.CLOSED)


_STATES = {
    TaskStatus.IN_PROGRESS: State.ACTIVE,
    TaskStatus.HELP_NEEDED: State.ACTIVE,
    TaskStatus.WAITING: State.WAITING,
    TaskStatus.PENDING_APPROVAL: State.PENDING_APPROVAL,
    TaskStatus.COMPLETED: State.COMPLETED,
    TaskStatus.SKIPPED: State.CLOSED,
    TaskStatus.CANCELLED: State.CLOSED,
}


def state_of(status: TaskStatus) -> State:
    """Return where a task with this status stands."""
    return _STATES.get(status, State.NOT_STARTED)


class Kind(StrEnum):
    """One row of the table: a kind of change."""

    TASK_ADDED = "task added"  #: or its ``when`` holds now; judged by the furthest task that comes after it
    TASK_REMOVED = "task removed"  #: the template has it no more
    CONDITION = "when holds no longer"  #: the template has it, and not for such a bundle any more
    TASK_RENAMED = "task renamed"  #: the same task by another ref
    RETYPED = "retyped"  #: another task type, or another way to run it
    MADE_REQUIRED = "made required"  #: a step, deliverable or link more is owed, or another than before
    LESS_OWED = "no longer required"  #: a step, proof, link or dependency less
    DELIVERABLE_REMOVED = "deliverable removed"  #: it is not handed over any more
    LINK_MADE_REQUIRED = "bundle link made required"  #: judged by the furthest task that fills it
    DUE = "due changed"  #: it falls on another day
    ASSIGNEE = "assignee changed"  #: another role or person
    PROOF = "proof changed"  #: other evidence is owed
    APPROVAL = "approval changed"  #: other decisions are owed
    ORDER = "order changed"  #: it comes after other tasks
    WORDS = "words changed"  #: what people read
    SETTINGS = "settings changed"  #: tools, settings, reminders, what is offered


_LETTERS = {verdict.value[0]: verdict for verdict in Verdict}
#: A letter for each state, in the order of ``State``.
_CELLS = {
    Kind.TASK_ADDED: "s d d d d d",
    Kind.TASK_REMOVED: "s d d b u u",
    Kind.CONDITION: "s d d b u u",
    Kind.TASK_RENAMED: "s s s s s s",
    Kind.RETYPED: "s d d b u u",
    Kind.MADE_REQUIRED: "s d d b u u",
    Kind.LESS_OWED: "s s s s u u",
    Kind.DELIVERABLE_REMOVED: "s d d b u u",
    Kind.LINK_MADE_REQUIRED: "s d d d d d",
    Kind.DUE: "s d d d u u",
    Kind.ASSIGNEE: "s d d d u u",
    Kind.PROOF: "s d d b u u",
    Kind.APPROVAL: "s d d b u u",
    Kind.ORDER: "s d d d u u",
    Kind.WORDS: "s s s s u u",
    Kind.SETTINGS: "s s s s u u",
}
MATRIX: dict[tuple[Kind, State], Verdict] = {
    (kind, state): _LETTERS[letter]
    for kind, row in _CELLS.items()
    for state, letter in zip(State, row.split(), strict=True)
}

#: What takes something away that people may have put something into.
_TAKES_AWAY = frozenset({Kind.TASK_REMOVED, Kind.CONDITION, Kind.DELIVERABLE_REMOVED})
_BEGUN = {
    State.ACTIVE: "somebody works on it",
    State.WAITING: "it waits for an answer",
    State.PENDING_APPROVAL: "it was handed over for approval",
}
_CLOSED = {State.COMPLETED: "it is completed", State.CLOSED: "it is closed"}


@dataclass(frozen=True)
class Judged:
    """A verdict, with why."""

    verdict: Verdict
    #: Completes "..., because".
    why: str


def judge(
    kind: Kind,
    state: State,
    *,
    policy: ChangePolicy | None = None,
    by_hand: bool = False,
    collected: int = 0,
) -> Judged:
    """Return what a change means for a task.

    ``policy`` is what ``on_change`` says of the field: it goes before the table in open states, and never
    over blocked. ``by_hand`` tells that a person has changed the same value since the start, which no policy
    overrides but ``keep``. ``collected`` counts what people have put into the task.
    """
    cell = MATRIX[kind, state]
    if not state.is_open or cell is Verdict.BLOCKED:
        return Judged(cell, _why(kind, state, cell))
    if policy == "keep":
        return Judged(Verdict.UNAFFECTED, "on_change keeps what running work has")
    if by_hand:
        return Judged(Verdict.DECISION, "a person has changed it, too")
    if policy == "ask":
        return Judged(Verdict.DECISION, "on_change asks")
    if policy == "recompute":
        return Judged(Verdict.SAFE, "on_change recomputes it")
    if cell is Verdict.SAFE and kind in _TAKES_AWAY and collected:
        return Judged(Verdict.DECISION, "something was collected in it")
    return Judged(cell, _why(kind, state, cell))


def _why(kind: Kind, state: State, cell: Verdict) -> str:
    if kind is Kind.TASK_RENAMED:
        return "it is the same task by another ref"
    if cell is Verdict.BLOCKED:
        return "its approval is open: have it decided, or withdraw it"
    if kind is Kind.TASK_ADDED:
        return _of_related("what comes after it", state)
    if kind is Kind.LINK_MADE_REQUIRED:
        return _of_related("what fills it", state)
    if state is State.NOT_STARTED:
        return "nobody has begun it"
    if not state.is_open:
        return f"{_CLOSED[state]}, and stays as it is"
    return _BEGUN[state] if cell is Verdict.DECISION else "nothing more is owed by it"


def _of_related(what: str, state: State) -> str:
    if state is State.NOT_STARTED:
        return f"{what} has not begun"
    return f"{what} {'has begun' if state.is_open else 'is over'}"
