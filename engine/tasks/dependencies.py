"""Tasks that wait for other tasks: no cycles, who holds whom back, and release (DEP-01 to DEP-07)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from engine.access import Permission, require
from engine.audit.models import Action
from engine.errors import CompletionRefusedError, ConflictError, DependencyCycleError, Violation, bad_field
from engine.tasks import guards, lookup, lost_blockers, turn, visibility
from engine.tasks.graph import Graph, draw
from engine.tasks.models import Task, TaskStatus
from engine.tasks.moved import Freed, Moved
from engine.tasks.queries import cards
from engine.tasks.read_models import PlacedRow, in_order
from engine.tasks.states import SATISFYING
from engine.transaction import Transaction

#: Until then the dependencies of a task may be edited (DEP-01).
_NOT_STARTED = frozenset({TaskStatus.PENDING, TaskStatus.QUEUED, TaskStatus.DEFERRED})


def open_ones(tx: Transaction, task: Task) -> list[Task]:
    """Return the tasks it depends on that are neither completed nor skipped, in their order."""
    tx.read_ahead({Task: task.depends_on})
    return open_among_known(tx, task)


def named_by(tasks: Iterable[Task | PlacedRow]) -> list[str]:
    """Return the ids of all tasks that these depend on, to read them at once."""
    return sorted({other for task in tasks for other in task.depends_on})


def open_among_known(tx: Transaction, task: Task) -> list[Task]:
    """Do what ``open_ones`` does, where what ``named_by`` names has been read."""
    others = (tx.find_by_key(Task, task_id) for task_id in task.depends_on)
    return [other for other in others if other is not None and not other.satisfies_dependents]


def first_open(tx: Transaction, task: Task) -> str | None:
    """Return the id of the first dependency that is not satisfied, for ``blocked_by`` (TSK-26)."""
    return next((other.task_id for other in open_ones(tx, task)), None)


def require_met(tx: Transaction, task: Task, doing: str) -> None:
    """Refuse unless every dependency is satisfied; ``doing`` completes "cannot be ..." (DEP-02).

    Raises:
        CompletionRefusedError: one violation ``DEPENDENCY_UNMET`` per open dependency.
    """
    if found := guards.unmet(open_ones(tx, task)):
        raise CompletionRefusedError(f"Task {task.name}", redact(tx, found), to=doing)


def redact(tx: Transaction, violations: Sequence[Violation]) -> list[Violation]:
    """Return violations in which a task that the actor may not see is but a number (DEP-07)."""
    others = [tx.find_by_key(Task, item.subject) for item in violations if item.code == "DEPENDENCY_UNMET"]
    hidden = {other.task_id: other for other in others if other is not None}
    for task_id in visibility.seen_among(tx, hidden.values()):
        del hidden[task_id]
    return [
        _by_number(item, hidden[item.subject])
        if item.code == "DEPENDENCY_UNMET" and item.subject in hidden
        else item
        for item in violations
    ]


def _by_number(violation: Violation, other: Task) -> Violation:
    number = f"#{other.task_number}"
    return Violation(
        code=violation.code,
        message=f"It comes after task {number}, which is not yours to see: ask a manager how it stands.",
        area=violation.area,
        subject=number,
        extra={"task_number": other.task_number},
    )


def resolve(tx: Transaction, references: Sequence[str], *, of: str | None = None) -> list[str]:
    """Return the ids of tasks named by id, number or UUID, without repeats.

    Raises:
        NotFoundError: there is no such task, or the actor may not see it (DEP-07).
        DependencyCycleError: the task would depend on itself, ``of`` being its id, or on a circle.
    """
    found = list(dict.fromkeys(lookup.find(tx, str(reference)).task_id for reference in references))
    if of is not None:
        check_acyclic(tx, of, found)
    return found


def check_acyclic(tx: Transaction, task_id: str, depends_on: Sequence[str]) -> None:
    """Refuse dependencies that would lead back to the task itself.

    Raises:
        DependencyCycleError: shows the circle, task by task (DEP-05).
    """
    paths: list[list[str]] = [[other] for other in depends_on]
    seen: set[str] = set()
    while paths:
        path = paths.pop()
        if path[-1] == task_id:
            raise _cycle(tx, [task_id, *path])
        if path[-1] in seen:
            continue
        seen.add(path[-1])
        other = tx.find_by_key(Task, path[-1])
        paths += [[*path, further] for further in (other.depends_on if other else ())]


def is_editable(task: Task) -> bool:
    """Whether what a task comes after may be changed still."""
    return task.status in _NOT_STARTED


def check_editable(task: Task) -> None:
    """Refuse to change the dependencies of a task that has begun."""
    if not is_editable(task):
        raise ConflictError(
            f"Task {task.name} is {task.status.said}: what it comes after can be changed only before it "
            "starts."
        )


def require_may_drop(tx: Transaction, task: Task, left: Collection[str], reason: str | None) -> None:
    """Refuse to let a task of a bundle wait no longer for what can still be done, unless a manager says why.

    Otherwise whoever does it could go around the approval of what comes before (S2). What failed or was
    cancelled is never met, so whoever does the task may take that out (DEP-06), unless it is they who called
    it off: that would be the same in two steps.

    Raises:
        ForbiddenError: the actor is neither manager nor admin.
        BadRequestError: there is no reason.
    """
    if task.bundle_id is None:
        return
    named = (tx.find_by_key(Task, task_id) for task_id in task.depends_on if task_id not in left)
    dropped = [other for other in named if other is not None]
    alive = [other for other in dropped if other.status not in lost_blockers.LOST]
    if called_off := [other for other in dropped if lost_blockers.is_lost_by_actor(tx, other)]:
        names = ", ".join(lost_blockers.as_seen_from(task, other) for other in called_off)
        doing = f"let {task.name} wait no longer for {names}, which they called off themselves"
        require(tx.actor, Permission.DECIDE, doing)
    if not alive:
        return
    names = ", ".join(lost_blockers.as_seen_from(task, other) for other in alive)
    require(tx.actor, Permission.DECIDE, f"let {task.name} wait no longer for {names}")
    if not (reason or "").strip():
        raise bad_field(
            "reason", f"say why {task.name} need not wait for {names}: the plan of its bundle does"
        )


def release_dependents(tx: Transaction, fact: Moved) -> None:
    """Bring ``blocked_by`` of the dependents up to date once a task satisfies them (DEP-04; a reaction).

    Failed and cancelled tasks release nobody (DEP-06).
    """
    subject = fact.task
    if fact.after not in SATISFYING:
        return
    for dependent in tx.find(Task, blocked_by=subject.task_id, order_by=("task_id",)):
        held_by = next(iter(open_ones(tx, dependent)), None)
        dependent.blocked_by = held_by.task_id if held_by else None
        if held_by is None:
            turn.note_freed(tx, dependent)
        tx.save(dependent)
        if held_by is None:
            freed_by = lost_blockers.as_seen_from(dependent, subject)
            summary = f"{dependent.name} is free: {freed_by} is {subject.status}"
            tx.record(Action.TASK_RELEASED, dependent, summary, reason=fact.reason, fact=Freed(dependent))
            continue
        tx.record(Action.TASK_UPDATED, dependent, f"{dependent.name} waits for the next that it comes after")
        lost_blockers.tell_once(tx, dependent, held_by)


@dataclass(frozen=True, kw_only=True)
class BundleTasks:
    """The tasks of a bundle, and those beyond it that they wait for; columns alone tell it."""

    #: All of the bundle, whoever sees them.
    every: Sequence[PlacedRow]
    #: Those that the actor sees, in the bundle's order.
    inside: Sequence[PlacedRow]
    #: Those beyond it that the actor sees, by their numbers.
    outside: Sequence[PlacedRow]

    @property
    def shown(self) -> list[PlacedRow]:
        """All that the actor sees."""
        return [*self.inside, *self.outside]

    @property
    def edge_count(self) -> int:
        """How often one of them waits for another."""
        known = {task.task_id for task in self.shown}
        return sum(other in known for task in self.shown for other in task.depends_on)


def of_bundle(tx: Transaction, bundle_id: str) -> BundleTasks:
    """Read the tasks of a bundle, and those beyond it that they wait for."""
    every = sorted(cards.of_bundle(tx, bundle_id), key=in_order)
    known = {task.task_id for task in every}
    outside = cards.placed(tx, [task_id for task_id in named_by(every) if task_id not in known])
    seen = visibility.seen_among(tx, [*every, *outside])
    return BundleTasks(
        every=every,
        inside=[task for task in every if task.task_id in seen],
        outside=sorted((task for task in outside if task.task_id in seen), key=lambda task: task.task_number),
    )


def graph(tx: Transaction, bundle_id: str) -> Graph:
    """Return how the tasks of a bundle wait for one another, and for tasks beyond it; visible tasks only."""
    return draw(of_bundle(tx, bundle_id).shown, bundle_id=bundle_id)


def _cycle(tx: Transaction, task_ids: Sequence[str]) -> DependencyCycleError:
    tasks = [tx.find_by_key(Task, task_id) for task_id in task_ids]
    shown = " -> ".join(f"#{task.task_number}" if task else "?" for task in tasks)
    message = f"the tasks would wait for each other in a circle: {shown}"
    return DependencyCycleError(
        f"What comes after what cannot be kept: {message}. Leave one of them out.",
        details=[
            {"code": "DEPENDENCY_CYCLE", "field": "depends_on", "message": message, "cycle": list(task_ids)}
        ],
    )
