"""SQL reads over QA: the queue, and how many tasks somebody has completed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import FromClause, func, select

from engine.accounts.models import User
from engine.qa.models import QaReview
from engine.qa.read_models import Page, QaRow, QaState
from engine.searches import in_order
from engine.tasks.models import TaskStatus
from engine.tasks.queries.reading import by_id, task_rows, task_table
from engine.transaction import Transaction


def count_completed(tx: Transaction, employee_id: str, *, besides: str, at_most: int) -> int:
    """Return how many other tasks of an employee were completed; counting stops at ``at_most``."""
    table = task_table(tx)
    # SQLite, which keeps no statistics by itself, would choose the index of the status and read every
    # completed task of the workspace; inside a function the column has no index.
    status = func.coalesce(table.c.status, "")
    others = (
        select(table.c.task_id)
        .where(
            table.c.workspace_id == tx.workspace_id,
            table.c.assignee_id == employee_id,
            status == TaskStatus.COMPLETED.value,
            table.c.task_id != besides,
        )
        .limit(at_most)
    )
    return len(tx.connection.execute(others).all())


def queue(tx: Transaction, states: Sequence[QaState], limit: int, offset: int) -> Page:
    """Return one page of the flagged tasks in these states: to score, oldest first; scored, newest first."""
    table = task_table(tx)
    by_state = totals(tx)
    ids: list[int] = []
    skip = offset
    for state in states:
        taken = max(0, min(limit - len(ids), by_state[state] - skip))
        if taken:
            ids += _ids(tx, table, state, taken, skip)
        skip = max(0, skip - by_state[state])
    tasks = task_rows(tx, by_id(tx, table, ids))
    doers = {row.task.task_id: row.task.completed_by for row in tasks if row.task.assignee_id is None}
    latest, names = _beside(tx, [row.task.task_id for row in tasks], sorted(filter(None, doers.values())))
    rows = [
        QaRow(
            row=row,
            latest=latest.get(row.task.task_id),
            completed_by=names.get(doers.get(row.task.task_id) or ""),
        )
        for row in tasks
    ]
    return Page(
        items=rows,
        total=sum(by_state[state] for state in states),
        by_state=by_state,
        limit=limit,
        offset=offset,
    )


def totals(tx: Transaction) -> dict[QaState, int]:
    """Return how many flagged tasks there are in each state."""
    table = task_table(tx)
    counts = (
        select(table.c.qa_state, func.count())
        .where(
            table.c.workspace_id == tx.workspace_id, table.c.qa_state.in_([state.value for state in QaState])
        )
        .group_by(table.c.qa_state)
    )
    found = {state: int(count) for state, count in tx.connection.execute(counts)}
    return {state: found.get(state.value, 0) for state in QaState}


def _ids(tx: Transaction, table: FromClause, state: QaState, limit: int, offset: int) -> list[int]:
    """Return the rows of one state in the order of the index, the open ones forward, the rest backward."""
    order: list[Any] = [table.c.closed_at, table.c.task_id]
    if state is not QaState.OPEN:
        order = [column.desc() for column in order]
    chosen = (
        select(table.c.doc_id)
        .where(table.c.workspace_id == tx.workspace_id, table.c.qa_state == state.value)
        .order_by(*order)
        .limit(limit)
        .offset(offset)
    )
    return list(tx.connection.execute(chosen).scalars())


def _beside(
    tx: Transaction, task_ids: Sequence[str], user_ids: Sequence[str]
) -> tuple[Mapping[str, QaReview], Mapping[str, str]]:
    """Return the newest score of each task, and the names of users by their ids, in one statement."""
    if not task_ids:
        return {}, {}
    reviews, users = tx.find_together((QaReview, {"task_id": list(task_ids)}), (User, {"user_id": user_ids}))
    latest = {item.task_id: item for item in in_order(reviews, ["reviewed_at", "task_qa_review_id"])}
    return latest, {user.user_id: user.name for user in users}
