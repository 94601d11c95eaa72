"""Whom a task may be given to: everybody who does work, with how much they have now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.access import Permission, require
from engine.errors import ConflictError
from engine.reference.models import Employee
from engine.reports import load as report
from engine.reports import queries
from engine.reports.filters import Filters
from engine.reports.queries import Load
from engine.tasks import lookup, visibility
from engine.tasks.models import Task
from engine.transaction import Transaction
from web.pages.choices import MOST


@dataclass(frozen=True, kw_only=True)
class Somebody:
    """Somebody who may get the task."""

    employee: Employee
    load: Load
    #: Whether they have the role that the task is for.
    is_fit: bool


@dataclass(frozen=True, kw_only=True)
class SomebodyPage:
    """A task, and who may get it: those with its role first, then whoever has least."""

    task: Task
    people: Sequence[Somebody]
    #: What was searched for in their names.
    find: str
    #: Whether there are more.
    is_cut: bool


def load(tx: Transaction, task_id: str, find: str = "") -> SomebodyPage:
    """Return who may get a task, the first of those with ``find`` in their name or key.

    Raises:
        NotFoundError: no such task, or the actor may not see it.
        ForbiddenError: the actor sees only their own work, or the task is somebody else's to give away.
        ConflictError: the task is over.
    """
    task = lookup.find(tx, task_id)
    require(tx.actor, Permission.SEE_ALL_WORK, "see how much others have to do")
    visibility.refuse_others(tx, task)
    if task.is_terminal:
        raise ConflictError(f"Task {task.name} is {task.status.said}: nobody has to do it any more.")
    loads = {one.employee_id: one for one in queries.load(tx, Filters(), report.weeks_of(tx))}
    found = [
        Somebody(
            employee=one,
            load=loads.get(one.employee_id) or Load(employee_id=one.employee_id),
            is_fit=task.assignee_role is not None and task.assignee_role in one.roles,
        )
        for one in tx.find(Employee)
        if one.is_active and find.strip().lower() in f"{one.name} @{one.key}".lower()
    ]
    found.sort(key=_least_first)
    return SomebodyPage(task=task, people=found[:MOST], find=find, is_cut=len(found) > MOST)


def _least_first(one: Somebody) -> tuple[bool, int, int, str]:
    return not one.is_fit, one.load.this_week, one.load.open, one.employee.name
