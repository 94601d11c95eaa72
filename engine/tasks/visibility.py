"""Who sees and who works a task; the table of definitions.md section 4 asked about one record."""

from __future__ import annotations

from collections.abc import Iterable

from engine.access import Actor, Permission, TaskRelation, may, may_see_task, may_work_task
from engine.errors import ForbiddenError
from engine.tasks import lookup, queries
from engine.tasks.known import KnownTask
from engine.tasks.models import Task
from engine.tasks.relations import is_claimable_by, relation_of
from engine.transaction import Transaction


def relation(tx: Transaction, task: KnownTask, *, in_bundle: bool = False) -> TaskRelation:
    """Say what the actor is to the task; only ``in_bundle`` is not told by the task itself."""
    return relation_of(tx.actor, task, in_bundle=in_bundle)


def is_claimable(tx: Transaction, task: KnownTask) -> bool:
    """Whether the task waits for somebody with a role that the actor's employee has."""
    return is_claimable_by(tx.actor, task)


def sees_as(tx: Transaction, somebody: Actor, task: KnownTask) -> bool:
    """Whether somebody else may see the task, by the same rule; one statement where it is none of theirs."""
    if may_see_task(somebody, relation_of(somebody, task)):
        return True
    if task.bundle_id is None or not may(somebody, Permission.SEE_OWN_WORK):
        return False
    in_bundle = queries.is_involved_as(tx, somebody, task.bundle_id)
    return may_see_task(somebody, relation_of(somebody, task, in_bundle=in_bundle))


def sees(tx: Transaction, task: Task) -> bool:
    """Whether the actor may see the task (CNF-17)."""
    return task.task_id in seen_among(tx, [task])


def seen_among(tx: Transaction, tasks: Iterable[KnownTask]) -> set[str]:
    """Return the ids of those of the tasks that the actor may see, in at most one statement (CNF-17).

    The store is asked only about the bundles of tasks that are not the actor's themselves.
    """
    found: set[str] = set()
    others: list[KnownTask] = []
    for task in tasks:
        if may_see_task(tx.actor, relation(tx, task)):
            found.add(task.task_id)
        elif task.bundle_id is not None:
            others.append(task)
    if others and may(tx.actor, Permission.SEE_OWN_WORK):
        involved = queries.involved_in(tx, {task.bundle_id for task in others if task.bundle_id})
        found |= {
            task.task_id
            for task in others
            if may_see_task(tx.actor, relation(tx, task, in_bundle=task.bundle_id in involved))
        }
    return found


def works(tx: Transaction, task: KnownTask) -> bool:
    """Whether the actor may change the task; the task alone tells."""
    return may(tx.actor, Permission.WORK_ALL) or may_work_task(tx.actor, relation(tx, task))


def get_workable(tx: Transaction, task_id: str, revision: int | None = None) -> Task:
    """Return a task that the actor may change; any form of its id will do.

    Raises:
        NotFoundError: there is none, or the actor may not see it (UPD-28).
        ForbiddenError: the actor sees it, but it is somebody else's to work.
        StaleWriteError: ``revision`` is given and the task has moved on (UPD-24).
    """
    task = lookup.find(tx, task_id, revision=revision)
    refuse_others(tx, task)
    return task


def refuse_others(tx: Transaction, task: Task) -> None:
    """Refuse to change a task that the actor sees and that is somebody else's to work.

    Raises:
        ForbiddenError: it is.
    """
    if not works(tx, task):
        hint = "Claim it first." if is_claimable(tx, task) else "Ask its assignee or a manager."
        raise ForbiddenError(f"{tx.actor.name} may see task {task.name}, but not change it. {hint}")
