"""What was handed over and said in the task whose work another does again, as that one's page shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.deliverables.models import Approval, Deliverable
from engine.record import Record
from engine.tasks.models import Note, NoteKind, Task
from engine.transaction import Transaction

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


def read(tx: Transaction, original: Task | None) -> HandedOverBefore | None:
    """Read it in one statement; None where there is no original that the user sees."""
    if original is None:
        return None
    of_task = {"task_id": original.task_id}
    rows, decisions, notes = tx.find_first_together(
        (Deliverable, of_task, ("-deliverable_id",), _MOST),
        (Approval, of_task, ("-requested_at",), _MOST),
        (Note, of_task, ("-created_at", "-task_note_id"), _MOST),
    )
    return HandedOverBefore(
        rows=[row for row in rows if row.is_submitted],
        decisions=[one for one in decisions if one.is_decided],
        notes=[note for note in notes if note.kind is not NoteKind.SYSTEM][:_NOTES],
    )
