"""The steps that all reads over tasks share: counting, sorting, and making rows of documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, func, select, true

from engine.loading import load
from engine.reference.models import Employee
from engine.tasks.models import Priority, Proof, Step, Task, TaskStatus
from engine.tasks.queries.conditions import one_of
from engine.tasks.views import TaskRow
from engine.transaction import Transaction


def task_table(tx: Transaction) -> FromClause:
    """Return the table of tasks, with everything pending written."""
    tx.flush()
    return tx.database.sql_table(Task.spec.table)


def within(tx: Transaction, table: FromClause, conditions: Sequence[ColumnElement[bool]]) -> Any:
    """Return the conditions together with that of the workspace."""
    return and_(table.c.workspace_id == tx.workspace_id, *conditions)


def count_tasks(tx: Transaction, table: FromClause, conditions: Sequence[ColumnElement[bool]]) -> int:
    """Return how many tasks of the workspace fulfil the conditions."""
    counted = select(func.count()).select_from(table).where(within(tx, table, conditions))
    return int(tx.connection.execute(counted).scalar_one())


def tallies(tx: Transaction) -> list[tuple[TaskStatus, Priority, int]]:
    """Return how many tasks the workspace has of each status and priority, without reading any."""
    tally = tx.database.tally(Task.spec.table)
    rows = select(tally.c.status, tally.c.priority_rank, tally.c.total).where(
        tally.c.workspace_id == tx.workspace_id
    )
    priorities = list(Priority)
    return [
        (TaskStatus(status), priorities[rank - 1], int(total))
        for status, rank, total in tx.connection.execute(rows)
    ]


def lane_tallies(tx: Transaction) -> dict[TaskStatus, int]:
    """Return how many tasks of the workspace stand in each column of the board, whenever they were closed."""
    tally = tx.database.tally(Task.spec.table)
    counted = (
        select(tally.c.lane, func.sum(tally.c.total))
        .where(tally.c.workspace_id == tx.workspace_id)
        .group_by(tally.c.lane)
    )
    return {TaskStatus(lane): int(total) for lane, total in tx.connection.execute(counted)}


def documents_of(
    tx: Transaction, table: FromClause, conditions: Sequence[ColumnElement[bool]], order: Sequence[Any]
) -> Select[Any]:
    """Return the statement that reads documents in an order."""
    return select(table.c.document).where(within(tx, table, conditions)).order_by(*order)


def by_id(tx: Transaction, table: FromClause, doc_ids: Sequence[int]) -> list[str]:
    """Return documents in the order of their rows' ids."""
    if not doc_ids:
        return []
    chosen = select(table.c.doc_id, table.c.document).where(one_of(tx, table.c.doc_id, doc_ids))
    found = {row.doc_id: row.document for row in tx.connection.execute(chosen)}
    return [found[doc_id] for doc_id in doc_ids]


def task_rows(tx: Transaction, documents: Sequence[str]) -> list[TaskRow]:
    """Return a row per document, in their order, with one read per kind of addition."""
    tasks = [load(Task, text, tx.database) for text in documents]
    ids = [task.task_id for task in tasks]
    steps = _step_counts(tx, ids)
    missing = _missing_proofs(tx, ids)
    titles = _bundle_titles(tx, {task.bundle_id for task in tasks if task.bundle_id})
    names = _employee_names(tx, {task.assignee_id for task in tasks if task.assignee_id})
    return [
        TaskRow(
            task=task,
            bundle_title=titles.get(task.bundle_id or ""),
            assignee_name=names.get(task.assignee_id or ""),
            steps_done=steps.get(task.task_id, (0, 0))[0],
            steps_total=steps.get(task.task_id, (0, 0))[1],
            missing_proofs=missing.get(task.task_id, 0),
            is_late=task.is_overdue(tx.now),
        )
        for task in tasks
    ]


def _step_counts(tx: Transaction, task_ids: list[str]) -> dict[str, tuple[int, int]]:
    table = tx.database.sql_table(Step.spec.table)
    done = func.sum(case((table.c.is_completed == true(), 1), else_=0))
    counts = select(table.c.task_id, done, func.count()).where(one_of(tx, table.c.task_id, task_ids))
    return {
        row[0]: (int(row[1]), int(row[2])) for row in tx.connection.execute(counts.group_by(table.c.task_id))
    }


def _missing_proofs(tx: Transaction, task_ids: list[str]) -> dict[str, int]:
    table = tx.database.sql_table(Proof.spec.table)
    counts = select(table.c.task_id, func.count()).where(
        one_of(tx, table.c.task_id, task_ids), table.c.is_missing == true()
    )
    return {row[0]: int(row[1]) for row in tx.connection.execute(counts.group_by(table.c.task_id))}


def _bundle_titles(tx: Transaction, bundle_ids: set[str]) -> dict[str, str]:
    """Return titles by id; bundles are a later layer's records, so only their table is named."""
    table = tx.database.sql_table("bundles")
    chosen: Select[tuple[str, str]] = select(table.c.bundle_id, table.c.title)
    rows = tx.connection.execute(chosen.where(one_of(tx, table.c.bundle_id, sorted(bundle_ids))))
    return {row.bundle_id: row.title for row in rows}


def _employee_names(tx: Transaction, employee_ids: set[str]) -> dict[str, str]:
    if not employee_ids:
        return {}
    return {item.employee_id: item.name for item in tx.find(Employee, employee_id=sorted(employee_ids))}
