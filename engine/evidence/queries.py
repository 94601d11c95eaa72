"""SQL reads of what became of a template's tasks; each counts once what many rows say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, func, select

from engine.audit.models import Action, Event
from engine.bundles.models import Bundle, BundleStatus
from engine.deliverables.models import Approval, ApprovalStatus
from engine.qa.models import QaReview
from engine.tasks.models import Proof, Step, Task, TaskStatus
from engine.transaction import Transaction

#: Steps that were ticked within so many seconds were ticked at one go.
_AT_ONE_GO = 60
#: With fewer steps, that says nothing.
_FEWEST_STEPS = 3

#: What figures are grouped by: the hash of the revision, and the ref of the task.
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Run:
    """One task of a template, in one bundle."""

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


def runs(tx: Transaction, template_id: str) -> Iterator[Run]:
    """Yield the tasks that bundles of a template were made with, bundle by bundle."""
    tasks = _table(tx, Task.spec.table)
    chosen = (
        select(
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
        .where(*_of_template(tx, tasks, template_id))
        .order_by(tasks.c.bundle_id)
    )
    for row in tx.connection.execute(chosen):
        yield Run(
            bundle_id=row[0],
            revision=row[1],
            ref=row[2],
            status=TaskStatus(row[3]),
            created_at=datetime.fromisoformat(row[4]),
            started_at=_moment(row[5]),
            freed_at=_moment(row[6]),
            closed_at=_moment(row[7]),
            first_deadline=_moment(row[8]),
            first_late_seconds=None if row[9] is None else int(float(row[9])),
            skip_reason=row[10],
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


def waits(tx: Transaction, template_id: str) -> list[tuple[Key, str, str | None, int]]:
    """Return of each task how many closed runs waited or asked for help, and for whom they waited.

    Each is (key, the status, whom or what it waited for, the number of runs).
    """
    tasks, events = _table(tx, Task.spec.table), _table(tx, Event.spec.table)
    to, what = _field(tx, events, "after", "status"), _field(tx, events, "after", "waiting_for")
    apart = (
        select(*_key(tx, tasks), to.label("to"), what.label("what"), tasks.c.task_id)
        .join(events, events.c.task_id == tasks.c.task_id)
        .where(
            *_of_template(tx, tasks, template_id),
            _is_over(tasks),
            events.c.action == Action.TASK_STATUS_CHANGED.value,
            to.in_([TaskStatus.WAITING.value, TaskStatus.HELP_NEEDED.value]),
        )
        .subquery()
        .c
    )
    counted = select(
        apart.template_revision,
        apart.template_ref,
        apart.to,
        apart.what,
        func.count(apart.task_id.distinct()),
    ).group_by(apart.template_revision, apart.template_ref, apart.to, apart.what)
    return [((row[0], row[1]), row[2], row[3], int(row[4])) for row in tx.connection.execute(counted)]


def waiting_runs(tx: Transaction, template_id: str) -> dict[Key, int]:
    """Return of each task how many closed runs waited at all, for whatever."""
    tasks, events = _table(tx, Task.spec.table), _table(tx, Event.spec.table)
    counted = (
        select(*_key(tx, tasks), func.count(tasks.c.task_id.distinct()))
        .join(events, events.c.task_id == tasks.c.task_id)
        .where(
            *_of_template(tx, tasks, template_id),
            _is_over(tasks),
            events.c.action == Action.TASK_STATUS_CHANGED.value,
            _field(tx, events, "after", "status") == TaskStatus.WAITING.value,
        )
    )
    return {key: count for key, (count,) in _grouped(tx, counted)}


def decisions(tx: Transaction, template_id: str) -> dict[Key, tuple[int, int, int]]:
    """Return of each task: runs that were judged, that were sent back, and that were in the first round."""
    tasks, approvals = _table(tx, Task.spec.table), _table(tx, Approval.spec.table)
    is_rejected = approvals.c.status == ApprovalStatus.REJECTED.value
    is_first = cast(_field(tx, approvals, "round_number"), Text) == "1"
    counted = (
        select(
            *_key(tx, tasks),
            func.count(tasks.c.task_id.distinct()),
            func.count(case((is_rejected, tasks.c.task_id)).distinct()),
            func.count(case((and_(is_rejected, is_first), tasks.c.task_id)).distinct()),
        )
        .join(approvals, approvals.c.task_id == tasks.c.task_id)
        .where(*_of_template(tx, tasks, template_id), approvals.c.decided_at.is_not(None))
    )
    return {key: (a, b, c) for key, (a, b, c) in _grouped(tx, counted)}


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


def proofs(tx: Transaction, template_id: str) -> dict[Key, tuple[int, int]]:
    """Return of each task: runs that gave the proof they owed, and those that did so after the deadline."""
    tasks, given = _table(tx, Task.spec.table), _table(tx, Proof.spec.table)
    at, until = _field(tx, given, "given_at"), _field(tx, tasks, "first_deadline")
    counted = (
        select(
            *_key(tx, tasks),
            func.count(tasks.c.task_id.distinct()),
            func.count(case((at > until, tasks.c.task_id)).distinct()),
        )
        .join(given, given.c.task_id == tasks.c.task_id)
        .where(
            *_of_template(tx, tasks, template_id),
            tx.database.dialect.is_true(given.c.document, "required"),
            at.is_not(None),
            until.is_not(None),
        )
    )
    return {key: (a, b) for key, (a, b) in _grouped(tx, counted)}


def steps(tx: Transaction, template_id: str) -> list[tuple[Key, str, int, int, int]]:
    """Return of each planned step of completed tasks: its ref, runs, how often ticked and left out."""
    tasks, table = _table(tx, Task.spec.table), _table(tx, Step.spec.table)
    ref = _field(tx, table, "ref")
    apart = (
        select(
            *_key(tx, tasks),
            ref.label("step"),
            _counts(table.c.is_completed).label("ticked"),
            _counts(table.c.is_left_out).label("left_out"),
        )
        .join(table, table.c.task_id == tasks.c.task_id)
        .where(
            *_of_template(tx, tasks, template_id),
            tasks.c.status == TaskStatus.COMPLETED.value,
            _field(tx, table, "source") == "template",
        )
        .subquery()
        .c
    )
    counted = select(
        apart.template_revision,
        apart.template_ref,
        apart.step,
        func.count(),
        func.sum(apart.ticked),
        func.sum(apart.left_out),
    ).group_by(apart.template_revision, apart.template_ref, apart.step)
    return [
        ((row[0], row[1]), row[2], int(row[3]), int(row[4]), int(row[5]))
        for row in tx.connection.execute(counted)
    ]


def ticked_at_one_go(tx: Transaction, template_id: str) -> dict[Key, tuple[int, int]]:
    """Return of each task: runs with three ticked steps or more, and those ticked within a minute."""
    tasks, table = _table(tx, Task.spec.table), _table(tx, Step.spec.table)
    at = _field(tx, table, "completed_at")
    spans = (
        select(*_key(tx, tasks), func.min(at).label("begun"), func.max(at).label("ended"))
        .join(table, table.c.task_id == tasks.c.task_id)
        .where(
            *_of_template(tx, tasks, template_id),
            tasks.c.status == TaskStatus.COMPLETED.value,
            at.is_not(None),
        )
        .group_by("template_revision", "template_ref", tasks.c.task_id)
        .having(func.count() >= _FEWEST_STEPS)
    )
    found: dict[Key, tuple[int, int]] = {}
    for revision, ref, begun, ended in tx.connection.execute(spans):
        took = datetime.fromisoformat(ended) - datetime.fromisoformat(begun)
        count, at_once = found.get((revision, ref), (0, 0))
        found[revision, ref] = (count + 1, at_once + (took.total_seconds() <= _AT_ONE_GO))
    return found


def scores(tx: Transaction, template_id: str) -> list[tuple[Key, int]]:
    """Return the scores that QA gave, by task."""
    tasks, table = _table(tx, Task.spec.table), _table(tx, QaReview.spec.table)
    score = _field(tx, table, "score")
    chosen = (
        select(*_key(tx, tasks), score)
        .join(table, table.c.task_id == tasks.c.task_id)
        .where(*_of_template(tx, tasks, template_id), score.is_not(None))
    )
    return [((row[0], row[1]), int(float(row[2]))) for row in tx.connection.execute(chosen)]


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
    """Return the conditions on tasks that a bundle was made with; what repeats another is no run."""
    return [
        tasks.c.workspace_id == tx.workspace_id,
        tasks.c.template_id == template_id,
        tasks.c.rework_of.is_(None),
        _field(tx, tasks, "cloned_from").is_(None),
        _field(tx, tasks, "template_task_ref").is_not(None),
    ]


def _is_over(tasks: Any) -> ColumnElement[bool]:
    """Hold for the runs that ``TaskFigures.closed`` counts, so that a share is never more than all."""
    is_over: ColumnElement[bool] = tasks.c.status.in_([TaskStatus.COMPLETED.value, TaskStatus.SKIPPED.value])
    return is_over


def _counts(flag: ColumnElement[Any]) -> ColumnElement[int]:
    return case((flag, 1), else_=0)


def _grouped(tx: Transaction, counted: Select[Any]) -> Iterator[tuple[Key, tuple[Any, ...]]]:
    for row in tx.connection.execute(counted.group_by("template_revision", "template_ref")):
        yield (row[0], row[1]), tuple(int(value) for value in row[2:])


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
