"""The page of a correction: what it takes back, line by line, what stays, or what speaks against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.corrections import correct, rework
from engine.tasks.models import Task
from engine.tasks.visibility import sees, works
from engine.transaction import Transaction
from web.pages.task import due_again


@dataclass(frozen=True)
class CorrectionPage:
    """One closed task that may have been closed by mistake; plain data."""

    task: Task
    #: What is taken back, the task itself first; empty where nothing is.
    lines: Sequence[str]
    #: What its closing had set in motion, and stays.
    stays: Sequence[str]
    #: Why it cannot be; empty where it can.
    reasons: Sequence[str]
    #: Whether the user may have its work done again instead.
    may_rework: bool
    #: The day that the form of a rework starts with, and what it is, in words.
    rework_due: tuple[str, str]
    #: Where its work is being done again, as far as the user sees it.
    rework: Task | None


def load(tx: Transaction, task_id: str) -> CorrectionPage:
    """Return the page of the task that an id, a number or a UUID names.

    Raises:
        NotFoundError: there is none, or the actor may not see it.
    """
    plan = correct.plan(tx, task_id)
    reasons = [plan.forbidden] if plan.forbidden else [f"{one[0].upper()}{one[1:]}." for one in plan.refusals]
    is_possible = plan.is_possible
    running = next((one for one in rework.reworks(tx, plan.task) if not one.is_terminal), None)
    return CorrectionPage(
        task=plan.task,
        lines=plan.lines if is_possible else (),
        stays=plan.stays if is_possible else (),
        reasons=reasons,
        may_rework=plan.task.is_terminal and running is None and works(tx, plan.task),
        rework_due=due_again(plan.task, rework.usual_due_date(tx, plan.task)),
        rework=running if running is not None and sees(tx, running) else None,
    )
