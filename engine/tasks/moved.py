"""The fact that a task moved: what deliverables, bundles, dependents and QA follow up."""

from __future__ import annotations

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
