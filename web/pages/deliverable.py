"""Everything that the page of one deliverable version shows, as the signed-in user may see it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from engine.artifacts.blobs import BlobStore
from engine.artifacts.models import Artifact
from engine.bundles.models import Bundle
from engine.errors import NotFoundError
from engine.reference.models import Partner
from engine.tasks import comments, entitlement, visibility
from engine.tasks.models import Approval, Deliverable, DeliverableComment, Task
from engine.transaction import Transaction
from web import safe_files
from web.pages import meta_fields, task_versions
from web.pages.names import NamingPage
from web.pages.task_versions import State

#: More is downloaded, not shown line by line.
_MOST_BYTES = 400_000
_MOST_LINES = 4000
_WAITS_FOR_YOU = State("waits for you", "decide", "◇", "the decision on it is yours")


@dataclass(frozen=True)
class Line:
    """One line of a text, with what was said about it."""

    number: int
    text: str
    comments: Sequence[DeliverableComment]


@dataclass(frozen=True)
class DeliverablePage(NamingPage):
    """One version with its lineage, approvals and remarks; the team and a partner see different ones."""

    blobs: BlobStore = field(repr=False)
    row: Deliverable

    # -- what it belongs to ----------------------------------------------------------------

    @cached_property
    def task(self) -> Task:
        """The task that hands it over; shown to the team only."""
        task = self.tx.find_by_key(Task, self.row.task_id)
        if task is None:
            raise NotFoundError(f"There is no deliverable {self.row.deliverable_id} that you may see.")
        return task

    @cached_property
    def is_team(self) -> bool:
        """Whether the user sees the work itself, not only what was handed over."""
        return visibility.sees(self.tx, self.task)

    @cached_property
    def bundle(self) -> Bundle | None:
        """The run that the task belongs to."""
        return self.tx.find_by_key(Bundle, self.task.bundle_id) if self.task.bundle_id else None

    @cached_property
    def partner_name(self) -> str:
        """Who the work is for."""
        partner = self.tx.find_by_key(Partner, self.task.partner_id) if self.task.partner_id else None
        return partner.name if partner else "the partner"

    @cached_property
    def versions(self) -> list[Deliverable]:
        """The versions of the same thing that the user may see, version 1 first (DLV-15)."""
        rows = entitlement.lineage_of(self.tx, self.row)
        return [row for row in rows if entitlement.sees_deliverable(self.tx, row)]

    # -- where it stands -------------------------------------------------------------------

    @cached_property
    def _approvals(self) -> list[Approval]:
        ids = [row.deliverable_id for row in self.versions]
        order = ("requested_at", "task_approval_id")
        found = self.tx.find(Approval, task_id=self.row.task_id, order_by=order)
        return [item for item in found if item.deliverable_id in ids and self._sees(item)]

    def _sees(self, approval: Approval) -> bool:
        return entitlement.sees_approval(self.tx, approval)

    @cached_property
    def approvals(self) -> list[Approval]:
        """What was asked and said about this version, oldest first."""
        return [item for item in self._approvals if item.deliverable_id == self.row.deliverable_id]

    @cached_property
    def state(self) -> State:
        """Where this version stands, as far as the user may know."""
        if self.to_decide:
            return _WAITS_FOR_YOU
        [all_versions] = task_versions.of_task(self.task, self.versions, self._approvals, may_change=False)
        shown = (all_versions.newest, *all_versions.earlier)
        return next(item.state for item in shown if item.row is self.row)

    @cached_property
    def is_changed_after_approval(self) -> bool:
        """Whether it followed a positive decision that the user knows of (OPQ-17)."""
        before = [item for item in self._approvals if item.deliverable_id == self.row.previous_deliverable_id]
        return self.row.post_decision_change and any(item.is_positive for item in before)

    @cached_property
    def to_decide(self) -> list[Approval]:
        """The approvals of this version that the user may decide now."""
        return [item for item in self.approvals if item.is_open and not entitlement.why_not(self.tx, item)]

    @cached_property
    def undecidable(self) -> list[task_versions.Waiting]:
        """The open approvals that wait for somebody else, each with the reason."""
        waiting = task_versions.open_approvals(self.tx, self.approvals)
        return [item for item in waiting if item.refusal is not None]

    # -- what it is ------------------------------------------------------------------------

    @cached_property
    def facts(self) -> dict[str, str]:
        """The facts about it, name -> text."""
        known = {item.name: item for item in meta_fields.fields_of(self.row.meta_schema)}
        return {
            (known[name].label if name in known else name.replace("_", " ")): _shown(value)
            for name, value in self.row.meta.items()
            if value is not None
        }

    @cached_property
    def file(self) -> Artifact | None:
        """The stored file, if it has one."""
        return self.tx.find_by_key(Artifact, self.row.artifact_id) if self.row.artifact_id else None

    @property
    def file_name(self) -> str | None:
        """The file's name."""
        return self.file.file_name if self.file else None

    @cached_property
    def way(self) -> str:
        """How the file is looked at (``safe_files.way_of``), or ``none``, or ``lost`` without its bytes."""
        if self.row.sha256 is None:
            return "none"
        try:
            return safe_files.way_of(safe_files.kind_of(self.blobs, self.row.sha256, self.file_name))
        except NotFoundError:
            return "lost"

    @cached_property
    def text(self) -> list[str] | None:
        """The file's lines where it is text of a size to read, HTML and SVG as their source."""
        if self.way not in ("text", "html") or self.row.sha256 is None:
            return None
        with self.blobs.open(self.row.sha256) as stream:
            data = stream.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            return None
        lines = data.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
        if lines[-1] == "":
            lines.pop()
        return lines if len(lines) <= _MOST_LINES else None

    @cached_property
    def copies(self) -> list[tuple[Approval, Artifact]]:
        """What its address served at each decision on it that the user may know of (DLV-22)."""
        found = []
        for approval in self.approvals:
            kept = self.tx.find_by_key(Artifact, approval.evidence_artifact_id or "")
            if kept is not None:
                found.append((approval, kept))
        return found

    # -- what was said ---------------------------------------------------------------------

    @cached_property
    def comments(self) -> list[DeliverableComment]:
        """The remarks that the user may read, oldest first."""
        return comments.of_version(self.tx, self.row)

    @cached_property
    def lines(self) -> list[Line]:
        """The text line by line, with the remarks under their line."""
        by_line: dict[int, list[DeliverableComment]] = {}
        for comment in self.comments:
            by_line.setdefault((comment.anchor or {}).get("line", 0), []).append(comment)
        return [
            Line(number, text, by_line.get(number, ()))
            for number, text in enumerate(self.text or (), start=1)
        ]

    @cached_property
    def other_comments(self) -> list[DeliverableComment]:
        """The remarks that stand under no line."""
        shown = len(self.text or ())
        return [item for item in self.comments if not 1 <= (item.anchor or {}).get("line", 0) <= shown]


def load(tx: Transaction, blobs: BlobStore, deliverable_id: str) -> DeliverablePage:
    """Return the page of one version.

    Its file is read in the same snapshot as the version, so that what is shown is what a decision names.

    Raises:
        NotFoundError: there is none, or it is not the user's to see.
    """
    return DeliverablePage(tx, blobs, tx.get(Deliverable, deliverable_id))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
