"""Finding a task by any of its three names: business id, number, UUID (CNF-15)."""

from __future__ import annotations

from uuid import UUID

from engine.errors import NotFoundError
from engine.inputs import whole_number
from engine.tasks.models import Task
from engine.transaction import Transaction

#: The largest whole number that both databases keep.
_LARGEST_NUMBER = 2**63 - 1


def find(tx: Transaction, text: str, *, revision: int | None = None) -> Task:
    """Return the task that ``tsk_...``, ``12``, ``#12`` or a UUID names.

    Raises:
        NotFoundError: there is none, or the actor may not see it (UPD-28).
        StaleWriteError: ``revision`` is given and the task has moved on.
    """
    name = str(text).strip()
    try:
        return tx.get(Task, _id_of(tx, name), revision=revision)
    except NotFoundError as error:  # in the words that were asked with: the id would say that there is one
        raise NotFoundError(f"There is no task {name} that you may see. Check the id.") from error


def _id_of(tx: Transaction, name: str) -> str:
    """Return the business id that a name stands for; an empty one, which no task has, where there is none."""
    if name.startswith(f"{Task.spec.prefix}_"):
        return name
    found = _by_number(tx, name.removeprefix("#")) or _by_uuid(tx, name)
    return found.task_id if found is not None else ""


def _by_number(tx: Transaction, digits: str) -> Task | None:
    number = whole_number(digits, 1, _LARGEST_NUMBER)
    return None if number is None else tx.find_one(Task, task_number=number)


def _by_uuid(tx: Transaction, text: str) -> Task | None:
    try:
        return tx.find_one(Task, task_uuid=str(UUID(text)))
    except ValueError:
        return None
