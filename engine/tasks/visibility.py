"""Who sees and who works a task; the table of definitions.md section 4 asked about one record."""

from __future__ import annotations

from engine.access import Permission, TaskRelation, may, may_see_task, may_work_task
from engine.errors import ForbiddenError
from engine.tasks import lookup, queries
from engine.tasks.models import Task
from engine.transaction import Transaction


def relation(tx: Transaction, task: Task) -> TaskRelation:
    """Return what the actor is to the task."""
    actor = tx.actor
    return TaskRelation(
        owns=task.owner_id == actor.user_id,
        assigned=task.assignee_id is not None and task.assignee_id == actor.employee_id,
        claimable=is_claimable(tx, task),
        in_bundle=task.bundle_id is not None and queries.is_involved(tx, task.bundle_id),
    )


def is_claimable(tx: Transaction, task: Task) -> bool:
    """Whether the task waits for somebody of a role that the actor's employee has."""
    return (
        task.assignee_id is None
        and not task.assigned_to_bot
        and task.assignee_role is not None
        and task.assignee_role in tx.actor.assignee_roles
        and may(tx.actor, Permission.CLAIM)
    )


def sees(tx: Transaction, task: Task) -> bool:
    """Whether the actor may see the task (CNF-17)."""
    return tx.actor.sees_everything or may_see_task(tx.actor, relation(tx, task))


def works(tx: Transaction, task: Task) -> bool:
    """Whether the actor may change the task."""
    return may(tx.actor, Permission.WORK_ALL) or may_work_task(tx.actor, relation(tx, task))


def get_workable(tx: Transaction, task_id: str, revision: int | None = None) -> Task:
    """Return a task that the actor may change; any form of its id will do.

    Raises:
        NotFoundError: there is none, or the actor may not see it (UPD-28).
        ForbiddenError: the actor sees it, but it is somebody else's to work.
        StaleWriteError: ``revision`` is given and the task has moved on (UPD-24).
    """
    task = lookup.find(tx, task_id, revision=revision)
    if not works(tx, task):
        hint = "Claim it first." if is_claimable(tx, task) else "Ask its assignee or a manager."
        raise ForbiddenError(f"{tx.actor.name} may see task {task.name}, but not change it. {hint}")
    return task
