"""How much each employee has to do and has done, and how what they did was judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, func, select

from engine.accounts.models import User
from engine.deliverables.models import Approval, ApprovalStatus
from engine.loading import readable, word_of
from engine.reference.models import Employee
from engine.tasks.models import TaskStatus
from engine.tasks.queries.conditions import one_of, text_of
from engine.tasks.queries.reading import task_table
from engine.tasks.states import TERMINAL
from engine.transaction import Transaction

#: How a task is closed that was not completed.
_GIVEN_UP = sorted(status.value for status in TERMINAL - {TaskStatus.COMPLETED})


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody as columns tell of them: their document was not read (P3)."""

    record_id: str
    #: An employee's short word; empty for a user.
    key: str
    name: str
    email: str | None
    is_active: bool
    #: The employee whom a user is joined to; None for an employee.
    employee_id: str | None = None
    #: Whether it is a user of the team whom their record joins to nobody.
    is_unjoined: bool = False

    @property
    def searched(self) -> str:
        """What somebody is found by, in small letters."""
        return f"{self.name}\n{self.key}\n{self.email or ''}".lower()


def employees(tx: Transaction) -> list[Known]:
    """Return all employees, in no order."""
    table = tx.database.sql_table(Employee.spec.table)
    chosen = select(table.c.employee_id, table.c.key, table.c.name, table.c.email, _is_active(tx, table))
    rows = tx.connection.execute(chosen.where(table.c.workspace_id == tx.workspace_id))
    return [Known(one, key, name, email, bool(is_active)) for one, key, name, email, is_active in rows]


def users(tx: Transaction) -> list[Known]:
    """Return all users, in no order."""
    table = tx.database.sql_table(User.spec.table)
    name = text_of(tx, table, "name")
    columns = (table.c.user_id, table.c.email, _is_active(tx, table), table.c.employee_id)
    chosen = select(*columns, name, text_of(tx, table, "partner_id"))
    rows = tx.connection.execute(chosen.where(table.c.workspace_id == tx.workspace_id))
    return [
        Known(one, "", name or "", email, bool(is_active), joined, joined is None and partner_id is None)
        for one, email, is_active, joined, name, partner_id in rows
    ]


def _is_active(tx: Transaction, table: FromClause) -> ColumnElement[bool]:
    return tx.database.dialect.is_true(table.c.document, "is_active")


def loads(tx: Transaction, employee_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return open and completed tasks by the employee they are assigned to, of these.

    The index of whose a task is tells open from closed; of the closed ones, only the few that were not
    completed are looked up.
    """
    table = task_table(tx)
    everything = (
        select(table.c.assignee_id, func.count(), func.sum(table.c.is_open))
        .where(table.c.workspace_id == tx.workspace_id, one_of(tx, table.c.assignee_id, employee_ids))
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


def last_decisions(
    tx: Transaction, employee_ids: Sequence[str], limit: int
) -> dict[str, list[ApprovalStatus]]:
    """Return how the newest decisions on tasks assigned to each employee came out, newest first."""
    if not employee_ids:
        return {}
    tasks, table = task_table(tx), tx.database.sql_table(Approval.spec.table)
    newest = (table.c.decided_at.desc(), table.c.doc_id.desc())
    place = func.row_number().over(partition_by=tasks.c.assignee_id, order_by=newest)
    status = text_of(tx, table, "status").label("status")
    columns = (tasks.c.assignee_id, status, table.c.task_approval_id, place.label("place"))
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

    def outcome(row: Any) -> tuple[str, ApprovalStatus]:
        return row.assignee_id, word_of(ApprovalStatus, row.status, Approval.spec.table, row.task_approval_id)

    found: dict[str, list[ApprovalStatus]] = {}
    for employee_id, status_word in readable(tx.connection.execute(chosen), outcome, tx.database):
        found.setdefault(employee_id, []).append(status_word)
    return found
