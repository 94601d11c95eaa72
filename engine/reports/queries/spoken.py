"""SQL reads over what was said: remarks on versions, and the notes of a help dialogue or a judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine.audit.models import Action, Event
from engine.deliverables.models import Deliverable, DeliverableComment
from engine.loading import load, readable
from engine.reports.filters import Filters
from engine.reports.queries.work import TaskHead, field, head, head_columns, of_kind, table_of, within
from engine.tasks.models import Note, Task, TaskStatus
from engine.tasks.queries.conditions import one_of
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


def notes(tx: Transaction, doc_ids: Sequence[int]) -> dict[int, Said]:
    """Return notes with their tasks, by the ids of their rows."""
    table, tasks = table_of(tx, Note.spec.table), table_of(tx, Task.spec.table)
    chosen = (
        select(table.c.doc_id, table.c.document, *head_columns(tasks))
        .join(tasks, tasks.c.task_id == table.c.task_id)
        .where(one_of(tx, table.c.doc_id, doc_ids))
    )

    def said(row: Any) -> tuple[int, Said]:
        return row[0], Said(note=load(Note, row[1], tx.database), task=head(row))

    return dict(readable(tx.connection.execute(chosen), said, tx.database))


def help_asked(tx: Transaction, wanted: Filters) -> list[Asked]:
    """Return the requests for help that were made in the asked time, oldest first (HLP-05)."""
    events, tasks = table_of(tx, Event.spec.table), table_of(tx, Task.spec.table)
    chosen = (
        select(field(tx, events, "actor_id"), events.c.occurred_at, *head_columns(tasks))
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


def comments(tx: Transaction, doc_ids: Sequence[int]) -> dict[int, Comment]:
    """Return remarks with the versions and tasks that they are about, by the ids of their rows."""
    table = table_of(tx, DeliverableComment.spec.table)
    rows, tasks = table_of(tx, Deliverable.spec.table), table_of(tx, Task.spec.table)
    chosen = (
        select(table.c.doc_id, table.c.document, rows.c.document, *head_columns(tasks))
        .join(rows, rows.c.deliverable_id == table.c.deliverable_id)
        .join(tasks, tasks.c.task_id == table.c.task_id)
        .where(one_of(tx, table.c.doc_id, doc_ids))
    )

    def comment(row: Any) -> tuple[int, Comment]:
        remark = load(DeliverableComment, row[1], tx.database)
        version = load(Deliverable, row[2], tx.database)
        return row[0], Comment(comment=remark, row=version, task=head(row))

    return dict(readable(tx.connection.execute(chosen), comment, tx.database))
