"""SQL reads over judgements: approvals with the version and task they are about, and QA scores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from engine.deliverables.models import Approval, Deliverable
from engine.loading import load
from engine.qa.models import QaReview
from engine.reports.filters import Filters
from engine.reports.queries.work import TaskHead, head, head_columns, of_kind, table_of, within
from engine.tasks.models import Task
from engine.transaction import Transaction


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One approval, with what it is about."""

    approval: Approval
    row: Deliverable
    task: TaskHead


@dataclass(frozen=True, kw_only=True)
class Scored:
    """One QA score, with its task."""

    review: QaReview
    task: TaskHead


def judged(tx: Transaction, wanted: Filters, *, decided: bool = True) -> Iterator[Judged]:
    """Yield the approvals that were decided in the asked time, or else asked for in it, oldest first.

    The person is not asked about here: whose work a version is stands in the version. One is made after the
    other: whoever keeps all of them keeps a workspace's documents in memory (P5).
    """
    tables = (table_of(tx, item.spec.table) for item in (Approval, Deliverable, Task))
    approvals, rows, tasks = tables
    moment = approvals.c.decided_at if decided else approvals.c.requested_at
    chosen = (
        select(approvals.c.document, rows.c.document, *head_columns(tx, tasks))
        .join(rows, rows.c.deliverable_id == approvals.c.deliverable_id)
        .join(tasks, tasks.c.task_id == approvals.c.task_id)
        .where(
            approvals.c.workspace_id == tx.workspace_id,
            moment.is_not(None),
            *of_kind(tx, tasks, wanted),
            *within(moment, wanted),
        )
        .order_by(moment, approvals.c.task_approval_id)
    )
    lineage = _lineage(tx, wanted)
    for row in tx.connection.execute(chosen):
        item = _judged(tx, row)
        if lineage is None or (item.row.task_id, item.row.lineage) == lineage:
            yield item


def scored(tx: Transaction, wanted: Filters) -> list[Scored]:
    """Return the QA scores that were given in the asked time, oldest first."""
    reviews, tasks = table_of(tx, QaReview.spec.table), table_of(tx, Task.spec.table)
    chosen = (
        select(reviews.c.document, *head_columns(tx, tasks))
        .join(tasks, tasks.c.task_id == reviews.c.task_id)
        .where(
            reviews.c.workspace_id == tx.workspace_id,
            *of_kind(tx, tasks, wanted),
            *within(reviews.c.reviewed_at, wanted),
        )
        .order_by(reviews.c.reviewed_at, reviews.c.task_qa_review_id)
    )
    if wanted.employee_id is not None:
        chosen = chosen.where(reviews.c.employee_id == wanted.employee_id)
    found = [
        Scored(review=load(QaReview, row[0], tx.database), task=head(row))
        for row in tx.connection.execute(chosen)
    ]
    if wanted.deliverable_id is None:
        return found
    versions = _versions(tx, wanted.deliverable_id)
    return [item for item in found if item.review.deliverable_id in versions]


def _judged(tx: Transaction, row: Any) -> Judged:
    return Judged(
        approval=load(Approval, row[0], tx.database),
        row=load(Deliverable, row[1], tx.database),
        task=head(row),
    )


def _lineage(tx: Transaction, wanted: Filters) -> tuple[str, tuple[str | None, str]] | None:
    row = tx.get(Deliverable, wanted.deliverable_id) if wanted.deliverable_id else None
    return (row.task_id, row.lineage) if row else None


def _versions(tx: Transaction, deliverable_id: str) -> set[str]:
    row = tx.get(Deliverable, deliverable_id)
    same = tx.find(Deliverable, task_id=row.task_id)
    return {item.deliverable_id for item in same if item.lineage == row.lineage}
