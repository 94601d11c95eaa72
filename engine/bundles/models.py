"""A bundle, its links, and the content it pins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar

from engine.fulltext import Rank, Told
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
    """A task type as bundles pinned it; a row per revision (decision 10)."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="task_types",
        key=("task_type_id", "content_hash", "workspace_id"),
        references={"workspace_id": "workspaces"},
        owner="git",
    )

    #: The type's key, such as `blog_article`; with the hash it tells one revision from another.
    task_type_id: str
    #: The SHA-256 over the type's definition, as hexadecimal digits.
    content_hash: str
    workspace_id: str
    #: What people call this type of task.
    name: str
    #: The word by which types are grouped, such as `content`.
    category: str
    #: The Git commit that the definition was read at with its first template. Null where no one commit holds
    #: all of that: without a Git repository, from files that are not committed, and with the older version of
    #: a file beside a newer one.
    commit: str | None
    #: The whole definition as authors wrote it, as JSON.
    content: dict[str, Any]
    #: When this revision was first used by a bundle and therefore kept.
    created_at: Moment


class PinnedTemplate(Record):
    """A resolved template with all it depends on, as bundles pinned it; a row per revision (decision 10)."""

    spec: ClassVar[RecordSpec] = RecordSpec(
        table="task_templates",
        key=("template_id", "closure_hash", "workspace_id"),
        promoted=("name",),
        references={"workspace_id": "workspaces"},
        owner="git",
    )

    #: The template's key, such as `blog_post`; with the hash it tells one revision from another.
    template_id: str
    #: The SHA-256 over the template and everything it depends on, as hexadecimal digits.
    closure_hash: str
    workspace_id: str
    #: What people call the template.
    name: str
    #: The full Git commit that holds all of it as it was read: an older one than was newest, where the older
    #: version of a broken file was used. Null where no one commit does; its closure names one for each file.
    commit: str | None
    #: Template, where each part of it comes from and who set it, task types, process documents and calendar,
    #: as JSON.
    content: dict[str, Any]
    #: When this revision was first started and therefore kept.
    created_at: Moment


def _told(bundle: Mapping[str, Any]) -> Iterator[Told]:
    """Give what a search finds the tasks of a bundle by."""
    yield Told(Rank.BUNDLE_TITLE, bundle["bundle_id"], bundle["title"])


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
            "completed_at",
            "completed_by",
        ),
        indexes=(
            ("workspace_id", "status", "anchor_date"),
            ("workspace_id", "anchor_date"),
            ("workspace_id", "created_at"),
            ("workspace_id", "search_text"),
            # With all that tells whether it is news to its owner.
            ("workspace_id", "owner_id", "completed_at", "completed_by", "bundle_id"),
            ("workspace_id", "template_id", "anchor_date"),
            ("workspace_id", "template_id", "status", "updated_at", "bundle_id"),
            ("workspace_id", "campaign_id", "anchor_date"),
            ("workspace_id", "partner_id", "anchor_date"),
        ),
        tells=_told,
        references={
            "workspace_id": "workspaces",
            "partner_id": "partners",
            "campaign_id": "campaigns",
            "owner_id": "users",
            "completed_by": "users",
        },
    )

    #: The bundle's id: `bnd_`, then 26 digits and capitals that sort by the time of making.
    bundle_id: str
    workspace_id: str
    #: The key of the template that was started, such as `blog_post`.
    template_id: str
    #: Which revision of the template it was: the `closure_hash` of a row of `task_templates`.
    template_hash: str
    #: The Git commit that holds the template, and what it depends on, as they were read. Null where no one
    #: commit does: without a Git repository, from files that are not committed, and with the older version of
    #: a file beside a newer one.
    commit: str | None
    #: What people call this run.
    title: str
    #: A sign shown beside the title. Null where the template has none.
    icon: str | None = None
    #: The day that the dates of its tasks are counted from, such as the day of publication; a calendar
    #: day without a time.
    anchor_date: date
    #: How far the run is, in a word of its template, such as `preparation`; it moves with completed
    #: tasks or by hand.
    stage: str
    #: Where the run stands.
    status: BundleStatus = BundleStatus.ACTIVE
    #: What was filled into the start form, name to value.
    parameters: dict[str, Any] = {}
    #: The client that the work is for. Null for work of the house itself.
    partner_id: str | None = None
    #: The campaign that it belongs to. Null where it belongs to none.
    campaign_id: str | None = None
    #: Further reading from the template: a list of objects with `name` and `url`. The word is reserved
    #: in SQL, so write it in double quotes there.
    references: list[dict[str, Any]] = []
    #: The ids of the process documents behind the template.
    source_doc_ids: list[str] = []
    #: Free words to find it by.
    tags: list[str] = []
    #: The user who started it, or whoever took it over since.
    owner_id: str
    #: When the last thing that it owed was done. Null until then, and for runs that were called off.
    completed_at: Moment | None = None
    #: The user whose act completed it. Null until then, and where the system did.
    completed_by: str | None = None
    #: Why it was called off, in words. Null where it was not.
    cancel_reason: str | None = None
    #: When it was put away from the lists. Null while it was not.
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

    #: The link's id: `lnk_`, then 26 digits and capitals that sort by the time of making.
    bundle_link_id: str
    workspace_id: str
    #: The bundle that must fill it.
    bundle_id: str
    #: Its place among the links of the bundle, from 1.
    position: int
    #: What the link leads to, such as “Accountant email thread”; unique in the bundle.
    name: str
    #: Whether the bundle can be completed only once it is filled or waived.
    required: bool = True
    #: Whether the address is there.
    state: LinkState = LinkState.EMPTY
    #: The address. Null until it is filled.
    url: str | None = None
    #: When the address was given last. Null until then.
    filled_at: Moment | None = None
    #: The user who gave the address. Null until then.
    filled_by: str | None = None
    #: The task whose proof is the address. Null where it was filled in by hand, or not yet.
    filled_by_task_id: str | None = None
    #: When a skipped task made it unnecessary. Null where none did.
    waived_at: Moment | None = None
    #: The skipped task that made it unnecessary. Null where none did.
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
