"""A bundle, its links, and the content it pins."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any, ClassVar

from engine.record import Moment, Record, RecordSpec, Revised


class BundleStatus(StrEnum):
    """Where a bundle stands (BND-08)."""

    ACTIVE = "active"  #: work goes on
    COMPLETED = "completed"  #: all tasks terminal, all required links filled or waived
    CANCELLED = "cancelled"  #: called off
    ARCHIVED = "archived"  #: put away


class LinkState(StrEnum):
    """Where a bundle link stands."""

    EMPTY = "empty"  #: a placeholder
    FILLED = "filled"  #: it has its URL
    WAIVED = "waived"  #: a skipped task made it unnecessary; filling it replaces that


class PinnedTaskType(Record):
    """A task type as a bundle saw it; rows are (key, content hash)."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="task_types",
        key=("task_type_id", "content_hash", "workspace_id"),
        references={"workspace_id": "workspaces"},
        owner="git",
    )

    #: The key.
    task_type_id: str
    content_hash: str
    workspace_id: str
    name: str
    category: str
    #: The commit it was read at; None without Git.
    commit: str | None
    content: dict[str, Any]
    created_at: Moment


class PinnedTemplate(Record):
    """A resolved template with all it depends on, as its bundles see it for ever (decision 10)."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="task_templates",
        key=("template_id", "closure_hash", "workspace_id"),
        promoted=("name",),
        references={"workspace_id": "workspaces"},
        owner="git",
    )

    #: The key.
    template_id: str
    #: Over the template and everything it depends on.
    closure_hash: str
    workspace_id: str
    name: str
    #: The full commit SHA; None without Git.
    commit: str | None
    #: Template, origins, task types, process docs, calendar and closure (`ResolvedTemplate.as_pin`).
    content: dict[str, Any]
    created_at: Moment


class Bundle(Revised):
    """One run of a task template, anchored on a date."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="bundles",
        key=("bundle_id",),
        prefix="bnd",
        promoted=(
            "workspace_id",
            "status",
            "template_id",
            "campaign_id",
            "partner_id",
            "owner_id",
            "anchor_date",
            "created_at",
            "updated_at",
            "title",
            "search_text",
        ),
        indexes=(
            ("workspace_id", "status", "anchor_date"),
            ("workspace_id", "anchor_date"),
            ("workspace_id", "created_at"),
            ("workspace_id", "updated_at"),
            ("workspace_id", "search_text"),
            ("workspace_id", "owner_id"),
            ("workspace_id", "template_id", "anchor_date"),
            ("workspace_id", "template_id", "status", "updated_at", "bundle_id"),
            ("workspace_id", "campaign_id", "anchor_date"),
            ("workspace_id", "partner_id", "anchor_date"),
        ),
        references={
            "workspace_id": "workspaces",
            "partner_id": "partners",
            "campaign_id": "campaigns",
            "owner_id": "users",
            "completed_by": "users",
        },
    )

    bundle_id: str
    workspace_id: str
    #: The template's key and the hash of its pinned revision.
    template_id: str
    template_hash: str
    commit: str | None
    title: str
    icon: str | None = None
    anchor_date: date
    #: A free word: the first phase's stage, else `preparation` (definitions.md section 3).
    stage: str
    status: BundleStatus = BundleStatus.ACTIVE
    parameters: dict[str, Any] = {}
    partner_id: str | None = None
    campaign_id: str | None = None
    references: list[dict[str, Any]] = []
    source_doc_ids: list[str] = []
    tags: list[str] = []
    owner_id: str
    completed_at: Moment | None = None
    completed_by: str | None = None
    cancel_reason: str | None = None
    archived_at: Moment | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1

    @property
    def is_active(self) -> bool:
        """Whether work goes on in it."""
        return self.status is BundleStatus.ACTIVE

    @property
    def search_text(self) -> str:
        """The title in lower case, for the text filter and for sorting."""
        return self.title.lower()


class BundleLink(Revised):
    """A named link that a bundle must eventually fill."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="bundle_links",
        key=("bundle_link_id",),
        prefix="lnk",
        promoted=("workspace_id", "bundle_id", "position", "name"),
        unique=(("bundle_id", "name"),),
        references={
            "workspace_id": "workspaces",
            "bundle_id": "bundles",
            "filled_by": "users",
            "filled_by_task_id": "tasks",
            "waived_by_task_id": "tasks",
        },
    )

    bundle_link_id: str
    workspace_id: str
    bundle_id: str
    position: int
    name: str
    required: bool = True
    state: LinkState = LinkState.EMPTY
    url: str | None = None
    filled_at: Moment | None = None
    filled_by: str | None = None
    filled_by_task_id: str | None = None
    waived_at: Moment | None = None
    waived_by_task_id: str | None = None
    created_at: Moment
    updated_at: Moment
    revision: int = 1

    @property
    def is_settled(self) -> bool:
        """Filled or waived: nothing is owed."""
        return self.state is not LinkState.EMPTY

    @property
    def is_missing(self) -> bool:
        """Required and neither filled nor waived: holds the bundle open (BND-07)."""
        return self.required and not self.is_settled
