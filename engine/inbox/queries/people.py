"""How much each employee has to do and has done."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import func, select

from engine.tasks.models import TaskStatus
from engine.tasks.queries.reading import task_table
from engine.tasks.states import TERMINAL
from engine.transaction import Transaction

#: How a task is closed that was not completed.
_GIVEN_UP = sorted(status.value for status in TERMINAL - {TaskStatus.COMPLETED})


def loads(tx: Transaction) -> dict[str, tuple[int, int]]:
    """Return open and completed tasks by the employee they are assigned to.

    The index of whose a task is tells open from closed; of the closed ones, only the few that were not
    completed are looked up.
    """
    table = task_table(tx)
    everything = (
        select(table.c.assignee_id, func.count(), func.sum(table.c.is_open))
        .where(table.c.workspace_id == tx.workspace_id, table.c.assignee_id.is_not(None))
        .group_by(table.c.assignee_id)
    )
    # A closed task has its moment; said for the index of a status, which goes on with that.
    given_up = select(table.c.assignee_id).where(
        table.c.workspace_id == tx.workspace_id,
        table.c.status.in_(_GIVEN_UP),
        table.c.closed_at.is_not(None),
    )
    counted = {row[0]: (int(row[1]), int(row[2])) for row in tx.connection.execute(everything)}
    without = Counter(tx.connection.execute(given_up).scalars())
    return {
        employee_id: (still_open, total - still_open - without[employee_id])
        for employee_id, (total, still_open) in counted.items()
    }
