"""The steps that all reads over tasks share: counting, sorting, and making rows of documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    String,
    and_,
    case,
    func,
    literal_column,
    select,
    true,
    union_all,
)

from engine.loading import load
from engine.reference.models import Employee
from engine.tasks.models import Priority, Proof, Step, Task, TaskStatus
from engine.tasks.queries.conditions import one_of
from engine.tasks.read_models import TaskRow
from engine.transaction import Transaction

#: What an addition has nothing to say with.
_NOTHING: Any = literal_column("0", Integer)
_NO_TEXT: Any = literal_column("''", String)


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


def lane_tallies(tx: Transaction) -> Select[Any]:
    """Return the read of how many tasks stand in each column of the board, whenever they were closed."""
    tally = tx.database.tally(Task.spec.table)
    return (
        select(tally.c.lane, literal_column("1"), func.sum(tally.c.total))
        .where(tally.c.workspace_id == tx.workspace_id)
        .group_by(tally.c.lane)
    )


def by_id(tx: Transaction, table: FromClause, doc_ids: Sequence[int]) -> list[str]:
    """Return documents in the order of their rows' ids."""
    if not doc_ids:
        return []
    chosen = select(table.c.doc_id, table.c.document).where(one_of(tx, table.c.doc_id, doc_ids))
    found = {row.doc_id: row.document for row in tx.connection.execute(chosen)}
    return [found[doc_id] for doc_id in doc_ids]


def task_rows(tx: Transaction, documents: Sequence[str]) -> list[TaskRow]:
    """Return a row per document, in their order."""
    return rows_of(tx, [load(Task, text, tx.database) for text in documents])


def rows_of(tx: Transaction, tasks: Sequence[Task]) -> list[TaskRow]:
    """Return a row per task, in their order, with two reads for all additions."""
    added = _additions(tx, tasks)
    steps, missing, titles = added["steps"], added["proofs"], added["bundles"]
    tx.read_ahead({Employee: (task.assignee_id for task in tasks)})
    assignees = {
        task.assignee_id: tx.find_by_key(Employee, task.assignee_id) for task in tasks if task.assignee_id
    }
    return [
        TaskRow(
            task=task,
            bundle_title=titles[task.bundle_id].title if task.bundle_id in titles else None,
            assignee_name=assignee.name if (assignee := assignees.get(task.assignee_id or "")) else None,
            steps_done=int(steps[task.task_id].done) if task.task_id in steps else 0,
            steps_total=int(steps[task.task_id].total) if task.task_id in steps else 0,
            missing_proofs=int(missing[task.task_id].total) if task.task_id in missing else 0,
            is_late=task.is_overdue(tx.now),
        )
        for task in tasks
    ]


def _additions(tx: Transaction, tasks: Sequence[Task]) -> dict[str, dict[str | None, Any]]:
    """Return the counts of steps and of missing proofs by task, and the titles of bundles, in one read."""
    found: dict[str, dict[str | None, Any]] = {"steps": {}, "proofs": {}, "bundles": {}}
    if not tasks:
        return found
    tx.flush()
    ids = [task.task_id for task in tasks]
    reads = [_step_counts(tx, ids), _missing_proofs(tx, ids)]
    if bundle_ids := sorted({task.bundle_id for task in tasks if task.bundle_id}):
        reads.append(_bundle_titles(tx, bundle_ids))
    for row in tx.connection.execute(union_all(*reads)):
        found[row.kind][row.id] = row
    return found


def _addition(
    kind: str, of: Any, *, done: Any = _NOTHING, total: Any = _NOTHING, title: Any = _NO_TEXT
) -> Select[Any]:
    columns = {"id": of, "done": done, "total": total, "title": title}
    named = [column.label(name) for name, column in columns.items()]
    return select(literal_column(f"'{kind}'", String).label("kind"), *named)


def _step_counts(tx: Transaction, task_ids: list[str]) -> Select[Any]:
    table = tx.database.sql_table(Step.spec.table)
    done = func.sum(case((table.c.is_completed == true(), 1), else_=0))
    counts = _addition("steps", table.c.task_id, done=done, total=func.count())
    return counts.where(one_of(tx, table.c.task_id, task_ids)).group_by(table.c.task_id)


def _missing_proofs(tx: Transaction, task_ids: list[str]) -> Select[Any]:
    table = tx.database.sql_table(Proof.spec.table)
    counts = _addition("proofs", table.c.task_id, total=func.count())
    chosen = counts.where(one_of(tx, table.c.task_id, task_ids), table.c.is_missing == true())
    return chosen.group_by(table.c.task_id)


def _bundle_titles(tx: Transaction, bundle_ids: list[str]) -> Select[Any]:
    """Return titles by id; bundles are a later layer's records, so only their table is named."""
    table = tx.database.sql_table("bundles")
    titles = _addition("bundles", table.c.bundle_id, title=table.c.title)
    return titles.where(one_of(tx, table.c.bundle_id, bundle_ids))
