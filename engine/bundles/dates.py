"""Computes the due dates of a bundle's tasks again: after a completion, or for another anchor date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engine.audit.models import Action
from engine.bundles import due, pins
from engine.bundles.models import Bundle
from engine.catalog.models import DueRule
from engine.tasks.models import Task
from engine.tasks.punctuality import keep_first_deadline
from engine.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class DateChange:
    """One task whose due date moves."""

    task_id: str
    task_number: int
    title: str
    #: Due days; None is no date.
    before: date | None
    after: date | None
    #: The new UTC moment at which ``after`` is over.
    deadline: datetime | None

    def as_json(self) -> dict[str, Any]:
        """Return the change as JSON data."""
        return {
            "task_id": self.task_id,
            "task_number": self.task_number,
            "title": self.title,
            "before": self.before.isoformat() if self.before else None,
            "after": self.after.isoformat() if self.after else None,
        }


def moved(tx: Transaction, bundle: Bundle, anchor: date, tasks: Iterable[Task]) -> list[DateChange]:
    """Return how due dates counted from the anchor change with it; closed tasks keep theirs."""
    affected = [
        (task, DueRule.model_validate(task.due_rule))
        for task in tasks
        if task.due_rule and not task.is_terminal
    ]
    affected = [(task, rule) for task, rule in affected if rule.counted_from == "anchor"]
    if not affected:
        return []
    calendar = pins.calendar_of(tx, affected[0][0])
    changes = []
    for task, rule in affected:
        day, deadline = due.due_date(
            rule,
            anchor=anchor,
            bundle_start=bundle.created_at,
            parameters=bundle.parameters,
            completed={},
            calendar=calendar,
            zone=tx.timezone,
        )
        if (day, deadline) != (task.due_date, task.deadline):
            changes.append(_change(task, day, deadline))
    return changes


def apply(tx: Transaction, changes: Iterable[DateChange], why: str) -> None:
    """Write the new dates into the tasks, one event each; ``why`` completes "Due ... now, because ..."."""
    for change in changes:
        task = tx.find_by_key(Task, change.task_id)
        if task is None:
            continue
        task.due_date, task.deadline = change.after, change.deadline
        keep_first_deadline(task)
        tx.save(task)
        was = f" instead of {change.before}" if change.before else ""
        tx.record(Action.TASK_UPDATED, task, f"{task.name} is due on {change.after}{was}, because {why}")


def started_by(tx: Transaction, bundle: Bundle, closed: Task) -> Iterator[DateChange]:
    """Yield the dates that count from the completion (or skipping) of ``closed`` and are not set yet."""
    if closed.template_task_ref is None or closed.closed_at is None:
        return
    for task in tx.find(Task, bundle_id=bundle.bundle_id, due_date=None, is_open=1):
        rule = DueRule.model_validate(task.due_rule) if task.due_rule else None
        if rule is None or rule.after_task != closed.template_task_ref:
            continue
        day, deadline = due.due_date(
            rule,
            anchor=bundle.anchor_date,
            bundle_start=bundle.created_at,
            parameters=bundle.parameters,
            completed={closed.template_task_ref: closed.closed_at},
            calendar=pins.calendar_of(tx, closed),
            zone=tx.timezone,
        )
        yield _change(task, day, deadline)


def _change(task: Task, day: date | None, deadline: datetime | None) -> DateChange:
    return DateChange(
        task_id=task.task_id,
        task_number=task.task_number,
        title=task.title,
        before=task.due_date,
        after=day,
        deadline=deadline,
    )
