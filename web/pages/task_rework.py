"""What was handed over and said in the task whose work another does again, as that one's page shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from engine.deliverables.models import Approval, Deliverable
from engine.record import Record
from engine.tasks.models import Note, NoteKind, Task

Search: TypeAlias = tuple[type[Record], Mapping[str, Any], Sequence[str], int]
#: So many versions and decisions, and so many of the last notes of people.
_MOST, _NOTES = 50, 5


@dataclass(frozen=True)
class HandedOverBefore:
    """The versions of the original, what was said about each, and the last notes; plain data."""

    #: Those with something to look at, the newest first.
    rows: Sequence[Deliverable]
    #: Decisions with feedback, the newest first.
    decisions: Sequence[Approval]
    #: What people noted, the newest first.
    notes: Sequence[Note]

    @property
    def records(self) -> Iterator[Record]:
        """Everything that names a user."""
        yield from (*self.decisions, *self.notes)

    def said_of(self, row: Deliverable) -> list[Approval]:
        """Return the decisions on a version."""
        return [one for one in self.decisions if one.deliverable_id == row.deliverable_id]


def searches(task: Task) -> list[Search]:
    """Say what is to be read along with the page of a rework; nothing for any other task."""
    if task.rework_of is None:
        return []
    of_task = {"task_id": task.rework_of}
    return [
        (Deliverable, of_task, ("-deliverable_id",), _MOST),
        (Approval, of_task, ("-requested_at",), _MOST),
        (Note, of_task, ("-created_at", "-task_note_id"), _MOST),
    ]


def made_of(found: Sequence[Sequence[Any]]) -> HandedOverBefore | None:
    """Make it of what the searches found; None where there were none."""
    if not found:
        return None
    rows, decisions, notes = found
    return HandedOverBefore(
        rows=[row for row in rows if row.is_submitted],
        decisions=[one for one in decisions if one.is_decided],
        notes=[note for note in notes if note.kind is not NoteKind.SYSTEM][:_NOTES],
    )
