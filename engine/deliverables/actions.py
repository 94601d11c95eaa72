"""What an actor can do with a task now: the buttons of the task page (interface.md, first principle)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from engine.access import Permission, may
from engine.deliverables.rounds import ApprovalState
from engine.deliverables.state import approval_states, of_case
from engine.tasks import facts, human_review
from engine.tasks.facts import Case
from engine.tasks.known import KnownTask
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
#: Where approvals decide what comes next.
_JUDGED = frozenset({_S.IN_PROGRESS, _S.PENDING_APPROVAL})
#: From where a question to a manager is offered; the others resume or end first.
_ASKABLE = frozenset({_S.PENDING, _S.QUEUED, _S.IN_PROGRESS})
#: Verbs of one move, with the status they lead to, in the order in which they are offered.
_MOVES = (("wait", _S.WAITING), ("block", _S.BLOCKED), ("defer", _S.DEFERRED), ("put_back", _S.PENDING))

LABELS = {
    "claim": "Claim",
    "start": "Start",
    "request_approval": "Request approval",
    "complete": "Complete",
    "resume": "Resume work",
    "review_approve": "Permit it to run",
    "review_reject": "Refuse to run it",
    "help": "Ask for help",
    "withdraw": "Withdraw the request",
    "wait": "Wait",
    "block": "Block",
    "defer": "Defer",
    "put_back": "Put back",
    "skip": "Skip",
    "assign": "Assign",
    "clone": "Clone",
    "cancel": "Cancel",
}


class TaskAction(NamedTuple):
    """One thing to do with a task; ``name`` is the verb."""

    name: str
    label: str
    is_primary: bool = False


def allowed(tx: Transaction, task: KnownTask) -> list[TaskAction]:
    """List what this actor can do now, the primary action first; at most one is primary.

    Completing is offered while proof and steps are still owed, because trying it is what shows them; it is
    absent where an unmet dependency keeps the task from starting at all (DEP-02), or a human review (HRV-12).
    While all that it still needs is an approval, requesting that is the step forward.
    """
    return allowed_for(tx, [task])[task.task_id]


def allowed_for(
    tx: Transaction,
    tasks: Iterable[KnownTask],
    cases: Mapping[str, Case] | None = None,
    states: Mapping[str, ApprovalState] | None = None,
) -> dict[str, list[TaskAction]]:
    """Give what ``allowed`` gives for each task by its id, in a number of statements that does not grow.

    Columns tell almost all of it: records are read where approvals decide (P3). ``cases`` are those that were
    loaded already, ``states`` what ``states_of`` gave for the same tasks.
    """
    found: dict[str, list[TaskAction]] = {}
    own: list[KnownTask] = []
    for task in tasks:
        if not works(tx, task):
            found[task.task_id] = _of_others(tx, task)
        elif task.is_terminal:
            found[task.task_id] = [_offered("clone", is_primary=False)]
        else:
            own.append(task)
    states = _states_of(tx, own, cases) if states is None else states
    names = {task.task_id: _names(tx, task, states.get(task.task_id)) for task in own}
    next_in_approval = _with_approval_next(tx, names, states, cases)
    for task_id, verbs in names.items():
        primary = _primary(verbs, is_approval_next=task_id in next_in_approval)
        verbs.sort(key=lambda name: name != primary)
        found[task_id] = [_offered(name, is_primary=name == primary) for name in verbs]
    return found


def states_of(tx: Transaction, tasks: Iterable[KnownTask]) -> Mapping[str, ApprovalState]:
    """Return where the approvals stand of those tasks of the actor's about which they decide, by task."""
    return _states_of(tx, [task for task in tasks if not task.is_terminal and works(tx, task)], None)


@cache
def _offered(name: str, *, is_primary: bool) -> TaskAction:
    return TaskAction(name, LABELS[name], is_primary)


def _states_of(
    tx: Transaction, tasks: Iterable[KnownTask], cases: Mapping[str, Case] | None
) -> Mapping[str, ApprovalState]:
    """Return where the approvals stand of the tasks about which they decide."""
    judged = [task for task in tasks if task.status in _JUDGED]
    if cases is None:
        return approval_states(tx, judged)
    return {task.task_id: of_case(tx, cases[task.task_id]).state for task in judged}


def _with_approval_next(
    tx: Transaction,
    names: Mapping[str, list[str]],
    states: Mapping[str, ApprovalState],
    cases: Mapping[str, Case] | None,
) -> set[str]:
    """Return the ids of the tasks that approvals alone keep from completion, and can be requested now."""
    candidates = [
        task_id
        for task_id, state in states.items()
        if "request_approval" in names[task_id] and not state.is_complete and not state.obstacles()
    ]
    if cases is None:
        tx.read_ahead({Task: candidates})
        cases = facts.load_all(tx, [tx.get(Task, task_id) for task_id in candidates])
    return {
        task_id
        for task_id in candidates
        if task_id in cases and all(one.area == "approval" for one in cases[task_id].violations)
    }


def _of_others(tx: Transaction, task: KnownTask) -> list[TaskAction]:
    """List what can be done with a task that is somebody else's to work, or nobody's yet."""
    can_claim = is_claimable(tx, task) and not task.is_terminal and tx.actor.employee_id is not None
    return [_offered("claim", is_primary=True)] if can_claim else []


def _names(tx: Transaction, task: KnownTask, state: ApprovalState | None) -> list[str]:
    """List the verbs for an open task of the actor's."""
    return [*_review(tx, task), *_forward(task, state), *_sideways(tx, task)]


def _review(tx: Transaction, task: KnownTask) -> list[str]:
    """Return the decisions on whether the task may run, for whoever makes them."""
    if not task.requires_human_review or not may(tx.actor, Permission.DECIDE):
        return []
    if human_review.is_own(tx, task):
        return []
    names = ["review_approve"] if task.status in human_review.APPROVED_FROM else []
    return names if task.status is _S.IN_PROGRESS else [*names, "review_reject"]


def _forward(task: KnownTask, state: ApprovalState | None) -> list[str]:
    is_free = not task.requires_human_review and not task.is_blocked
    names = []
    if task.status in _STARTABLE and is_free:
        names.append("start")
    if task.status in _RESTING and (is_free or task.status is _S.DEFERRED):
        names.append("resume")
    if is_free and state is not None and task.status is _S.IN_PROGRESS and _may_request(state):
        names.append("request_approval")
    is_judged = task.status is _S.PENDING_APPROVAL and state is not None and not state.is_complete
    if task.status in _COMPLETABLE and is_free and not is_judged:
        names.append("complete")
    if task.status in _ASKABLE and is_free:
        names.append("help")
    return names


def _may_request(state: ApprovalState) -> bool:
    """Whether somebody has still to decide, or could be asked to though nobody must."""
    if state.has_rejected:
        return False  # its next version comes first
    return not state.is_complete or (not state.sources and bool(state.lineages))


def _sideways(tx: Transaction, task: KnownTask) -> list[str]:
    names = [
        name
        for name, target in _MOVES
        if (target in TRANSITIONS[task.status] or (name == "wait" and task.status is _S.WAITING))
        and not (name == "put_back" and task.status is _S.DEFERRED)
    ]
    if task.status is _S.PENDING_APPROVAL:
        names.append("withdraw")
    if task.is_skippable and (
        _S.SKIPPED in TRANSITIONS[task.status] or task.status in (_S.QUEUED, _S.FAILED)
    ):
        names.append("skip")
    if is_claimable(tx, task) and tx.actor.employee_id is not None and may(tx.actor, Permission.CLAIM):
        names.append("claim")
    return [*names, "assign", "clone", "cancel"]


def _primary(names: list[str], *, is_approval_next: bool) -> str | None:
    """Return the step forward: permit, begin, go on, hand over, finish; put back what has failed."""
    order = ["review_approve", "start", "resume"]
    if is_approval_next:
        order.append("request_approval")
    found = next((name for name in [*order, "complete"] if name in names), None)
    return found or ("put_back" if "put_back" in names else None)
