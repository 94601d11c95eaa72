"""Which completed tasks are reviewed: those the die picks, somebody's first ones, those far over plan.

A reaction to completion that only ever adds a mark: it refuses nothing and holds nothing up (QA-02).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.audit.models import Action
from engine.catalog.task_type import FEWEST_SIDES, MOST_SIDES
from engine.qa import queries
from engine.tasks.models import QaReason, Task, TaskStatus
from engine.tasks.moved import Moved
from engine.transaction import Transaction

_DEFAULT_FIRST, _DEFAULT_FACTOR = 3, 2
_IN_WORDS = {
    QaReason.RANDOM: "the die fell on 1",
    QaReason.FIRST_THREE: "it is among the first tasks of whoever did it",
    QaReason.OVER_DURATION: "it took much longer than planned",
    QaReason.COMPLAINT: "a client complained",
    QaReason.MANUAL: "a manager asked for it",
}


def select_completed(tx: Transaction, fact: Moved) -> None:
    """Roll the die for a task that was just completed, and flag it where a rule says so (a reaction)."""
    if fact.after is TaskStatus.COMPLETED and (reasons := list(_reasons(tx, fact.task))):
        mark(tx, fact.task, reasons)


def mark(tx: Transaction, task: Task, reasons: Iterable[QaReason], comment: str | None = None) -> None:
    """Put a completed task into the queue, with its event; all reasons are kept, the newest last (QA-15)."""
    fresh = list(reasons)
    task.qa_reasons = [*(reason for reason in task.qa_reasons if reason not in fresh), *fresh]
    task.qa_flagged, task.qa_type = True, task.qa_type or fresh[0]
    task.qa_flagged_at, task.qa_reviewed_at = tx.now, None
    tx.save(task)
    why = ", ".join(_IN_WORDS[reason] for reason in fresh)
    tx.record(Action.QA_FLAGGED, task, f"{task.name} is to be looked at again: {why}", reason=comment)


def _reasons(tx: Transaction, task: Task) -> Iterator[QaReason]:
    # What chose it before its completion was corrected stands: nobody tries the die until it falls otherwise.
    yield from task.qa_reasons
    if QaReason.RANDOM not in task.qa_reasons and _roll(tx, task) == 1:
        yield QaReason.RANDOM
    if _is_among_first(tx, task):
        yield QaReason.FIRST_THREE
    if is_over_plan(task):
        yield QaReason.OVER_DURATION


def _roll(tx: Transaction, task: Task) -> int:
    """Roll the task's die; the event keeps the number, whatever it is (QA-14)."""
    sides = min(MOST_SIDES, max(FEWEST_SIDES, int(task.qa.get("die_sides", MOST_SIDES))))
    result = tx.wiring.roll(sides)
    summary = f"The die with {sides} sides fell on {result} for {task.name}"
    tx.record(Action.QA_ROLLED, task, summary, after={"sides": sides, "result": result})
    return result


def _is_among_first(tx: Transaction, task: Task) -> bool:
    """Whether the task is among the first completed ones that were assigned to its person (QA-04)."""
    first = int(task.qa.get("first_n", _DEFAULT_FIRST))
    if task.assignee_id is None or first < 1:
        return False
    return queries.count_completed(tx, task.assignee_id, besides=task.task_id, at_most=first) < first


def is_over_plan(task: Task) -> bool:
    """Whether work on it, waits left out, took more than the allowed multiple of its plan (QA-06)."""
    if not task.planned_minutes:
        return False
    factor = float(task.qa.get("over_planned_factor", _DEFAULT_FACTOR))
    return task.worked_seconds > factor * task.planned_minutes * 60
