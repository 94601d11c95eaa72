"""What a task hands over, version by version: deliverables, the approvals of each, and remarks on it."""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import Field

from engine.access import ApprovalSource
from engine.record import Moment, Record, RecordSpec, Revised, canonical
from engine.tasks.vocabulary import ItemSource


class Deliverable(Revised):
    """One version of what is handed over; a new version is a new record (DLV-05)."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="deliverables",
        key=("deliverable_id",),
        prefix="dlv",
        promoted=("workspace_id", "task_id", "type", "is_missing", "author_list"),
        # With the authors, so that whose own work a version is can be told without reading it.
        indexes=(("task_id", "deliverable_id", "author_list"),),
        references={
            "workspace_id": "workspaces",
            "task_id": "tasks",
            "task_step_id": "task_steps",
            "previous_deliverable_id": "deliverables",
            "artifact_id": "artifacts",
            "authors": "users",
            "created_by": "users",
        },
    )

    deliverable_id: str
    workspace_id: str
    task_id: str
    task_step_id: str | None = None
    #: The definition's ref; task, step and ref make the lineage of the versions (DLV-16).
    ref: str
    type: str
    description: str | None = None
    required: bool = True
    source: ItemSource = ItemSource.TEMPLATE
    version_number: int = 1
    previous_deliverable_id: str | None = None
    #: It followed a positive decision on the version before it (OPQ-17).
    post_decision_change: bool = False
    #: Empty until something is handed over (DLV-03).
    deliverable_url: str | None = None
    artifact_id: str | None = None
    #: The SHA-256 of the file's bytes (DLV-14).
    sha256: str | None = None
    #: Facts about the deliverable only (DLV-07), shaped by `meta_schema`.
    meta: dict[str, Any] = Field(default_factory=dict)
    meta_schema: dict[str, Any] = Field(default_factory=dict)
    #: `{example_url, loom_video, notes}`: a finished example and why it is good (TPL-10).
    gold_standard: dict[str, Any] | None = None
    visible_in_portal: bool = False
    #: Everybody who gave its address, file or facts: it is their own work (APR-16).
    authors: list[str] = Field(default_factory=list)
    #: Set at the click of a decision; the row never changes after that, but for its delivery (DLV-12).
    frozen_at: Moment | None = None
    #: When the partner got it: as their round opened, else as the task was completed (DLV-20).
    delivered_at: Moment | None = None
    created_by: str
    created_at: Moment
    updated_at: Moment
    revision: int = 1

    @property
    def is_submitted(self) -> bool:
        """Whether there is something to look at."""
        return bool(self.deliverable_url or self.artifact_id)

    @property
    def is_missing(self) -> bool:
        """Required and not there yet."""
        return self.required and not self.is_submitted

    @property
    def author_list(self) -> str:
        """The authors as JSON, for the question whose own work it is."""
        return json.dumps(self.authors)

    @property
    def is_frozen(self) -> bool:
        """Whether it was judged."""
        return self.frozen_at is not None

    @property
    def lineage(self) -> tuple[str | None, str]:
        """What all versions of the same thing on a task share: step and ref (DLV-16)."""
        return self.task_step_id, self.ref

    @property
    def name(self) -> str:
        """How messages and timelines speak of it: ref and version."""
        return f"“{self.ref}”, version {self.version_number}"

    @property
    def content_hash(self) -> str:
        """The SHA-256 over what an approver sees, address, bytes and facts; a decision names it (D5)."""
        seen = {"deliverable_url": self.deliverable_url, "meta": self.meta, "sha256": self.sha256}
        return hashlib.sha256(canonical(seen)).hexdigest()


class ApprovalStatus(StrEnum):
    """Where an approval stands; all but the first are final (APR-04)."""

    PENDING = "pending"  #: asked for, not decided
    APPROVED = "approved"  #: right as it is
    APPROVED_PENDING_CHANGES = "approved_pending_changes"  #: go ahead, and change this one thing
    REJECTED = "rejected"  #: back to work; the next one is a new version


class ApprovalReason(StrEnum):
    """Why an approval is asked for (APR-01)."""

    PROCESS = "process"  #: the template, type or partner wants it, or the worker does
    TRAINING = "training"  #: the worker is still in training


class Approval(Revised):
    """A decision on exactly one deliverable version, asked for and then made once (APR-09, APR-10)."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="task_approvals",
        key=("task_approval_id",),
        prefix="apr",
        promoted=(
            "workspace_id",
            "task_id",
            "deliverable_id",
            "partner_id",
            "source",
            "is_open",
            "requested_at",
            "decided_at",
            "requested_by",
            "approver_id",
            "escalated_at",
        ),
        indexes=(
            ("task_id",),
            ("deliverable_id",),
            ("workspace_id", "is_open", "source", "requested_at"),
            ("workspace_id", "partner_id", "requested_at"),
            # With all that tells whose work it is about, so that others' is passed over unread.
            ("workspace_id", "decided_at", "requested_by", "task_id", "deliverable_id", "approver_id"),
        ),
        references={
            "workspace_id": "workspaces",
            "task_id": "tasks",
            "deliverable_id": "deliverables",
            "partner_id": "partners",
            "requested_by": "users",
            "assignee_ids": "employees",
            "approver_id": "users",
            "evidence_artifact_id": "artifacts",
        },
    )

    task_approval_id: str
    workspace_id: str
    task_id: str
    deliverable_id: str
    source: ApprovalSource
    #: Whose people decide in a portal round; None in an internal one.
    partner_id: str | None = None
    reason: ApprovalReason
    #: Counts the task's requests of this source, from 1; those of one round were asked for together.
    round_number: int
    status: ApprovalStatus = ApprovalStatus.PENDING
    requested_by: str
    #: Who was the task's assignee at this request or one before, for the record.
    assignee_ids: list[str] = []
    requested_at: Moment
    approver_id: str | None = None
    decided_at: Moment | None = None
    #: The same moment, where the decision was positive (CNF-13).
    approved_at: Moment | None = None
    feedback: str | None = Field(default=None, max_length=10_000)
    #: What was seen: the hash over the version's address, bytes and facts at the decision (D5).
    content_hash: str | None = None
    #: A copy of what the address served then (DLV-22); evidence, never a version.
    evidence_artifact_id: str | None = None
    #: Why there is no such copy, in words.
    evidence_failure: str | None = None
    #: The request was taken back, or its task left the round; nobody decides it any more (OPQ-18).
    withdrawn_at: Moment | None = None
    #: It waited too long and was shown to admins; that never approves anything (decision 12).
    escalated_at: Moment | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1

    @property
    def is_open(self) -> bool:
        """Whether it still waits for a decision."""
        return self.status is ApprovalStatus.PENDING and self.withdrawn_at is None

    @property
    def is_decided(self) -> bool:
        """Whether somebody decided it."""
        return self.status is not ApprovalStatus.PENDING

    @property
    def is_positive(self) -> bool:
        """Whether it was granted, with or without changes asked for."""
        return self.status in (ApprovalStatus.APPROVED, ApprovalStatus.APPROVED_PENDING_CHANGES)


class DeliverableComment(Record):
    """A dated remark on one version, where it belongs; never edited (DLV-17)."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="deliverable_comments",
        key=("deliverable_comment_id",),
        prefix="dcm",
        promoted=("workspace_id", "task_id", "deliverable_id", "created_at", "has_mentions", "mention_list"),
        indexes=(
            ("deliverable_id", "created_at"),
            ("workspace_id", "has_mentions", "created_at", "mention_list", "task_id"),
        ),
        references={
            "workspace_id": "workspaces",
            "task_id": "tasks",
            "deliverable_id": "deliverables",
            "mentions": "employees",
            "created_by": "users",
        },
    )

    deliverable_comment_id: str
    workspace_id: str
    task_id: str
    deliverable_id: str
    #: `{line}` of a text, `{page}` of a document or `{quote}` of the words meant; None is all of it.
    anchor: dict[str, Any] | None = None
    body: str = Field(min_length=1, max_length=10_000)
    #: The partner reads it too. What a partner's user writes always is.
    visible_in_portal: bool = False
    #: The employees it calls by `@key`.
    mentions: list[str] = []
    created_by: str
    created_at: Moment

    @property
    def has_mentions(self) -> bool:
        """Whether it calls anybody, for their inbox."""
        return bool(self.mentions)

    @property
    def mention_list(self) -> str | None:
        """The employees it calls as JSON, for the question whom it calls; None where it calls nobody."""
        return json.dumps(self.mentions) if self.mentions else None
