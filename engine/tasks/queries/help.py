"""Which tasks wait for an answer, told without reading their notes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, exists, or_, select

from engine.audit.models import Action, Event
from engine.tasks.models import Note, NoteKind, TaskStatus
from engine.tasks.queries.conditions import text_of
from engine.tasks.queries.reading import task_table
from engine.transaction import Transaction


def unanswered(tx: Transaction) -> list[str]:
    """Return the ids of the tasks whose worker waits for an answer, whoever may see them."""
    table = task_table(tx)
    chosen = select(table.c.task_id).where(table.c.workspace_id == tx.workspace_id, *is_unanswered(tx, table))
    return list(tx.connection.execute(chosen).scalars())


def is_unanswered(tx: Transaction, table: FromClause) -> list[ColumnElement[bool]]:
    """Return the conditions of needing help that nobody gave.

    An answer counts where no question was written after it, and where it came after help was asked for
    the last time.
    """
    notes, events = tx.database.sql_table(Note.spec.table), tx.database.sql_table(Event.spec.table)
    questions = notes.alias()
    asked_anew = exists().where(
        questions.c.task_id == notes.c.task_id,
        questions.c.created_at >= notes.c.created_at,
        text_of(tx, questions, "kind") == NoteKind.HELP_REQUEST.value,
        _is_later(questions, notes),
    )
    set_anew = exists().where(
        events.c.workspace_id == notes.c.workspace_id,
        events.c.task_id == notes.c.task_id,
        events.c.action == Action.TASK_STATUS_CHANGED.value,
        events.c.occurred_at > notes.c.created_at,
        text_of(tx, events, "after", "status") == TaskStatus.HELP_NEEDED.value,
    )
    answered = exists().where(
        notes.c.task_id == table.c.task_id,
        text_of(tx, notes, "kind") == NoteKind.HELP_ANSWER.value,
        ~asked_anew,
        ~set_anew,
    )
    # Nothing that needs help is closed; said for the index of a status, which goes on with that moment.
    return [table.c.status == TaskStatus.HELP_NEEDED.value, table.c.closed_at.is_(None), ~answered]


def _is_later(one: Any, other: Any) -> ColumnElement[bool]:
    return or_(
        one.c.created_at > other.c.created_at,
        and_(one.c.created_at == other.c.created_at, one.c.task_note_id > other.c.task_note_id),
    )
