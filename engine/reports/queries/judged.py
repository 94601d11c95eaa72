"""SQL reads over judgements: approvals with the version and task they are about, and QA scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from json import loads
from typing import Any

from sqlalchemy import ColumnElement, Text, exists, not_, or_, select, true, type_coerce

from engine.deliverables.models import Approval, ApprovalStatus, Deliverable
from engine.loading import load, readable, word_of
from engine.qa.models import QaReview
from engine.reports.filters import Filters
from engine.reports.queries.work import TaskHead, field, head, head_columns, of_kind, table_of, within
from engine.tasks.models import Task
from engine.tasks.queries.conditions import one_of
from engine.transaction import Transaction

_POSITIVE = (ApprovalStatus.APPROVED, ApprovalStatus.APPROVED_PENDING_CHANGES)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One approval, with what it is about."""

    approval: Approval
    row: Deliverable
    task: TaskHead


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What columns tell of one request for approval: there are as many as a workspace ever had (P5)."""

    task: TaskHead
    #: Step and ref of the version: what it is a version of.
    lineage: tuple[str | None, str]
    deliverable_id: str
    #: The users who gave the version its content.
    authors: Sequence[str]
    status: ApprovalStatus
    #: What was asked for together: source and round.
    round: tuple[str, int]
    is_open: bool
    requested_at: datetime
    decided_at: datetime | None

    @property
    def approved_at(self) -> datetime | None:
        """When it was decided, where that was positive (CNF-13)."""
        return self.decided_at if self.status in _POSITIVE else None


@dataclass(frozen=True, kw_only=True)
class Scored:
    """One QA score, with its task."""

    review: QaReview
    task: TaskHead


@dataclass(frozen=True, kw_only=True)
class Whose:
    """Somebody whose work is asked about, by the users that they and everybody else sign in as."""

    employee_id: str
    users: Sequence[str]
    #: The users of all employees.
    employed: Sequence[str]


def is_work_of(
    tx: Transaction, whose: Whose, rows: Any, assignee_id: ColumnElement[Any]
) -> ColumnElement[bool]:
    """Return the condition that a version is somebody's work, as ``People.did`` has it.

    They gave content to it; or no employee did, and they are the task's assignee.
    """

    def by(users: Sequence[str]) -> ColumnElement[bool]:
        authors = tx.database.dialect.entries(rows.c.author_list).alias()
        return exists().where(one_of(tx, type_coerce(authors.c.value, Text()), users))

    return or_(by(whose.users), (assignee_id == whose.employee_id) & not_(by(whose.employed)))


def judged(tx: Transaction, doc_ids: Sequence[int]) -> dict[int, Judged]:
    """Return approvals with what they are about, by the ids of their rows."""
    approvals, rows, tasks = (table_of(tx, item.spec.table) for item in (Approval, Deliverable, Task))
    chosen = (
        select(approvals.c.doc_id, approvals.c.document, rows.c.document, *head_columns(tasks))
        .join(rows, rows.c.deliverable_id == approvals.c.deliverable_id)
        .join(tasks, tasks.c.task_id == approvals.c.task_id)
        .where(one_of(tx, approvals.c.doc_id, doc_ids))
    )

    def one(row: Any) -> tuple[int, Judged]:
        approval, version = load(Approval, row[1], tx.database), load(Deliverable, row[2], tx.database)
        return row[0], Judged(approval=approval, row=version, task=head(row))

    return dict(readable(tx.connection.execute(chosen), one, tx.database))


def requests(
    tx: Transaction, wanted: Filters, whose: Whose | None, *, decided: bool = True
) -> Iterator[Request]:
    """Yield the approvals that were decided in the asked time, or else asked for in it, oldest first.

    Those that were withdrawn are left out. One is made after the other: whoever keeps all of them keeps a
    workspace's judgements in memory (P5).
    """
    approvals, rows, tasks = (table_of(tx, item.spec.table) for item in (Approval, Deliverable, Task))
    moment = approvals.c.decided_at if decided else approvals.c.requested_at
    chosen = (
        select(
            field(tx, rows, "task_step_id"),
            field(tx, rows, "ref"),
            rows.c.deliverable_id,
            rows.c.author_list,
            field(tx, approvals, "status"),
            approvals.c.source,
            field(tx, approvals, "round_number"),
            approvals.c.is_open,
            approvals.c.requested_at,
            approvals.c.decided_at,
            approvals.c.task_approval_id,
            *head_columns(tasks),
        )
        .join(rows, rows.c.deliverable_id == approvals.c.deliverable_id)
        .join(tasks, tasks.c.task_id == approvals.c.task_id)
        .where(
            approvals.c.workspace_id == tx.workspace_id,
            moment.is_not(None),
            or_(approvals.c.decided_at.is_not(None), approvals.c.is_open == true()),
            *of_kind(tx, tasks, wanted),
            *within(moment, wanted),
            *versions_of(tx, wanted, approvals.c.deliverable_id),
            *([is_work_of(tx, whose, rows, tasks.c.assignee_id)] if whose else []),
        )
        .order_by(moment, approvals.c.task_approval_id)
    )
    authors: dict[str, list[str]] = {}
    shared: dict[tuple[Any, ...], Any] = {}  # what many have in common is kept once (P5)

    def request(row: Any) -> Request:
        step, ref, deliverable_id, listed, status, source, number, is_open, asked_at, decided_at = row[:10]
        return Request(
            task=head(row),
            lineage=shared.setdefault((step, ref), (step, ref)),
            deliverable_id=deliverable_id,
            authors=authors.get(listed) or authors.setdefault(listed, loads(listed)),
            status=word_of(ApprovalStatus, status, Approval.spec.table, row[10]),
            round=shared.setdefault((source, int(number)), (source, int(number))),
            is_open=bool(is_open),
            requested_at=datetime.fromisoformat(asked_at),
            decided_at=datetime.fromisoformat(decided_at) if decided_at else None,
        )

    yield from readable(tx.connection.execute(chosen), request, tx.database)


def scored(tx: Transaction, wanted: Filters) -> Iterator[Scored]:
    """Yield the QA scores that were given in the asked time, oldest first."""
    reviews, tasks = table_of(tx, QaReview.spec.table), table_of(tx, Task.spec.table)
    chosen = (
        _scores(tx)
        .where(
            reviews.c.workspace_id == tx.workspace_id,
            *of_kind(tx, tasks, wanted),
            *within(reviews.c.reviewed_at, wanted),
            *versions_of(tx, wanted, field(tx, reviews, "deliverable_id")),
            *([reviews.c.employee_id == wanted.employee_id] if wanted.employee_id else []),
        )
        .order_by(reviews.c.reviewed_at, reviews.c.task_qa_review_id)
    )
    yield from readable(tx.connection.execute(chosen), lambda row: _scored(tx, row), tx.database)


def scores(tx: Transaction, doc_ids: Sequence[int]) -> dict[int, Scored]:
    """Return QA scores with their tasks, by the ids of their rows."""
    reviews = table_of(tx, QaReview.spec.table)
    found = tx.connection.execute(_scores(tx).where(one_of(tx, reviews.c.doc_id, doc_ids)))
    return dict(readable(found, lambda row: (row[0], _scored(tx, row)), tx.database))


def versions_of(tx: Transaction, wanted: Filters, column: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    """Return the conditions that a column names a version of what is asked about."""
    if wanted.deliverable_id is None:
        return []
    row = tx.get(Deliverable, wanted.deliverable_id)
    same = [item for item in tx.find(Deliverable, task_id=row.task_id) if item.lineage == row.lineage]
    return [one_of(tx, type_coerce(column, Text()), [item.deliverable_id for item in same])]


def _scores(tx: Transaction) -> Any:
    reviews, tasks = table_of(tx, QaReview.spec.table), table_of(tx, Task.spec.table)
    chosen = select(reviews.c.doc_id, reviews.c.document, *head_columns(tasks))
    return chosen.join_from(reviews, tasks, tasks.c.task_id == reviews.c.task_id)


def _scored(tx: Transaction, row: Any) -> Scored:
    return Scored(review=load(QaReview, row[1], tx.database), task=head(row))
