"""Rework: what is closed stays closed, and its work is done again in a linked task (decision 14)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from engine.errors import ConflictError, bad_field
from engine.tasks import clone
from engine.tasks.models import NoteKind, Task
from engine.tasks.notes import write_note
from engine.tasks.visibility import get_workable
from engine.transaction import Transaction

if TYPE_CHECKING:
    from engine.catalog.content import Content


#: How long a rework has where the day of the original is past.
USUAL_TIME = timedelta(days=7)


def usual_due_date(tx: Transaction, original: Task) -> date | None:
    """Return when a rework is due where nobody says it: on the original's day, in a week if that is past."""
    if original.due_date is None or original.deadline is None or original.deadline >= tx.wall_clock:
        return original.due_date
    return tx.today + USUAL_TIME


def rework(
    tx: Transaction,
    content: Content,
    task_id: str,
    reason: str,
    changes: Mapping[str, Any] | None = None,
    *,
    revision: int | None = None,
) -> Task:
    """Make a pending task that does a closed one's work again; the original stays as it is.

    It is made as a clone is: steps open, proof owed, deliverables as fresh versions, for whoever did it while
    they are active, in the same bundle while that is active. The reason is its first note. ``changes`` are
    such as a clone takes; without a ``due_date`` among them it is due as ``usual_due_date`` says. What
    depends on the original does not wait for it.

    Raises:
        BadRequestError: there is no reason, or a change cannot be.
        NotFoundError: no such task, or the actor may not see it.
        ForbiddenError: it is somebody else's to work.
        ConflictError: it is open, or its rework is.
        StaleWriteError: ``revision`` is given and the task has moved on.
    """
    original = get_workable(tx, task_id, revision)
    if not original.is_terminal:
        raise ConflictError(
            f"Task {original.name} is {original.status.said}: its work goes on in itself. Only what is "
            "closed is reworked."
        )
    for one in reworks(tx, original):
        if not one.is_terminal:
            raise ConflictError(f"Task {original.name} is being reworked already, as {one.name}.")
    if not reason.strip():
        raise bad_field("reason", f"say why the work of {original.name} is done again, and what is to change")
    usual = usual_due_date(tx, original)
    due = {} if usual == original.due_date else {"due_date": usual}
    given = {**due, **(changes or {}), "reason": reason.strip()}
    made = clone.clone(tx, content, original.task_id, given, is_rework=True)
    write_note(tx, made, reason, NoteKind.NOTE)
    return made


def reworks(tx: Transaction, task: Task) -> list[Task]:
    """Return the tasks that do a closed one's work again, oldest first, whoever sees them."""
    return tx.find(Task, rework_of=task.task_id, order_by=("task_number",))
