"""SQL reads over what was said: remarks on versions, and the notes of a help dialogue or a judge."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from engine.audit.models import Action, Event
from engine.deliverables.models import Deliverable, DeliverableComment
from engine.loading import load
from engine.reports.filters import Filters
from engine.reports.queries.work import TaskHead, field, head, head_columns, of_kind, table_of, within
from engine.tasks.models import Note, NoteKind, Task, TaskStatus
from engine.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class Said:
    """One note, with its task."""

    note: Note
    task: TaskHead


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request for help, with its task."""

    user_id: str | None
    at: datetime
    task: TaskHead


@dataclass(frozen=True, kw_only=True)
class Comment:
    """One remark on a version, with the version and its task."""

    comment: DeliverableComment
    row: Deliverable
    task: TaskHead


def notes(tx: Transaction, wanted: Filters, kinds: Collection[NoteKind]) -> list[Said]:
    """Return the notes of these kinds that were written in the asked time, oldest first."""
    table, tasks = table_of(tx, Note.spec.table), table_of(tx, Task.spec.table)
    chosen = (
        select(table.c.document, *head_columns(tx, tasks))
        .join(tasks, tasks.c.task_id == table.c.task_id)
        .where(
            table.c.workspace_id == tx.workspace_id,
            *of_kind(tx, tasks, wanted),
            *within(table.c.created_at, wanted),
            field(tx, table, "kind").in_([kind.value for kind in kinds]),
        )
        .order_by(table.c.created_at, table.c.task_note_id)
    )
    return [
        Said(note=load(Note, row[0], tx.database), task=head(row)) for row in tx.connection.execute(chosen)
    ]


def help_asked(tx: Transaction, wanted: Filters) -> list[Asked]:
    """Return the requests for help that were made in the asked time, oldest first (HLP-05)."""
    events, tasks = table_of(tx, Event.spec.table), table_of(tx, Task.spec.table)
    chosen = (
        select(field(tx, events, "actor_id"), events.c.occurred_at, *head_columns(tx, tasks))
        .join(tasks, tasks.c.task_id == events.c.task_id)
        .where(
            events.c.workspace_id == tx.workspace_id,
            events.c.action == Action.TASK_STATUS_CHANGED.value,
            field(tx, events, "after", "status") == TaskStatus.HELP_NEEDED.value,
            *of_kind(tx, tasks, wanted),
            *within(events.c.occurred_at, wanted),
        )
        .order_by(events.c.seq)
    )
    return [
        Asked(user_id=row[0], at=datetime.fromisoformat(row[1]), task=head(row))
        for row in tx.connection.execute(chosen)
    ]


def comments(tx: Transaction, wanted: Filters) -> list[Comment]:
    """Return the remarks on versions that were written in the asked time, oldest first."""
    table = table_of(tx, DeliverableComment.spec.table)
    rows, tasks = table_of(tx, Deliverable.spec.table), table_of(tx, Task.spec.table)
    chosen = (
        select(table.c.document, rows.c.document, *head_columns(tx, tasks))
        .join(rows, rows.c.deliverable_id == table.c.deliverable_id)
        .join(tasks, tasks.c.task_id == table.c.task_id)
        .where(
            table.c.workspace_id == tx.workspace_id,
            *of_kind(tx, tasks, wanted),
            *within(table.c.created_at, wanted),
        )
        .order_by(table.c.created_at, table.c.deliverable_comment_id)
    )
    found = [
        Comment(
            comment=load(DeliverableComment, row[0], tx.database),
            row=load(Deliverable, row[1], tx.database),
            task=head(row),
        )
        for row in tx.connection.execute(chosen)
    ]
    if wanted.deliverable_id is None:
        return found
    asked = tx.get(Deliverable, wanted.deliverable_id)
    return [item for item in found if (item.row.task_id, item.row.lineage) == (asked.task_id, asked.lineage)]
