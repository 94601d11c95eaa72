"""What a tick reads of tasks and approvals: as much of their documents as reminders follow from.

A tick looks at thousands of them and changes hardly any. Making whole records of their documents, and holding
each against its document before the commit, took as long as everything that is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, ClassVar, TypeVar

from pydantic import ConfigDict, GetPydanticSchema
from pydantic_core import core_schema

from engine import loading
from engine.access import ApprovalSource
from engine.deliverables.models import Approval
from engine.record import Record, RecordSpec
from engine.reminders.models import ReminderClock
from engine.tasks.models import Task, TaskStatus
from engine.transaction import Transaction

G = TypeVar("G", bound=Record)
#: A moment as it is stored, which Python itself reads three times as fast as pydantic.
_At = Annotated[
    datetime,
    GetPydanticSchema(
        lambda *_: core_schema.no_info_after_validator_function(
            datetime.fromisoformat, core_schema.str_schema()
        )
    ),
]


class TaskGlance(Record):
    """A task, as far as it is reminded of: read from the document of a ``Task``, and never written."""

    model_config = ConfigDict(extra="ignore")
    spec: ClassVar[RecordSpec] = Task.spec

    task_id: str
    workspace_id: str
    task_type: str
    bundle_id: str | None = None
    template_id: str | None = None
    template_hash: str | None = None
    template_task_ref: str | None = None
    owner_id: str
    assignee_id: str | None = None
    blocked_by: str | None = None
    status: TaskStatus = TaskStatus.PENDING
    due_date: date | None = None
    deadline: _At | None = None
    waiting_since: _At | None = None
    follow_up_at: _At | None = None
    closed_at: _At | None = None
    created_at: _At
    updated_at: _At


class ClockGlance(Record):
    """Up to when a task was looked at: read from the document of a ``ReminderClock``, and never written."""

    model_config = ConfigDict(extra="ignore")
    spec: ClassVar[RecordSpec] = ReminderClock.spec

    task_id: str
    workspace_id: str
    seen_until: _At


class ApprovalGlance(Record):
    """An approval, as far as it is reminded of: read from the document of one, and never written."""

    model_config = ConfigDict(extra="ignore")
    spec: ClassVar[RecordSpec] = Approval.spec

    task_approval_id: str
    workspace_id: str
    task_id: str
    source: ApprovalSource
    requested_by: str
    requested_at: _At
    decided_at: _At | None = None
    withdrawn_at: _At | None = None
    escalated_at: _At | None = None


#: For whoever asks only what is in a glance.
AnyTask = Task | TaskGlance
AnyApproval = Approval | ApprovalGlance


def at_tasks(tx: Transaction, ids: Sequence[str]) -> tuple[list[TaskGlance], dict[str, datetime]]:
    """Return the tasks with these ids and, by theirs, up to when each was looked at; in one statement.

    Raises:
        UnreadableRecordError: the document of one is no task's, or no clock's.
    """
    tx.flush()
    tasks, clocks = tx.database.select_together(
        [(kind.spec.table, {"task_id": list(ids)}) for kind in (Task, ReminderClock)]
    )
    seen = (loading.load(ClockGlance, text, tx.database) for text in clocks)
    return _own(tx, TaskGlance, tasks), {clock.task_id: clock.seen_until for clock in seen}


def at_approvals(tx: Transaction, ids: Sequence[str]) -> list[tuple[ApprovalGlance, TaskGlance]]:
    """Return those of these approvals that are open still, with their tasks; in two statements.

    Raises:
        UnreadableRecordError: the document of one is no approval's, or no task's.
    """
    tx.flush()
    [found] = tx.database.select_together(
        [(Approval.spec.table, {"task_approval_id": list(ids), "is_open": True})]
    )
    open_ones = _own(tx, ApprovalGlance, found)
    task_ids = sorted({one.task_id for one in open_ones})
    [found] = tx.database.select_together([(Task.spec.table, {"task_id": task_ids})])
    tasks = {task.task_id: task for task in _own(tx, TaskGlance, found)}
    return [(one, tasks[one.task_id]) for one in open_ones if one.task_id in tasks]


def _own(tx: Transaction, kind: type[G], documents: Sequence[str]) -> list[G]:
    made = (loading.load(kind, text, tx.database) for text in documents)
    return [one for one in made if one.workspace_id == tx.workspace_id]
