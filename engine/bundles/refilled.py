"""What automated tasks send follows a day that moves: their settings are filled with the parameters anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.audit.models import Action
from engine.bundles.parts import execution_config
from engine.catalog.resolved import ResolvedTemplate
from engine.tasks import human_review
from engine.tasks.models import Task, TaskStatus
from engine.transaction import Transaction

#: Where a program ran, or runs.
_BEGUN = frozenset({TaskStatus.IN_PROGRESS, TaskStatus.HELP_NEEDED, TaskStatus.PENDING_APPROVAL})


@dataclass(frozen=True, kw_only=True)
class Refill:
    """The settings of one task, as a start with the new days would make them; or why they stay."""

    task_id: str
    title: str
    execution_config: dict[str, Any]
    #: Why the task keeps the settings that it has; None where it gets these.
    kept_because: str | None

    @property
    def words(self) -> str:
        """What a person should know of it."""
        if self.kept_because is None:
            return f"“{self.title}” is run with the new days."
        return f"“{self.title}” is run with the days that it was made with: {self.kept_because}."


def refills(
    tx: Transaction,
    resolved: ResolvedTemplate,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    tasks: Iterable[Task],
) -> Iterator[Refill]:
    """Yield the open automated tasks whose settings name a parameter that moves.

    Settings that somebody wrote stay as they are: what a program is sent changes by no guess. So do those of
    a task at which a program has changed something outside: with others its steps are others, which the next
    attempt would do beside those that were done.
    """
    moved = list(_moved(resolved, before, after, tasks))
    acted = tx.wiring.changed_outside(tx, [task.task_id for task, _, _ in moved]) if moved else frozenset()
    for task, made, now in moved:
        yield Refill(
            task_id=task.task_id,
            title=task.title,
            execution_config=now,
            kept_because=_kept_because(task, made, has_acted=task.task_id in acted),
        )


def _moved(
    resolved: ResolvedTemplate, before: Mapping[str, Any], after: Mapping[str, Any], tasks: Iterable[Task]
) -> Iterator[tuple[Task, dict[str, Any], dict[str, Any]]]:
    """Yield the tasks whose settings name a parameter that moves, with what they say before and after."""
    definitions = {definition.ref: definition for definition in resolved.template.tasks}
    for task in tasks:
        definition = definitions.get(task.template_task_ref or "")
        if definition is None or task.is_terminal or task.cloned_from:
            continue
        made, now = (execution_config(resolved, definition, values) for values in (before, after))
        if made != now:
            yield task, made, now


def _kept_because(task: Task, made: Mapping[str, Any], *, has_acted: bool) -> str | None:
    if task.execution_config != made:
        return "somebody changed its settings"
    if task.status in _BEGUN:
        return f"it is {task.status.said}"
    return "a program has done, or begun, part of it" if has_acted else None


def apply(tx: Transaction, found: Iterable[Refill]) -> None:
    """Write the settings into the tasks, one event each; what was permitted is so no more."""
    for refill in (one for one in found if one.kept_because is None):
        task = tx.get(Task, refill.task_id)
        permitted = human_review.permitted(tx, task)
        task.execution_config = refill.execution_config
        tx.save(task)
        tx.record(Action.TASK_UPDATED, task, f"{task.name} is run with the new days of its bundle")
        human_review.void_if_changed(tx, task, permitted)
