"""The task that facts are about: its columns, and the conditions that filters put on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from sys import intern
from typing import Any

from sqlalchemy import ColumnElement, FromClause, func, select

from engine.clock import to_text
from engine.reports.filters import Filters
from engine.tasks.models import Task, TaskStatus
from engine.transaction import Transaction


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskHead:
    """What reports say about a task."""

    task_id: str
    task_number: int
    title: str
    task_type: str
    template_id: str | None
    partner_id: str | None
    assignee_id: str | None

    @property
    def name(self) -> str:
        """Number and title."""
        return f"#{self.task_number} {self.title}"


def table_of(tx: Transaction, name: str) -> Any:
    """Return a table by its name, with everything pending written."""
    tx.flush()
    return tx.database.sql_table(name)


def field(tx: Transaction, table: FromClause, *path: str) -> ColumnElement[Any]:
    """Return a field of a document that has no column of its own, as text."""
    return tx.database.dialect.field(table.c.document, *path)


def is_set(tx: Transaction, table: FromClause, *path: str) -> ColumnElement[bool]:
    """Return the condition that a flag of a document is true."""
    return tx.database.dialect.is_true(table.c.document, *path)


def head_columns(tasks: Any) -> list[ColumnElement[Any]]:
    """Return the columns that ``head`` reads, to stand last in a select."""
    column = tasks.c
    return [
        column.task_id,
        column.task_number,
        column.title,
        column.task_type,
        column.template_id,
        column.partner_id,
        column.assignee_id,
    ]


def head(row: Sequence[Any]) -> TaskHead:
    """Return the task of a row that ends with ``head_columns``; what many tasks share is kept once (P5)."""
    task_id, number, title, task_type, template_id, partner_id, assignee_id = row[-7:]
    return TaskHead(
        task_id=task_id,
        task_number=int(number),
        title=title,
        task_type=intern(task_type),
        template_id=template_id and intern(template_id),
        partner_id=partner_id and intern(partner_id),
        assignee_id=assignee_id and intern(assignee_id),
    )


def of_kind(tx: Transaction, tasks: Any, wanted: Filters) -> list[ColumnElement[bool]]:
    """Return the conditions on the task: its workspace, and what is asked about the task itself."""
    equal = {
        "task_type": wanted.task_type,
        "template_id": wanted.template_id,
        "partner_id": wanted.partner_id,
        "task_id": wanted.task_id,
    }
    asked = [tasks.c[name] == value for name, value in equal.items() if value is not None]
    return [tasks.c.workspace_id == tx.workspace_id, *asked]


def within(column: ColumnElement[Any], wanted: Filters) -> list[ColumnElement[bool]]:
    """Return the conditions that a stored moment lies in the asked time."""
    found = []
    if wanted.since is not None:
        found.append(column >= to_text(wanted.since))
    if wanted.until is not None:
        found.append(column < to_text(wanted.until))
    return found


@dataclass(frozen=True, kw_only=True)
class Completed:
    """One completed task of somebody."""

    task_id: str
    task_type: str
    employee_id: str
    at: datetime


def completed(tx: Transaction, wanted: Filters) -> list[Completed]:
    """Return the assigned tasks that were completed in the asked time: the newest of each person and type."""
    tasks = table_of(tx, Task.spec.table)
    column = tasks.c
    newest_first = (column.closed_at.desc(), column.task_id.desc())
    place = func.row_number().over(partition_by=(column.assignee_id, column.task_type), order_by=newest_first)
    ranked = select(
        column.task_id, column.task_type, column.assignee_id, column.closed_at, place.label("place")
    ).where(
        *of_kind(tx, tasks, wanted),
        column.status == TaskStatus.COMPLETED.value,
        column.assignee_id.is_not(None),
        *([column.assignee_id == wanted.employee_id] if wanted.employee_id is not None else []),
        *within(column.closed_at, wanted),
    )
    found = ranked.subquery()
    chosen = select(found.c.task_id, found.c.task_type, found.c.assignee_id, found.c.closed_at).where(
        found.c.place <= wanted.last
    )
    return [
        Completed(task_id=row[0], task_type=row[1], employee_id=row[2], at=datetime.fromisoformat(row[3]))
        for row in tx.connection.execute(chosen)
    ]
