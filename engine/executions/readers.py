"""On whose behalf an attempt reads records: it is told what this person may read, and nothing else."""

from __future__ import annotations

from engine.access import Actor
from engine.accounts import actors
from engine.errors import ForbiddenError
from engine.executions.models import Execution, Trigger
from engine.tasks.models import Task
from engine.transaction import Transaction

#: What somebody asked for; all other attempts begin by themselves.
_ASKED_FOR = frozenset({Trigger.MANUAL, Trigger.SETTLED})


def reader_of(tx: Transaction, one: Execution, task: Task) -> Actor:
    """Return whoever asked for an attempt, or for the one that it repeats, as they are now.

    Where it began by itself, that is the owner of the task: who permitted it, or completed what it waited
    for, has asked for nothing.

    Raises:
        ForbiddenError: they cannot sign in any more.
    """
    first = _asked(tx, one)
    user_id = first.triggered_by_user_id if first.triggered_by in _ASKED_FOR else task.owner_id
    if not user_id:
        return actors.system(tx.workspace_id)
    found = actors.find_active(tx, user_id)
    if found is None:
        raise ForbiddenError("Whoever this is done for cannot sign in any more. Start it yourself.")
    return found


def _asked(tx: Transaction, one: Execution) -> Execution:
    """Return the attempt with which the run of an attempt began; those after it repeat it by themselves."""
    if one.triggered_by is not Trigger.RETRY:
        return one
    attempts = tx.find(Execution, task_id=one.task_id, order_by=("attempt_number",))
    return next(other for other in attempts if other.run_began_at == one.run_began_at)
