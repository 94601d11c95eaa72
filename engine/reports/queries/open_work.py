"""The work that is open now: what is late, and how much everybody has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select

from engine.clock import to_text
from engine.reports.filters import Filters
from engine.reports.queries.work import TaskHead, head, head_columns, of_kind, table_of
from engine.tasks.models import Task
from engine.tasks.queries.conditions import overdue
from engine.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class Late:
    """One task that is late."""

    task: TaskHead
    deadline: datetime
    #: Whether a program does it, and no employee.
    is_bots: bool


def late(tx: Transaction, wanted: Filters) -> list[Late]:
    """Return the tasks that are late now (definitions.md section 4), the longest late first."""
    tasks = table_of(tx, Task.spec.table)
    column = tasks.c
    chosen = (
        select(column.deadline, column.assigned_to_bot, *head_columns(tasks))
        .where(*of_kind(tx, tasks, wanted), *_of_person(tasks, wanted), *overdue(tx, tasks))
        .order_by(column.deadline, column.task_id)
    )
    return [
        Late(task=head(row), deadline=datetime.fromisoformat(row[0]), is_bots=bool(row[1]))
        for row in tx.connection.execute(chosen)
    ]


@dataclass(frozen=True, kw_only=True)
class Load:
    """How much work somebody has now."""

    #: None of what nobody has.
    employee_id: str | None
    is_bots: bool = False
    #: Tasks that are open, late, due in this calendar week and in the next, and due on no day.
    open: int = 0
    late: int = 0
    this_week: int = 0
    next_week: int = 0
    undated: int = 0


def load(tx: Transaction, wanted: Filters, weeks: tuple[datetime, datetime, datetime]) -> list[Load]:
    """Return the open work per person, in no order; ``weeks``: when this one and the next begin, and end."""
    tasks = table_of(tx, Task.spec.table)
    column = tasks.c
    first, second, end = map(to_text, weeks)
    chosen = (
        select(
            column.assignee_id,
            column.assigned_to_bot,
            func.count(),
            _counted(and_(*overdue(tx, tasks))),
            _counted(and_(column.deadline >= first, column.deadline < second)),
            _counted(and_(column.deadline >= second, column.deadline < end)),
            _counted(column.deadline.is_(None)),
        )
        .where(*of_kind(tx, tasks, wanted), *_of_person(tasks, wanted), column.is_open == 1)
        .group_by(column.assignee_id, column.assigned_to_bot)
    )
    return [
        Load(
            employee_id=employee_id,
            is_bots=bool(is_bots),
            open=int(count),
            late=int(late_ones),
            this_week=int(this_week),
            next_week=int(next_week),
            undated=int(undated),
        )
        for employee_id, is_bots, count, late_ones, this_week, next_week, undated in tx.connection.execute(
            chosen
        )
    ]


def _counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _of_person(tasks: Any, wanted: Filters) -> list[ColumnElement[bool]]:
    return [] if wanted.employee_id is None else [tasks.c.assignee_id == wanted.employee_id]
