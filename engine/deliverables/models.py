"""What a task hands over, version by version: deliverables, the approvals of each, and remarks on it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import Field

from engine.access import ApprovalSource
from engine.fulltext import Rank, Told
from engine.record import Moment, Record, RecordSpec, Revised, canonical
from engine.tasks.vocabulary import ItemSource


def _told(row: Mapping[str, Any]) -> Iterator[Told]:
    """Give what a search finds a task by: what its deliverable is, where it is, and facts about it."""
    facts = (f"{name} {value}" for name, value in row["meta"].items() if isinstance(value, str | int | float))
    standard = row.get("gold_standard") or {}
    said = (row["ref"], row.get("description"), row.get("deliverable_url"), *facts, standard.get("notes"))
    text = "\n".join(part for part in said if isinstance(part, str))
    yield Told(Rank.DELIVERABLE, row["task_id"], text)


def _told_by_judge(approval: Mapping[str, Any]) -> Iterator[Told]:
    """Give what a search finds a task by: what was said about a version of it when it was judged."""
    yield Told(Rank.FEEDBACK, approval["task_id"], approval.get("feedback") or "")


def _told_of_remark(comment: Mapping[str, Any]) -> Iterator[Told]:
    """Give what a search finds a task by: a remark on a version, and the words that it is about."""
    quote = (comment.get("anchor") or {}).get("quote")
    yield Told(Rank.COMMENT, comment["task_id"], "\n".join(filter(None, (comment["body"], quote))))


class Deliverable(Revised):
    """One version of what is handed over; a new version is a new record (DLV-05)."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="deliverables",
        key=("deliverable_id",),
        prefix="dlv",
        promoted=("workspace_id", "task_id", "type", "is_missing", "author_list"),
        # With the authors, so that whose own work a version is can be told without reading it.
        indexes=(("task_id", "deliverable_id", "author_list"),),
        listed=("author_list",),
        tells=_told,
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

    #: The id of this version: `dlv_`, then 26 digits and capitals that sort by the time of making.
    deliverable_id: str
    workspace_id: str
    #: The task that hands it over.
    task_id: str
    #: The step that hands it over. Null where the task as a whole does.
    task_step_id: str | None = None
    #: Its name in the template, the same in every run; all rows of a task and step with the same name
    #: are versions of one thing (DLV-16).
    ref: str
    #: What kind of thing it is, a free word such as `text` or `spreadsheet`.
    type: str
    #: What is expected, in words. Null where nothing more is said.
    description: str | None = None
    #: Whether the task can be completed only once it is handed over.
    required: bool = True
    #: Whether it was planned.
    source: ItemSource = ItemSource.TEMPLATE
    #: Counts the versions of one thing, from 1.
    version_number: int = 1
    #: The version before this one. Null for the first.
    previous_deliverable_id: str | None = None
    #: Whether it followed a positive decision on the version before it (OPQ-17).
    post_decision_change: bool = False
    #: Where it is. Null until it is handed over, and for files (DLV-03).
    deliverable_url: str | None = None
    #: The stored file that is handed over. Null until then, and for addresses.
    artifact_id: str | None = None
    #: The SHA-256 of the file's bytes, as hexadecimal digits (DLV-14). Null for addresses, and until it
    #: is handed over.
    sha256: str | None = None
    #: Facts about the deliverable, such as its number of words, name to value (DLV-07).
    meta: dict[str, Any] = Field(default_factory=dict)
    #: Which facts are asked for, as the template defines them: name to `integer`, `number`, `string`,
    #: `boolean`, `date`, `array`, `object` or `url`. Or a JSON Schema, which says `properties`.
    meta_schema: dict[str, Any] = Field(default_factory=dict)
    #: A finished example and why it is good: an object with `example_url`, `loom_video` and `notes`
    #: (TPL-10). Null where there is none.
    gold_standard: dict[str, Any] | None = None
    #: Whether the partner sees it and is asked to approve it.
    visible_in_portal: bool = False
    #: The users who gave its address, file or facts: it is their own work (APR-16).
    authors: list[str] = Field(default_factory=list)
    #: When a decision was first made on this version; it never changes afterwards, but for its delivery
    #: (DLV-12). Null until then.
    frozen_at: Moment | None = None
    #: When the partner got it: as they were asked to decide, else as the task was completed (DLV-20).
    #: Null until then.
    delivered_at: Moment | None = None
    #: The user who made the row; those who gave its content are in `authors`.
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
    def spoken_ref(self) -> str:
        """Its ref in words, as messages and pages say it (D13)."""
        return self.ref.replace("_", " ")

    @property
    def name(self) -> str:
        """How messages and timelines speak of it: ref and version."""
        return f"“{self.spoken_ref}”, version {self.version_number}"

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
            "status",
        ),
        indexes=(
            ("task_id", "decided_at"),
            ("deliverable_id", "decided_at"),
            ("workspace_id", "is_open", "source", "requested_at"),
            ("workspace_id", "partner_id", "requested_at"),
            ("workspace_id", "decided_at"),
            # With all that tells whether a decision is news to whoever asked for it.
            (
                "requested_by",
                "decided_at",
                "approver_id",
                "status",
                "task_id",
                "task_approval_id",
                "workspace_id",
            ),
        ),
        tells=_told_by_judge,
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

    #: The id of this question for a decision: `apr_`, then 26 digits and capitals that sort by the time
    #: of making.
    task_approval_id: str
    workspace_id: str
    #: The task that handed the version over.
    task_id: str
    #: The version that is judged: exactly one.
    deliverable_id: str
    #: Whose decision it is.
    source: ApprovalSource
    #: The partner whose people decide. Null where the team decides.
    partner_id: str | None = None
    #: Why a decision is asked for.
    reason: ApprovalReason
    #: Counts the task's requests of this source, from 1; those of one round were asked for together.
    round_number: int
    #: What was decided, if anything.
    status: ApprovalStatus = ApprovalStatus.PENDING
    #: The user who asked.
    requested_by: str
    #: The employees who had the task at this request or one before, for the record.
    assignee_ids: list[str] = []
    #: When it was asked for.
    requested_at: Moment
    #: The user who decided. Null until then.
    approver_id: str | None = None
    #: When it was decided, whatever was decided. Null until then.
    decided_at: Moment | None = None
    #: The same moment where the decision was positive (CNF-13). Null until then, and where it was
    #: rejected.
    approved_at: Moment | None = None
    #: What the judge said about the version. Null where nothing was said.
    feedback: str | None = Field(default=None, max_length=10_000)
    #: What the judge saw: the SHA-256 over the version's address, bytes and facts. Null until it is
    #: decided.
    content_hash: str | None = None
    #: A copy of what the address served at the decision (DLV-22). Null where none was made.
    evidence_artifact_id: str | None = None
    #: Why there is no such copy, in words. Null where there is one, or none was tried.
    evidence_failure: str | None = None
    #: When the request was taken back, or its task left the round: nobody decides it any more (OPQ-18).
    #: Null otherwise.
    withdrawn_at: Moment | None = None
    #: When it had waited so long that admins were told; that approves nothing. Null where it had not.
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
        tells=_told_of_remark,
        references={
            "workspace_id": "workspaces",
            "task_id": "tasks",
            "deliverable_id": "deliverables",
            "mentions": "employees",
            "user_mentions": "users",
            "created_by": "users",
        },
    )

    #: The remark's id: `dcm_`, then 26 digits and capitals that sort by the time of making.
    deliverable_comment_id: str
    workspace_id: str
    #: The task that handed the version over.
    task_id: str
    #: The version that it is about.
    deliverable_id: str
    #: Which part is meant: an object with `line` of a text, `page` of a document, or `quote` of the
    #: words. Null: all of it.
    anchor: dict[str, Any] | None = None
    #: What it says.
    body: str = Field(min_length=1, max_length=10_000)
    #: Whether the partner reads it too; what a partner's person writes always is.
    visible_in_portal: bool = False
    #: The employees whom it calls, by @key, or whom the engine tells of it.
    mentions: list[str] = []
    #: The users who are no employee and whom it calls, by @ and the beginning of their e-mail.
    user_mentions: list[str] = []
    #: The user who wrote it.
    created_by: str
    #: When it was written; it never changes.
    created_at: Moment

    @property
    def has_mentions(self) -> bool:
        """Whether it calls anybody, for their inbox."""
        return bool(self.mentions or self.user_mentions)

    @property
    def mention_list(self) -> str | None:
        """Whom it calls as JSON, for the question whom it calls; None where it calls nobody."""
        return json.dumps([*self.mentions, *self.user_mentions]) if self.has_mentions else None
