"""SQL reads of what became of a template's tasks.

What the documents of tasks say is read once, by ``runs``. All else is told by the ids of tasks, some of which
are no runs: joined to the documents of tasks, each of these reads took as long as ``runs`` itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Text, case, cast, func, select

from engine.audit.models import Action, Event
from engine.bundles.models import Bundle, BundleStatus
from engine.deliverables.models import Approval, ApprovalStatus
from engine.qa.models import QaReview
from engine.tasks.models import Proof, Step, Task, TaskStatus
from engine.transaction import Transaction

#: What figures are grouped by: the hash of the revision, and the ref of the task.
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Run:
    """One task of a template, in one bundle."""

    task_id: str
    bundle_id: str
    revision: str
    ref: str
    status: TaskStatus
    created_at: datetime
    started_at: datetime | None
    #: When the last of what it comes after was done; None where it comes after nothing, or that is not done.
    freed_at: datetime | None
    closed_at: datetime | None
    first_deadline: datetime | None
    first_late_seconds: int | None
    skip_reason: str | None


class StepRow(NamedTuple):
    """One step of a task."""

    task_id: str
    ref: str
    #: Whose it is, such as ``template``.
    source: str
    is_completed: bool
    is_left_out: bool
    completed_at: str | None


def runs(tx: Transaction, template_id: str) -> Iterator[Run]:
    """Yield the tasks that bundles of a template were made with, bundle by bundle."""
    tasks = _table(tx, Task.spec.table)
    chosen = (
        select(
            tasks.c.task_id,
            tasks.c.bundle_id,
            *_key(tx, tasks),
            tasks.c.status,
            tasks.c.created_at,
            _field(tx, tasks, "first_started_at"),
            _field(tx, tasks, "freed_at"),
            tasks.c.closed_at,
            _field(tx, tasks, "first_deadline"),
            _field(tx, tasks, "first_late_seconds"),
            _field(tx, tasks, "skip_reason"),
        )
        .where(
            *_of_template(tx, tasks, template_id),
            _field(tx, tasks, "cloned_from").is_(None),
            _field(tx, tasks, "template_task_ref").is_not(None),
        )
        .order_by(tasks.c.bundle_id)
    )
    for row in tx.connection.execute(chosen):
        yield Run(
            task_id=row[0],
            bundle_id=row[1],
            revision=row[2],
            ref=row[3],
            status=TaskStatus(row[4]),
            created_at=datetime.fromisoformat(row[5]),
            started_at=_moment(row[6]),
            freed_at=_moment(row[7]),
            closed_at=_moment(row[8]),
            first_deadline=_moment(row[9]),
            first_late_seconds=None if row[10] is None else int(float(row[10])),
            skip_reason=row[11],
        )


def bundles(tx: Transaction, template_id: str) -> dict[str, tuple[int, int]]:
    """Return how many bundles each revision has, and how many of them are completed."""
    table = _table(tx, Bundle.spec.table)
    revision = _field(tx, table, "template_hash").label("template_revision")
    done = func.sum(case((table.c.status == BundleStatus.COMPLETED.value, 1), else_=0))
    counted = (
        select(revision, func.count(), done)
        .where(table.c.workspace_id == tx.workspace_id, table.c.template_id == template_id)
        .group_by("template_revision")
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in tx.connection.execute(counted)}


def waits(tx: Transaction, template_id: str) -> Iterator[tuple[str, TaskStatus, str | None]]:
    """Yield of closed runs, once each: the task, the status in which it waited, and for whom or what."""
    tasks, events = _table(tx, Task.spec.table), _table(tx, Event.spec.table)
    to, what = _field(tx, events, "after", "status"), _field(tx, events, "after", "waiting_for")
    chosen = (
        select(events.c.task_id, to, what)
        .distinct()
        .join(tasks, events.c.task_id == tasks.c.task_id)
        .where(
            *_of_template(tx, tasks, template_id),
            _is_over(tasks),
            events.c.action == Action.TASK_STATUS_CHANGED.value,
            to.in_([TaskStatus.WAITING.value, TaskStatus.HELP_NEEDED.value]),
        )
    )
    for task_id, status, whom in tx.connection.execute(chosen):
        yield task_id, TaskStatus(status), whom


def decisions(tx: Transaction, template_id: str) -> Iterator[tuple[str, bool, bool]]:
    """Yield of each decision: the task, whether it was sent back, and whether that was the first round."""
    tasks, approvals = _table(tx, Task.spec.table), _table(tx, Approval.spec.table)
    chosen = (
        select(approvals.c.task_id, approvals.c.status, _field(tx, approvals, "round_number"))
        .join(tasks, approvals.c.task_id == tasks.c.task_id)
        .where(*_of_template(tx, tasks, template_id), approvals.c.decided_at.is_not(None))
    )
    for task_id, status, round_number in tx.connection.execute(chosen):
        yield task_id, status == ApprovalStatus.REJECTED.value, str(round_number) == "1"


def sent_back_for(tx: Transaction, template_id: str, key: Key) -> list[str]:
    """Return what was said as the first version of a task was sent back, the most frequent first."""
    tasks, approvals = _table(tx, Task.spec.table), _table(tx, Approval.spec.table)
    of_revision, of_ref = _key(tx, tasks)
    said = _field(tx, approvals, "feedback").label("said")
    counted = (
        select(said, func.count().label("times"))
        .join(tasks, approvals.c.task_id == tasks.c.task_id)
        .where(
            *_of_template(tx, tasks, template_id),
            of_revision == key[0],
            of_ref == key[1],
            approvals.c.status == ApprovalStatus.REJECTED.value,
            cast(_field(tx, approvals, "round_number"), Text) == "1",
            said.is_not(None),
        )
        .group_by("said")
    )
    found = [(str(row[0]).strip(), int(row[1])) for row in tx.connection.execute(counted)]
    return [text for text, _ in sorted(found, key=lambda one: (-one[1], one[0])) if text]


def proofs(tx: Transaction, template_id: str) -> Iterator[tuple[str, datetime]]:
    """Yield of each proof that was owed and given: the task, and when."""
    tasks, given = _table(tx, Task.spec.table), _table(tx, Proof.spec.table)
    at = _field(tx, given, "given_at")
    chosen = (
        select(given.c.task_id, at)
        .join(tasks, given.c.task_id == tasks.c.task_id)
        .where(
            *_of_template(tx, tasks, template_id),
            tx.database.dialect.is_true(given.c.document, "required"),
            at.is_not(None),
        )
    )
    for task_id, moment in tx.connection.execute(chosen):
        yield task_id, datetime.fromisoformat(moment)


def steps(tx: Transaction, template_id: str) -> Iterator[StepRow]:
    """Yield the steps of completed tasks."""
    tasks, table = _table(tx, Task.spec.table), _table(tx, Step.spec.table)
    chosen = (
        select(
            table.c.task_id,
            _field(tx, table, "ref"),
            _field(tx, table, "source"),
            table.c.is_completed,
            table.c.is_left_out,
            _field(tx, table, "completed_at"),
        )
        .join(tasks, table.c.task_id == tasks.c.task_id)
        .where(*_of_template(tx, tasks, template_id), tasks.c.status == TaskStatus.COMPLETED.value)
    )
    return map(StepRow._make, tx.connection.execute(chosen))


def scores(tx: Transaction, template_id: str) -> Iterator[tuple[str, int]]:
    """Yield the scores that QA gave, each with its task."""
    tasks, table = _table(tx, Task.spec.table), _table(tx, QaReview.spec.table)
    score = _field(tx, table, "score")
    chosen = (
        select(table.c.task_id, score)
        .join(tasks, table.c.task_id == tasks.c.task_id)
        .where(*_of_template(tx, tasks, template_id), score.is_not(None))
    )
    for task_id, given in tx.connection.execute(chosen):
        yield task_id, int(float(given))


def _table(tx: Transaction, name: str) -> Any:
    tx.flush()
    return tx.database.sql_table(name)


def _field(tx: Transaction, table: Any, *path: str) -> ColumnElement[Any]:
    return tx.database.dialect.field(table.c.document, *path)


def _key(tx: Transaction, tasks: Any) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return (
        _field(tx, tasks, "template_hash").label("template_revision"),
        _field(tx, tasks, "template_task_ref").label("template_ref"),
    )


def _of_template(tx: Transaction, tasks: Any, template_id: str) -> list[ColumnElement[bool]]:
    """Return what columns tell of tasks that a bundle was made with; ``runs`` asks their documents, too."""
    return [
        tasks.c.workspace_id == tx.workspace_id,
        tasks.c.template_id == template_id,
        tasks.c.rework_of.is_(None),
    ]


def _is_over(tasks: Any) -> ColumnElement[bool]:
    """Hold for the runs that ``TaskFigures.closed`` counts, so that a share is never more than all."""
    is_over: ColumnElement[bool] = tasks.c.status.in_([TaskStatus.COMPLETED.value, TaskStatus.SKIPPED.value])
    return is_over


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
