"""How much each employee has to do and has done."""

from __future__ import annotations

from sqlalchemy import func, select

from engine.tasks.models import TaskStatus
from engine.tasks.queries.reading import task_table
from engine.transaction import Transaction


def loads(tx: Transaction) -> dict[str, tuple[int, int]]:
    """Return open and completed tasks by the employee they are assigned to."""
    table = task_table(tx)
    mine = (table.c.workspace_id == tx.workspace_id, table.c.assignee_id.is_not(None))
    still_open = (
        select(table.c.assignee_id, func.count())
        .where(*mine, table.c.is_open == 1)
        .group_by(table.c.assignee_id)
    )
    completed = (
        select(table.c.assignee_id, func.count())
        .where(*mine, table.c.status == TaskStatus.COMPLETED.value)
        .group_by(table.c.assignee_id)
    )
    found: dict[str, tuple[int, int]] = {}
    for employee_id, total in tx.connection.execute(still_open):
        found[employee_id] = (int(total), 0)
    for employee_id, total in tx.connection.execute(completed):
        found[employee_id] = (found.get(employee_id, (0, 0))[0], int(total))
    return found
