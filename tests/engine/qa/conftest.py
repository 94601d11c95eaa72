"""A team whose tasks get completed, and a die that falls as it is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from engine.access import Actor
from engine.app import Workbench
from engine.audit.models import Action, Event
from engine.qa import service
from engine.qa.models import QaReview
from engine.tasks import lifecycle
from engine.tasks.models import Task
from tests.factories import make_people, make_task


@dataclass
class Die:
    """A die that shows what it is told; the highest side otherwise."""

    falls: list[int] = field(default_factory=list)
    #: How many sides were asked for, roll after roll.
    asked: list[int] = field(default_factory=list)

    def __call__(self, sides: int) -> int:
        self.asked.append(sides)
        return self.falls.pop(0) if self.falls else sides


@dataclass
class Floor:
    """Where work is completed, flagged and scored."""

    workbench: Workbench
    people: dict[str, Actor]
    die: Die

    def make(self, who: str | None = "ana", **fields: Any) -> Task:
        given = {"assignee": who, **fields} if who else fields
        return make_task(self.workbench, actor=self.people["mara"], **given)

    def complete(self, task: Task, by: str = "mara", hours: float = 0) -> Task:
        """Start the task, let hours pass, complete it."""
        with self.workbench.transaction(self.people[by]) as tx:
            lifecycle.start(tx, task.task_id)
        self.workbench.clock.advance(hours=hours)
        with self.workbench.transaction(self.people[by]) as tx:
            return lifecycle.complete(tx, task.task_id)

    def done(self, who: str | None = "ana", **fields: Any) -> Task:
        return self.complete(self.make(who, **fields))

    def flag(self, task: Task, reason: str = "manual", comment: str | None = None, by: str = "mara") -> Task:
        with self.workbench.transaction(self.people[by]) as tx:
            return service.flag(tx, task.task_id, reason, comment)

    def review(self, task: Task, by: str = "mara", **given: Any) -> QaReview:
        with self.workbench.transaction(self.people[by]) as tx:
            return service.review(tx, task.task_id, **given)

    def task(self, task: Task) -> Task:
        with self.workbench.reading(self.workbench.operator()) as tx:
            return tx.get(Task, task.task_id)

    def events(self, task: Task, *actions: Action) -> list[Event]:
        with self.workbench.reading(self.workbench.operator()) as tx:
            found = tx.find(Event, task_id=task.task_id, order_by=("seq",))
        return [event for event in found if not actions or event.action in actions]

    def ask(self, who: str, read: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """Give the report that somebody reads."""
        with self.workbench.reading(self.people[who]) as tx:
            return read(tx, *given, **named)

    def experienced(self, who: str) -> None:
        """Let somebody complete their first three tasks."""
        for _ in range(3):
            self.done(who)


def _floor(workbench: Workbench) -> Floor:
    die = Die()
    workbench.dice = die
    return Floor(workbench, make_people(workbench), die)


@pytest.fixture
def floor(workbench: Workbench) -> Floor:
    return _floor(workbench)


@pytest.fixture
def either_floor(either_workbench: Workbench) -> Floor:
    """The same on SQLite, then on PostgreSQL."""
    return _floor(either_workbench)
