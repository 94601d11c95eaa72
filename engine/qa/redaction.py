"""Who reads how work was scored: whoever did it, and whoever sees all work, as in the reports (QA-10)."""

from __future__ import annotations

from collections.abc import Iterable

from engine.audit.models import Action, Event
from engine.tasks.models import Task
from engine.transaction import Transaction


def may_read(tx: Transaction, employee_id: str | None) -> bool:
    """Whether the actor may read the scores of somebody's work."""
    if tx.actor.sees_everything:
        return True
    return employee_id is not None and employee_id == tx.actor.employee_id


def redact(tx: Transaction, events: Iterable[Event]) -> list[Event]:
    """Return events as the actor may read them: of the work of others, that it was scored, and not how."""
    found = list(events)
    tx.read_ahead({Task: (event.task_id for event in found if not _is_open(tx, event))})
    return [event if _is_open(tx, event) else _without_score(tx, event) for event in found]


def _is_open(tx: Transaction, event: Event) -> bool:
    if event.action is not Action.QA_REVIEWED:
        return True
    return may_read(tx, (event.after or {}).get("employee_id"))


def _without_score(tx: Transaction, event: Event) -> Event:
    task = tx.find_by_key(Task, event.task_id or "")
    summary = f"{task.name if task else 'A task'} was scored in QA"
    return event.model_copy(update={"summary": summary, "reason": None, "before": None, "after": None})
