"""The steps that all reads over tasks share: counting, sorting, and making rows of documents."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, FromClause, String, and_, func, select

from engine.loading import load_all
from engine.tasks.models import Priority, Task, TaskStatus
from engine.tasks.queries import cards
from engine.tasks.queries.conditions import HasColumns, one_of
from engine.tasks.queries.prepared import Read, once, parameter
from engine.tasks.read_models import DocumentRow, TaskRow
from engine.transaction import Transaction


def task_table(tx: Transaction) -> FromClause:
    """Return the table of tasks, with everything pending written."""
    tx.flush()
    return tx.database.sql_table(Task.spec.table)


def within(tx: Transaction, table: HasColumns, conditions: Sequence[ColumnElement[bool]]) -> Any:
    """Return the conditions together with that of the workspace."""
    return and_(table.c.workspace_id == tx.workspace_id, *conditions)


def count_tasks(tx: Transaction, table: FromClause, conditions: Sequence[ColumnElement[bool]]) -> int:
    """Return how many tasks of the workspace fulfil the conditions."""
    counted = select(func.count()).select_from(table).where(within(tx, table, conditions))
    return int(tx.connection.execute(counted).scalar_one())


def tallies(tx: Transaction) -> list[tuple[TaskStatus, Priority, int]]:
    """Return how many tasks the workspace has of each status and priority, without reading any."""
    priorities = list(Priority)
    return [
        (TaskStatus(status), priorities[rank - 1], int(total))
        for status, rank, total in _tallies(tx).rows(tx, workspace=tx.workspace_id)
    ]


@once
def _tallies(tx: Transaction) -> Read:
    tally = tx.database.tally(Task.spec.table)
    return select(tally.c.status, tally.c.priority_rank, tally.c.total).where(
        tally.c.workspace_id == parameter("workspace", String())
    )


def by_id(tx: Transaction, table: FromClause, doc_ids: Sequence[int]) -> list[str]:
    """Return documents in the order of their rows' ids."""
    if not doc_ids:
        return []
    chosen = select(table.c.doc_id, table.c.document).where(one_of(tx, table.c.doc_id, doc_ids))
    found = {row.doc_id: row.document for row in tx.connection.execute(chosen)}
    return [found[doc_id] for doc_id in doc_ids]


def task_rows(tx: Transaction, documents: Sequence[str]) -> list[DocumentRow]:
    """Return a row per document that can be read, in their order."""
    return rows_of(tx, load_all(Task, documents, tx.database))


def rows_of(tx: Transaction, tasks: Sequence[Task]) -> list[DocumentRow]:
    """Return a row per task of the workspace whose document was read, in their order, in one statement."""
    known = {task.task_id: task for task in tasks}
    found = cards.read(tx, "task_id", list(known), lambda task_id: partial(DocumentRow, task=known[task_id]))
    return [found[task.task_id] for task in tasks if task.task_id in found]


def rows_by_id(tx: Transaction, doc_ids: Sequence[int]) -> list[TaskRow]:
    """Return a row per id of a row of the workspace's tasks, in their order, without a document (P3)."""
    found = known_rows(tx, doc_ids)
    return [found[doc_id] for doc_id in doc_ids if doc_id in found]


def known_rows(tx: Transaction, doc_ids: Sequence[int]) -> dict[int, TaskRow]:
    """Return the rows of the workspace's tasks by the ids of theirs, in one statement and no order."""
    return cards.read(tx, "doc_id", doc_ids, lambda _: TaskRow)
