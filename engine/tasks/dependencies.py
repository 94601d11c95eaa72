"""Tasks that wait for other tasks: no cycles, who holds whom back, and release (DEP-01 to DEP-06)."""

from __future__ import annotations

from collections.abc import Sequence

from engine.audit.models import Action, Event
from engine.errors import BadRequestError, CompletionRefusedError, ConflictError
from engine.record import Record
from engine.tasks import guards, lookup
from engine.tasks.models import Task, TaskStatus
from engine.transaction import Transaction

#: Until then the dependencies of a task may be edited (DEP-01).
_NOT_STARTED = frozenset({TaskStatus.PENDING, TaskStatus.QUEUED, TaskStatus.DEFERRED})


def open_ones(tx: Transaction, task: Task) -> list[Task]:
    """Return the tasks it depends on that are neither completed nor skipped, in their order."""
    if not task.depends_on:
        return []
    found = {other.task_id: other for other in tx.find(Task, task_id=list(task.depends_on))}
    return [
        found[task_id]
        for task_id in task.depends_on
        if task_id in found and not found[task_id].satisfies_dependents
    ]


def first_open(tx: Transaction, task: Task) -> str | None:
    """Return the id of the first dependency that is not satisfied, for ``blocked_by`` (TSK-26)."""
    return next((other.task_id for other in open_ones(tx, task)), None)


def require_met(tx: Transaction, task: Task, doing: str) -> None:
    """Refuse unless every dependency is satisfied; ``doing`` completes "cannot be ..." (DEP-02).

    Raises:
        CompletionRefusedError: one violation ``DEPENDENCY_UNMET`` per open dependency.
    """
    if found := guards.unmet(open_ones(tx, task)):
        raise CompletionRefusedError(f"Task {task.name}", found, to=doing)


def resolve(tx: Transaction, references: Sequence[str], *, of: str | None = None) -> list[str]:
    """Return the ids of tasks named by id, number or UUID, without repeats.

    Raises:
        NotFoundError: there is no such task, or the actor may not see it (DEP-07).
        BadRequestError: the task would depend on itself, ``of`` being its id, or on a circle.
    """
    found = list(dict.fromkeys(lookup.find(tx, str(reference)).task_id for reference in references))
    if of is not None:
        check_acyclic(tx, of, found)
    return found


def check_acyclic(tx: Transaction, task_id: str, depends_on: Sequence[str]) -> None:
    """Refuse dependencies that would lead back to the task itself.

    Raises:
        BadRequestError: shows the circle, task by task (DEP-05).
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


def check_editable(task: Task) -> None:
    """Refuse to change the dependencies of a task that has begun."""
    if task.status not in _NOT_STARTED:
        raise ConflictError(
            f"Task {task.name} is {task.status}: its dependencies can be changed only before it starts."
        )


def release_dependents(tx: Transaction, event: Event, subject: Record) -> None:
    """Bring ``blocked_by`` of the dependents up to date once a task satisfies them (DEP-04).

    A reaction to ``task_status_changed``. Failed and cancelled tasks release nobody (DEP-06).
    """
    if not isinstance(subject, Task) or not subject.satisfies_dependents:
        return
    for dependent in tx.find(Task, blocked_by=subject.task_id, order_by=("task_id",)):
        dependent.blocked_by = first_open(tx, dependent)
        tx.save(dependent)
        if dependent.blocked_by is None:
            summary = f"{dependent.name} is free: {subject.name} is {subject.status}"
            tx.record(Action.TASK_RELEASED, dependent, summary, reason=event.reason)
        else:
            tx.record(Action.TASK_UPDATED, dependent, f"{dependent.name} waits for its next dependency")


def _cycle(tx: Transaction, task_ids: Sequence[str]) -> BadRequestError:
    tasks = [tx.find_by_key(Task, task_id) for task_id in task_ids]
    shown = " -> ".join(f"#{task.task_number}" if task else "?" for task in tasks)
    message = f"the tasks would wait for each other in a circle: {shown}"
    return BadRequestError(
        f"The dependencies cannot be kept: {message}. Leave one of them out.",
        details=[{"code": "BAD_REQUEST", "field": "depends_on", "message": message, "cycle": list(task_ids)}],
    )
