"""How much each employee has to do and has done, and how what they did was judged."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import case, func, select

from engine.deliverables.models import Approval, ApprovalStatus
from engine.tasks.models import TaskStatus
from engine.tasks.queries.conditions import one_of, text_of
from engine.tasks.queries.reading import task_table
from engine.transaction import Transaction


def loads(tx: Transaction) -> dict[str, tuple[int, int]]:
    """Return open and completed tasks by the employee they are assigned to, from one index alone."""
    table = task_table(tx)
    is_completed = case((table.c.status == TaskStatus.COMPLETED.value, 1), else_=0)
    counted = (
        select(table.c.assignee_id, func.sum(table.c.is_open), func.sum(is_completed))
        .where(table.c.workspace_id == tx.workspace_id, table.c.assignee_id.is_not(None))
        .group_by(table.c.assignee_id)
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in tx.connection.execute(counted)}


def last_decisions(
    tx: Transaction, employee_ids: Sequence[str], limit: int
) -> dict[str, list[ApprovalStatus]]:
    """Return how the newest decisions on tasks assigned to each employee came out, newest first."""
    if not employee_ids:
        return {}
    tasks, table = task_table(tx), tx.database.sql_table(Approval.spec.table)
    newest = (table.c.decided_at.desc(), table.c.doc_id.desc())
    place = func.row_number().over(partition_by=tasks.c.assignee_id, order_by=newest)
    columns = (tasks.c.assignee_id, text_of(tx, table, "status").label("status"), place.label("place"))
    ranked = (
        select(*columns)
        .join_from(table, tasks, tasks.c.task_id == table.c.task_id)
        .where(
            tasks.c.workspace_id == tx.workspace_id,
            one_of(tx, tasks.c.assignee_id, employee_ids),
            table.c.decided_at.is_not(None),
        )
        .subquery()
    )
    chosen = select(ranked).where(ranked.c.place <= limit).order_by(ranked.c.assignee_id, ranked.c.place)
    found: dict[str, list[ApprovalStatus]] = {}
    for row in tx.connection.execute(chosen):
        found.setdefault(row.assignee_id, []).append(ApprovalStatus(row.status))
    return found
