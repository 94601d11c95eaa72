"""The Execution record, one attempt at running an automated task; and its journal while it runs."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar

from engine.record import Moment, Record, RecordSpec, Revised


class ExecutionStatus(StrEnum):
    """Where an attempt stands; the drawing is in ``engine.executions``."""

    QUEUED = "queued"  #: waits for its time and a worker
    RUNNING = "running"  #: a worker does it
    COMPLETED = "completed"  #: the executor did all of it
    FAILED = "failed"  #: it met an error, and what was begun outside is known
    CANCELLED = "cancelled"  #: it was called off, and nothing outside is in doubt
    TIMED_OUT = "timed_out"  #: it took too long, and nothing outside is in doubt
    UNKNOWN = "unknown"  #: something was begun outside, and nobody knows whether it happened


class Trigger(StrEnum):
    """What made an attempt begin."""

    MANUAL = "manual"  #: somebody asked for it
    REVIEW_APPROVED = "review_approved"  #: a human review permitted it
    DEPENDENCY_RELEASED = "dependency_released"  #: the last task that it comes after was done
    SCHEDULED_TIME = "scheduled_time"  #: the moment that it was planned for came
    CREATION = "creation"  #: it was made, and nothing held it back
    RETRY = "retry"  #: the attempt before failed, and may be repeated
    SETTLED = "settled"  #: somebody found that what was in doubt did not happen


class Settlement(StrEnum):
    """What somebody found out about an attempt of which nobody knew how it ended."""

    HAPPENED = "happened"  #: what was begun outside was done
    DID_NOT_HAPPEN = "did_not_happen"  #: it was not; it may be run again


LIVE = frozenset({ExecutionStatus.QUEUED, ExecutionStatus.RUNNING})
#: The words of people for what became of an attempt.
WORDS: dict[ExecutionStatus, str] = {
    ExecutionStatus.QUEUED: "queued",
    ExecutionStatus.RUNNING: "running",
    ExecutionStatus.COMPLETED: "completed",
    ExecutionStatus.FAILED: "failed",
    ExecutionStatus.CANCELLED: "cancelled",
    ExecutionStatus.TIMED_OUT: "timed out",
    ExecutionStatus.UNKNOWN: "outcome unknown",
}
#: The same where somebody has said how what nobody knew ended.
SETTLED_AS: dict[Settlement, str] = {
    Settlement.HAPPENED: "settled, it happened",
    Settlement.DID_NOT_HAPPEN: "settled, it did not happen",
}


class Execution(Revised):
    """One attempt at running an automated task, with what it did and what became of it."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="task_executions",
        key=("execution_id",),
        prefix="exe",
        promoted=(
            "workspace_id",
            "task_id",
            "attempt_number",
            "status",
            "is_live",
            "execution_uuid",
            "template_id",
            "has_logs",
        ),
        indexes=(
            ("workspace_id", "is_live", "execution_id"),
            # What a recipe came to lately is read from its end.
            ("workspace_id", "template_id", "execution_id"),
            ("workspace_id", "has_logs", "execution_id"),
        ),
        unique=(("task_id", "attempt_number"), ("execution_uuid",)),
        references={
            "workspace_id": "workspaces",
            "task_id": "tasks",
            "triggered_by_user_id": "users",
            "cancel_asked_by": "users",
            "settled_by": "users",
        },
    )

    #: The execution's id: `exe_`, then 26 digits and capitals that sort by the time of making.
    execution_id: str
    workspace_id: str
    #: The task that is run.
    task_id: str
    #: The key of the template that the task was made from. Null: it stands alone.
    template_id: str | None = None
    #: A UUID that never changes, for other systems.
    execution_uuid: str
    #: Which attempt at the task this is, from 1.
    attempt_number: int = 1
    #: Where it stands, or what became of it.
    status: ExecutionStatus = ExecutionStatus.QUEUED
    #: What runs the task.
    executor: str
    #: What made it begin.
    triggered_by: Trigger
    #: The user whose act that was; of an attempt that follows another by itself, whose act began the first.
    #: Null where it was nobody's.
    triggered_by_user_id: str | None = None
    #: It is begun no earlier.
    not_before: Moment
    #: When the first attempt of this run was asked for; an attempt that is a retry keeps it.
    run_began_at: Moment
    #: How many more attempts may follow by themselves where this one fails.
    retries_left: int
    #: How many attempts of this run lost their worker before this one; they are no failures of the executor.
    lost_before: int = 0
    #: The id of the job by which it is run, for operators: `workbench job list` shows it.
    #: Null where that was put by another release.
    job: str | None = None

    #: The session of a browser. Null: it used none.
    browser_session_id: str | None = None
    #: Where that session can be looked into. Null: nowhere.
    debug_url: str | None = None
    #: Where a recording of it is. Null: there is none.
    recording_url: str | None = None

    #: How many steps the executor said it has.
    steps_total: int = 0
    #: How many of them were done, those of earlier attempts that were not repeated included.
    steps_completed: int = 0
    #: The step that was being done when it ended. Null where none was.
    current_step: str | None = None
    #: What became of each step that was begun, in order: objects with `name`, `effect` (none, keyed,
    #: unkeyed), `request_hash`, `key` (null where none was sent), `state` (begun, done, undone), `began_at`,
    #: `ended_at` and `kept` (what came of it, where it changes something).
    step_results: list[dict[str, Any]] = []
    #: What came out, name to value. Null until it is completed.
    output: dict[str, Any] | None = None
    #: What the executor said on its way: objects with `at` and `text`. Empty once that is
    #: `execution_logs_kept_days` ago.
    logs: list[dict[str, Any]] = []
    #: The ids of artifacts with pictures of what it saw.
    screenshots: list[str] = []

    #: Why it did not come to an end as it should, in words. Null where it did, or still may.
    error: str | None = None
    #: The same as a code, such as `HTTP_STATUS`. Null where `error` is.
    error_code: str | None = None
    #: Where in the program it broke. Null where it did not.
    error_stack: str | None = None

    #: How long it ran, in seconds. Null until it ends, and where it never began.
    duration: float | None = None
    #: What it used, name to number. Null where nothing was measured.
    resource_usage: dict[str, Any] | None = None
    #: When a worker began it. Null until then.
    started_at: Moment | None = None
    #: When it ended, whatever became of it. Null until then.
    completed_at: Moment | None = None

    #: When somebody asked to call it off. Null where nobody did.
    cancel_asked_at: Moment | None = None
    #: The user who did. Null where `cancel_asked_at` is, and where the system did.
    cancel_asked_by: str | None = None
    #: What somebody found out where the outcome was unknown. Null until then, and for all others.
    settlement: Settlement | None = None
    #: In their words, how they know. Null where `settlement` is.
    settled_as: str | None = None
    #: The user who did. Null where `settlement` is.
    settled_by: str | None = None
    #: When they said so. Null where `settlement` is.
    settled_at: Moment | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1

    @property
    def is_live(self) -> bool:
        """Whether it waits or runs."""
        return self.status in LIVE

    @property
    def has_logs(self) -> bool:
        """Whether anything is kept of what it said on its way."""
        return bool(self.logs)

    @property
    def is_in_doubt(self) -> bool:
        """Whether somebody still has to say how it ended."""
        return self.status is ExecutionStatus.UNKNOWN and self.settlement is None

    @property
    def said(self) -> str:
        """What became of it, in people's words."""
        return WORDS[self.status] if self.settlement is None else SETTLED_AS[self.settlement]


class ExecutionProgress(Record):
    """The journal of a running execution; kept in the Execution when that ends, and empty then."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="execution_progress",
        key=("execution_id",),
        promoted=("workspace_id",),
        references={"execution_id": "task_executions", "workspace_id": "workspaces"},
        exported=False,
        audited=False,
    )

    #: The execution whose journal it is; each has one at most.
    execution_id: str
    workspace_id: str
    #: As `step_results` of the execution will be.
    steps: list[dict[str, Any]] = []
    #: As `logs` of the execution will be.
    logs: list[dict[str, Any]] = []
