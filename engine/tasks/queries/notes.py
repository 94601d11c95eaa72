"""The notes of a task by the page: the latest first to be seen, the rest a page at a time (P6, S20)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select, tuple_

from engine.loading import load_all
from engine.record import stored
from engine.searches import in_order
from engine.tasks.models import Note, NoteKind
from engine.tasks.queries.conditions import text_of
from engine.transaction import Transaction

#: Notes of one page.
PER_PAGE = 20


@dataclass(frozen=True, kw_only=True)
class NotePage:
    """Some notes of one task that follow each other, oldest first, and where the others are.

    A page begins at a note and not at a number: what is written meanwhile moves nothing.
    """

    notes: Sequence[Note] = ()
    #: How many the task has.
    total: int = 0
    #: The last note of the page before; None where these begin with the first.
    earlier: str | None = None
    #: Whether these end with the last one.
    is_latest: bool = True
    #: The last note of the page after; None where that is the latest page.
    later: str | None = None


def latest(task_id: str) -> tuple[type[Note], Mapping[str, Any], Sequence[str], int]:
    """Return the search for what ``page`` takes as ``newest``, to be made together with others."""
    return Note, {"task_id": task_id}, ("-created_at", "-task_note_id"), PER_PAGE + 1


def page(tx: Transaction, task_id: str, newest: Sequence[Note], last: str | None = None) -> NotePage:
    """Return the page of a task's notes that ends with ``last``; the latest if that holds it, or without it.

    Who sees the task sees its notes; a note of another task counts as none.
    """
    if len(newest) <= PER_PAGE:
        return NotePage(notes=newest[::-1], total=len(newest))
    total = tx.count(Note, task_id=task_id)
    known = tx.find_by_key(Note, last) if last else None
    if known is None or known.task_id != task_id or known in newest[:PER_PAGE]:
        return NotePage(notes=newest[:PER_PAGE][::-1], total=total, earlier=newest[PER_PAGE].task_note_id)
    before = _read(tx, task_id, _place(tx) <= _place_of(known), descending=True)
    after = _read(tx, task_id, _place(tx) > _place_of(known), descending=False)
    return NotePage(
        notes=before[:PER_PAGE][::-1],
        total=total,
        earlier=before[PER_PAGE].task_note_id if len(before) > PER_PAGE else None,
        is_latest=False,
        later=after[PER_PAGE - 1].task_note_id if len(after) > PER_PAGE else None,
    )


def dialogue(tx: Transaction, task_id: str) -> list[Note]:
    """Return the last question to a manager and the latest answers since, oldest first."""
    tx.flush()
    table = tx.database.sql_table(Note.spec.table)
    kind, own = text_of(tx, table, "kind"), table.c.task_id == task_id
    is_question, is_answer = kind == NoteKind.HELP_REQUEST.value, kind == NoteKind.HELP_ANSWER.value
    newest = (table.c.created_at.desc(), table.c.task_note_id.desc())
    asked_at = select(table.c.created_at).where(own, is_question).order_by(*newest).limit(1).scalar_subquery()
    chosen = (
        select(table.c.document)
        .where(own, table.c.created_at >= asked_at, or_(is_question, is_answer))
        .order_by(is_question.desc(), *newest)
        .limit(PER_PAGE + 1)
    )
    found = load_all(Note, tx.connection.execute(chosen).scalars(), tx.database)
    said = in_order(found, ("created_at", "task_note_id"))
    asked = [place for place, note in enumerate(said) if note.kind is NoteKind.HELP_REQUEST]
    return said[asked[-1] :] if asked else []


def _place(tx: Transaction) -> Any:
    columns = tx.database.sql_table(Note.spec.table).c
    return tuple_(columns.created_at, columns.task_note_id)


def _place_of(note: Note) -> Any:
    return tuple_(stored(note.created_at), note.task_note_id)


def _read(tx: Transaction, task_id: str, where: ColumnElement[bool], *, descending: bool) -> list[Note]:
    """Return the first notes of a task that match, from the newest or from the oldest on."""
    tx.flush()
    table = tx.database.sql_table(Note.spec.table)
    order = [table.c.created_at, table.c.task_note_id]
    chosen = (
        select(table.c.document)
        .where(table.c.task_id == task_id, where)
        .order_by(*(column.desc() if descending else column for column in order))
        .limit(PER_PAGE + 1)
    )
    return load_all(Note, tx.connection.execute(chosen).scalars(), tx.database)
