"""What an actor can do with a task now: the buttons of the task page (interface.md, first principle)."""

from __future__ import annotations

from dataclasses import dataclass

from engine.access import Permission, may
from engine.tasks import dependencies
from engine.tasks.models import Task, TaskStatus
from engine.tasks.states import TRANSITIONS
from engine.tasks.visibility import is_claimable, works
from engine.transaction import Transaction

_S = TaskStatus
_RESTING = frozenset({_S.WAITING, _S.BLOCKED, _S.HELP_NEEDED, _S.DEFERRED})
_STARTABLE = frozenset({_S.PENDING, _S.QUEUED})
_COMPLETABLE = frozenset(
    {_S.PENDING, _S.QUEUED, _S.IN_PROGRESS, _S.WAITING, _S.BLOCKED, _S.HELP_NEEDED, _S.PENDING_APPROVAL}
)
#: Verbs of one move, with the status they lead to, in the order in which they are offered.
_MOVES = (("wait", _S.WAITING), ("block", _S.BLOCKED), ("defer", _S.DEFERRED), ("put_back", _S.PENDING))

LABELS = {
    "claim": "Claim",
    "start": "Start",
    "complete": "Complete",
    "resume": "Resume work",
    "wait": "Wait",
    "block": "Block",
    "defer": "Defer",
    "put_back": "Put back",
    "skip": "Skip",
    "assign": "Assign",
    "cancel": "Cancel",
}


@dataclass(frozen=True)
class TaskAction:
    """One thing to do with a task; ``name`` is the verb."""

    name: str
    label: str
    is_primary: bool = False


def allowed(tx: Transaction, task: Task) -> list[TaskAction]:
    """Return what this actor can do now, the primary action first; at most one is primary.

    Completing is offered while proof and steps are still owed, because trying it is what shows them; it is
    absent where an unmet dependency keeps the task from starting at all (DEP-02).
    """
    if not works(tx, task):
        can_claim = is_claimable(tx, task) and not task.is_terminal and tx.actor.employee_id is not None
        return [TaskAction("claim", LABELS["claim"], is_primary=True)] if can_claim else []
    if task.is_terminal:
        return []
    is_free = not dependencies.open_ones(tx, task)
    names = [*_forward(task, is_free=is_free), *_sideways(tx, task)]
    primary = _primary(names)
    names.sort(key=lambda name: name != primary)
    return [TaskAction(name, LABELS[name], is_primary=name == primary) for name in names]


def _forward(task: Task, *, is_free: bool) -> list[str]:
    names = []
    if task.status in _STARTABLE and is_free:
        names.append("start")
    if task.status in _RESTING and (is_free or task.status is _S.DEFERRED):
        names.append("resume")
    if task.status in _COMPLETABLE and is_free:
        names.append("complete")
    return names


def _sideways(tx: Transaction, task: Task) -> list[str]:
    names = [
        name
        for name, target in _MOVES
        if target in TRANSITIONS[task.status] and not (name == "put_back" and task.status is _S.DEFERRED)
    ]
    if task.skip is not None and (
        _S.SKIPPED in TRANSITIONS[task.status] or task.status in (_S.QUEUED, _S.FAILED)
    ):
        names.append("skip")
    if is_claimable(tx, task) and tx.actor.employee_id is not None and may(tx.actor, Permission.CLAIM):
        names.append("claim")
    return [*names, "assign", "cancel"]


def _primary(names: list[str]) -> str | None:
    """Return the step forward: begin, go on, finish; put back what has failed."""
    for name in ("start", "resume", "complete"):
        if name in names:
            return name
    return "put_back" if "put_back" in names else None
