"""What happens to a task and is followed up: by deliverables, bundles, dependents, QA and executions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from engine.tasks.models import Task, TaskStatus
from engine.wiring import Fact


@dataclass(frozen=True)
class Moved(Fact):
    """One move of the status table, made and recorded."""

    task: Task
    before: TaskStatus
    after: TaskStatus
    #: Why, in the actor's words.
    reason: str | None = None


@dataclass(frozen=True)
class Made(Fact):
    """A task was made."""

    task: Task


@dataclass(frozen=True)
class Freed(Fact):
    """The last of the tasks that it comes after was done."""

    task: Task


@dataclass(frozen=True)
class Permitted(Fact):
    """A human review permitted that it runs."""

    task: Task


@dataclass(frozen=True)
class Ranked(Fact):
    """It matters more or less than before, or is more or less urgent."""

    task: Task


@dataclass(frozen=True)
class HandedOn(Fact):
    """Somebody else does it, or nobody."""

    task: Task


@dataclass(frozen=True)
class LeftToPeople(Fact):
    """Its settings say no more that a program does it."""

    task: Task


def of_changes(task: Task, fields: Collection[str]) -> Fact | None:
    """Give the fact that changes of these fields of a task are, if they are followed up."""
    if "assignee_id" in fields:
        return HandedOn(task)
    if "execution_type" in fields and task.execution_type is None:
        return LeftToPeople(task)
    return Ranked(task) if "priority" in fields or "urgency" in fields else None
