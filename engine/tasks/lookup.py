"""Finding a task by any of its three names: business id, number, UUID (CNF-15)."""

from __future__ import annotations

from collections.abc import Iterable
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
        raise unknown(name) from error


def find_all(tx: Transaction, names: Iterable[str]) -> dict[str, Task | None]:
    """Return the task of each name, in one statement; None where there is none. No permission is checked."""
    meant = {name: _meant(name.strip()) for name in names}
    wanted: dict[str, list[object]] = {}
    for field, value in meant.values():
        wanted.setdefault(field, []).append(value)
    found = tx.find_together(*((Task, {field: values}) for field, values in wanted.items()))
    tasks = {
        (field, getattr(task, field)): task
        for field, ones in zip(wanted, found, strict=True)
        for task in ones
    }
    return {name: tasks.get(by) for name, by in meant.items()}


def _id_of(tx: Transaction, name: str) -> str:
    """Return the business id that a name stands for; one that no task has where there is none."""
    field, value = _meant(name)
    if field == Task.spec.key[0]:
        return str(value)
    found = tx.find_one(Task, **{field: value})
    return found.task_id if found is not None else ""


def _meant(name: str) -> tuple[str, object]:
    """Return the field that a name is of, and the value there."""
    if not name.startswith(f"{Task.spec.prefix}_"):
        for field, value in (("task_number", _number(name)), ("task_uuid", _uuid(name))):
            if value is not None:
                return field, value
    return Task.spec.key[0], name


def unknown(name: str) -> NotFoundError:
    """Return the refusal of a task that is not there, or that the actor may not see (UPD-28)."""
    return NotFoundError(f"There is no task {name} that you may see. Check the id.")


def _number(text: str) -> int | None:
    return whole_number(text.removeprefix("#"), 1, _LARGEST_NUMBER)


def _uuid(text: str) -> str | None:
    try:
        return str(UUID(text))
    except ValueError:
        return None
