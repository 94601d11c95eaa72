"""The score of a completed task (QA-07 to QA-09)."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from engine.record import Moment, Record, RecordSpec


class ReviewType(StrEnum):
    """What a QA review is for (QA-08)."""

    RANDOM = "random"  #: the die chose it
    PROCESS = "process"  #: to see how the process works
    TRAINING = "training"  #: to help somebody learn
    COMPLAINT = "complaint"  #: a client complained


class QaReview(Record):
    """A score given after completion; never edited, and a task may have several (QA-13)."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="task_qa_reviews",
        key=("task_qa_review_id",),
        prefix="qar",
        promoted=("workspace_id", "task_id", "employee_id", "reviewed_at"),
        indexes=(
            ("task_id", "reviewed_at"),
            ("workspace_id", "employee_id", "reviewed_at"),
            ("workspace_id", "reviewed_at"),
        ),
        references={
            "workspace_id": "workspaces",
            "task_id": "tasks",
            "deliverable_id": "deliverables",
            "employee_id": "employees",
            "reviewer_id": "users",
        },
    )

    #: The id of this score: `qar_`, then 26 digits and capitals that sort by the time of making.
    task_qa_review_id: str
    workspace_id: str
    #: The completed task that was looked at.
    task_id: str
    #: The version that was looked at. Null where it was the task as a whole.
    deliverable_id: str | None = None
    #: Who did the task when it was scored: the feedback is for them (QA-10). Null where nobody was
    #: assigned.
    employee_id: str | None = None
    #: The user who gave the score.
    reviewer_id: str
    #: What the second look was for.
    review_type: ReviewType
    #: Whether the work was good enough. Null where only a score was given.
    passed: bool | None = None
    #: From 1 (poor) to 5 (excellent). Null where only pass or fail was said.
    score: int | None = Field(default=None, ge=1, le=5)
    #: What the reviewer said. Null where nothing was said.
    feedback: str | None = Field(default=None, max_length=10_000)
    #: When the score was given.
    reviewed_at: Moment
    #: When the row was made: the same moment.
    created_at: Moment
